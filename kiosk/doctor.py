"""Every part of the station, asked how it is: what was asked, what came back, what to do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final, Literal

from drivers.wire.messages import Health
from drivers.wire.options import PicturesOptions
from kiosk.badge.fonts import face_for
from kiosk.clock import Clock
from kiosk.config import Config, Device
from kiosk.devices.link import DeviceError, Role
from kiosk.devices.supervisor import Supervisor
from kiosk.errors import KioskError
from kiosk.registry import Registry
from kiosk.replace.carry_out import MAX_SKEW
from kiosk.station import open_issuer

#: Seconds a driver has to start and answer.
_DEVICE_SECONDS: Final = 25.0
_NAMES: Final = "Zoë Śliwińska"


@dataclass(frozen=True)
class Finding:
    """One part of the station. `todo` is empty when there is nothing to do."""

    part: str
    state: Literal["ok", "fault", "unknown"]
    asked: str
    answer: str
    todo: str = ""


async def examine(config: Config, clock: Clock) -> AsyncIterator[Finding]:
    """Ask each part in turn. Changes nothing; prints nothing on paper."""
    yield Finding("configuration", "ok", "read and checked", str(config.file or "no file: the defaults"))
    yield await _registry(config)
    yield _fonts()
    yield await _device("decoder", "scan", Device("pictures", PicturesOptions()), clock)
    for name, device in config.scanners.items():
        yield await _device(f"scanner {name}", "scan", device, clock)
    for name, device in config.printers.items():
        yield await _device(f"printer {name}", "print", device, clock)
    yield await _graph(config, clock)


async def _registry(config: Config) -> Finding:
    path = config.registry_path
    if not path.exists():
        return Finding("registry", "unknown", f"opened {path}", "no such file: nothing was issued here yet")
    try:
        async with Registry.open(path, read_only=True) as registry:
            counts, unfinished = await registry.counts(), await registry.unfinished()
    except KioskError as wrong:
        return Finding("registry", "fault", f"opened {path}", str(wrong), wrong.hint)
    answer = f"{sum(counts.values())} codes, {len(unfinished)} replacements not finished"
    if unfinished:
        people = ", ".join(sorted({one.user_id for one in unfinished}))
        return Finding("registry", "fault", f"opened {path}", answer, f"may have no badge that works: {people}")
    return Finding("registry", "ok", f"opened {path}", answer)


def _fonts() -> Finding:
    face = face_for(_NAMES)
    lacking = face.lacks(_NAMES)
    asked = f"looked for the letters of {_NAMES}"
    if not lacking:
        return Finding("fonts", "ok", asked, face.path.name)
    return Finding("fonts", "fault", asked, f"none has {lacking}", "apt install fonts-noto-core")


async def _device(part: str, role: Role, device: Device, clock: Clock) -> Finding:
    supervisor = Supervisor(role, part, device, clock, lambda _: None)
    running = asyncio.create_task(supervisor.run())
    try:
        await supervisor.ready(_DEVICE_SECONDS)
        health = await supervisor.ask_health()
    except DeviceError as wrong:
        return Finding(part, "fault", f"started driver {device.kind}", str(wrong), wrong.hint)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    return _finding(part, health)


def _finding(part: str, health: Health) -> Finding:
    state: Literal["ok", "fault", "unknown"] = "fault" if health.state == "absent" else health.state
    return Finding(part, state, health.evidence or "asked its driver", health.reason or health.state, health.hint)


async def _graph(config: Config, clock: Clock) -> Finding:
    asked = f"signed in to {config.graph.authority} and read the policy"
    if not config.graph.tenant_id:
        return Finding("graph", "unknown", "looked for graph.tenant_id", "no tenant is configured", "set [graph]")
    try:
        async with open_issuer(config, clock) as issuer:
            assert issuer is not None, "there is a tenant"
            allowed = await issuer.allowed()
            skew = issuer.skew() or 0.0
    except KioskError as wrong:
        return Finding("graph", "fault", asked, str(wrong), wrong.hint)
    if abs(skew) > MAX_SKEW:
        return Finding("graph", "fault", asked, f"clocks differ by {skew:+.0f} s", "timedatectl set-ntp true")
    if not allowed:
        return Finding("graph", "fault", asked, "the tenant's policy has the method disabled", "enable it in Entra")
    return Finding("graph", "ok", asked, f"the method is enabled; clocks differ by {skew:+.1f} s")
