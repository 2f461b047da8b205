"""The composition root: what a configuration names is opened, shown, and closed again."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from drivers.wire.messages import Health
from kiosk import config
from kiosk.errors import UsageError
from kiosk.offering import offers
from kiosk.registry import Registry
from kiosk.replace.plan import Refusal
from kiosk.state import DeviceView, State
from kiosk.station import open_station

pytestmark = pytest.mark.anyio


def configured(folder: Path, **sections: Any) -> config.Config:
    return config.parse({"station": {"state_directory": str(folder)}, **sections}, None)


async def test_devices_are_shown_and_leave_with_the_station(tmp_path: Path) -> None:
    """Each by role and name, in order; closed, there is no driver and no task."""
    none = {"kind": "none"}
    before = asyncio.all_tasks()
    settings = configured(tmp_path, scanners={"b": none, "a": none}, printers={"a": none})
    async with open_station(settings) as station:

        def there(state: State) -> bool:
            return len(state.devices) == 3

        async with asyncio.timeout(30):
            async for state in station.visit.board.states():
                if there(state):
                    break
        assert [(view.role, view.name, view.health.state) for view in state.devices] == [
            ("print", "a", "absent"),
            ("scan", "a", "absent"),
            ("scan", "b", "absent"),
        ]
        pids = [device._link._process.pid for _, device in station.devices]  # type: ignore[union-attr]
        assert station._facilities() is None, "no Graph, nothing to replace with"
        serial = station.visit.board.state.serial
        station._show_device(state.devices[0])
        assert station.visit.board.state.serial == serial, "the same health again is no news"
        station._show_device(DeviceView("a", "print", Health(state="ok")))
        assert station.visit.board.state.devices[0].health.state == "ok"
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    assert asyncio.all_tasks() == before


async def test_replacements_that_are_open_are_counted_at_the_start(tmp_path: Path) -> None:
    """Nobody who may be without a badge is forgotten by a restart."""
    settings = configured(tmp_path)
    async with Registry.open(settings.registry_path) as registry:
        await registry.open_replacement("r1", user_id="u", reason="worn", at=datetime.now(UTC))
    async with open_station(settings) as station:
        (open_one,) = station.visit.board.state.unfinished
        assert (open_one.name, open_one.without_badge, open_one.situation) == ("u", True, None)


@pytest.mark.parametrize(
    ("graph", "words"),
    [
        ({}, "nothing to sign in with"),
        ({"certificate_file": "missing.pem"}, "No such file"),
        ({"client_secret_file": "empty"}, "is empty"),
    ],
)
async def test_a_tenant_without_a_credential(graph: dict[str, str], words: str, tmp_path: Path) -> None:
    """Said at the start, with the key's name and never its value; the registry is closed again."""
    (tmp_path / "empty").touch()
    files = {key: str(tmp_path / value) for key, value in graph.items()}
    settings = configured(tmp_path, graph={"tenant_id": "t", "client_id": "c", **files})
    with pytest.raises(UsageError, match=words):
        async with open_station(settings):
            pass
    settings.registry_path.unlink()


async def test_a_station_without_graph_says_why_nothing_can_be_replaced(tmp_path: Path) -> None:
    settings = configured(tmp_path, printers={"a": {"kind": "none"}}, policy={"replacement": "attendant"})
    async with open_station(settings) as station:
        checked = await station.visit._checker.check(())
        assert offers(station.visit._facilities, checked, ()) == ((), Refusal("replacement_off"))
