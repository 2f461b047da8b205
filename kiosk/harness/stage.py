"""Everything a story needs, started in order and taken down again: tenant, desk, configuration, station, phone."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from kiosk import config as configuration
from kiosk.errors import UsageError
from kiosk.harness.child import start
from kiosk.harness.hand import Hand, open_desk
from kiosk.harness.phone import Phone
from kiosk.station import Station, open_station

_TENANT_SECONDS: Final = 60.0
_DEVICE_SECONDS: Final = 30.0


@dataclass(frozen=True)
class Stage:
    """The parts of a story. `tenant` is what `kiosk tenant serve --json` said; `worker` the one it is about."""

    tenant: dict[str, Any]
    hand: Hand
    station: Station
    phone: Phone

    @property
    def worker(self) -> dict[str, Any]:
        """The newest of those who have no method yet."""
        new = [user for user in self.tenant["users"] if not user["hasMethod"] and user["accountEnabled"]]
        return dict(new[-1])

    @property
    def supervisor(self) -> dict[str, Any]:
        """Who may make new badges for the worker."""
        return dict(next(user for user in self.tenant["users"] if "Supervisor" in user["jobTitle"]))


@asynccontextmanager
async def set_stage(
    keep: Path | None, replacement: str = "attendant", **more: dict[str, Any]
) -> AsyncIterator[Stage]:
    """Tenant and desk as processes of their own, a station between them.

    `keep`: a folder for what is left. `replacement`: the station's policy. `more`: sections of its configuration.
    """
    async with AsyncExitStack() as stack:
        own = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kiosk-demo-")))
        state = keep or own
        try:
            state.mkdir(parents=True, exist_ok=True)
        except OSError as wrong:
            raise UsageError(f"{state}: {wrong.strerror}", hint="name a folder that can be made") from None
        serve = ("-m", "kiosk", "tenant", "serve", "--json", "--until-stdin-closes")
        child = await stack.enter_async_context(start("the tenant in a box", *serve))
        # The desk starts while the tenant makes its keys.
        hand = await stack.enter_async_context(open_desk(str(keep) if keep else None))
        tenant = await child.line(_TENANT_SECONDS)
        config = configuration.load(_write(own / "kiosk.toml", _sections(state, tenant, hand, replacement) | more))
        if keep:
            # Tenant, desk and camera end with the demo, and leave a station that only has its registry.
            _write(keep / "kiosk.toml", {"station": _station(keep)})
        station = await stack.enter_async_context(open_station(config))
        for _, device in station.devices:
            await device.ready(_DEVICE_SECONDS)
        phone = Phone(tenant["graph_url"], tenant["ca_file"])
        stack.push_async_callback(phone.close)
        yield Stage(tenant, hand, station, phone)


def _station(state: Path) -> dict[str, Any]:
    return {"name": "demo", "organisation": "Contoso Stores", "state_directory": str(state)}


def _sections(state: Path, tenant: dict[str, Any], hand: Hand, replacement: str) -> dict[str, dict[str, Any]]:
    """The configuration a person would write for this tenant and desk."""
    return {
        "station": _station(state),
        "graph": {
            "tenant_id": tenant["tenant_id"],
            "client_id": tenant["client_id"],
            "certificate_file": tenant["authenticate"]["certificate_file"],
            "base_url": tenant["graph_url"],
            "authority": tenant["authority"].removesuffix("/" + tenant["tenant_id"]),
            "ca_file": tenant["ca_file"],
        },
        # A made-up audit is nothing for this machine's journal.
        "registry": {"syslog": "none"},
        # A badge is taken away quickly here, and a newcomer reads slowly.
        "ui": {"away_seconds": 0.5, "idle_seconds": 300},
        "policy": {"replacement": replacement, "accept_tenant_wide": True},
        "scanners.camera": {"kind": "pictures", "paths": [hand.camera], "budget_ms": 60},
        "printers.receipt": {"kind": "escpos", "to": hand.printer},
    }


def _write(file: Path, sections: dict[str, dict[str, Any]]) -> Path:
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
        for section, values in sections.items():
            out.write(f"[{section}]\n")
            # JSON's strings, numbers and lists are TOML's.
            out.writelines(f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in values.items())
            out.write("\n")
    return file
