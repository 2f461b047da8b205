"""Every part of the station, asked how it is: what was asked, what came back, what to do."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final, Literal

from drivers.wire.messages import Health
from drivers.wire.options import PicturesOptions
from kiosk.administration.reach import extent, lacks
from kiosk.administration.session import Session, open_session
from kiosk.badge.fonts import face_for
from kiosk.clock import Clock
from kiosk.config import Config, Device
from kiosk.devices.link import DeviceError, Role
from kiosk.devices.stock import Stock
from kiosk.devices.supervisor import Supervisor
from kiosk.errors import KioskError
from kiosk.graph import operations as op
from kiosk.graph.auth import SupervisorSignIn
from kiosk.graph.errors import UnexpectedAnswer
from kiosk.graph.reach import Reach
from kiosk.graph_settings import graph_settings
from kiosk.registry import Registry
from kiosk.registry.salvage import aside
from kiosk.station import look_at_station

#: How far back the audit is read for what concerns badges that may still be in use.
_OF_LATE: Final = timedelta(days=30)
#: Where the audit says of a badge whether its picture agreed with its content: of the station's, and of commands'.
_IMAGE_AGREES: Final = ("details.image_agrees", "image_agrees")
#: Seconds a driver has to start and answer.
_DEVICE_SECONDS: Final = 25.0
_NAMES: Final = "Zoë Śliwińska"
#: What a station cannot judge badges without, and what it cannot replace them without.
_CHECKS: Final = frozenset({op.GET_USER.name, op.GET_METHOD.name})
_REPLACES: Final = frozenset({op.CREATE_METHOD.name, op.CREATE_CODE.name, op.DELETE_CODE.name})
_WRITES_ALL: Final = frozenset({"UserAuthMethod-QR.ReadWrite.All", "UserAuthenticationMethod.ReadWrite.All"})


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
    for missing, part in ((not config.scanners, "scanners"), (not config.printers, "printers")):
        if missing:
            yield Finding(part, "unknown", f"looked for [{part}]", "none is configured", f"add a [{part}.NAME]")
    for name, device in config.scanners.items():
        yield await _device(f"scanner {name}", "scan", device, clock)
    for name, device in config.printers.items():
        yield await _device(f"printer {name}", "print", device, clock)
        if device.roll.stock:
            yield await _stock(name, device, config, clock)
    async for finding in _graph(config, clock):
        yield finding
    if config.registry_path.exists():
        async for finding in _unfinished(config, clock):
            yield finding
        async for finding in images(config, clock):
            yield finding


async def _registry(config: Config) -> Finding:
    path = config.registry_path
    if not path.exists():
        return _no_registry(path)
    try:
        async with Registry.open(path, read_only=True) as registry:
            counts, unfinished = await registry.counts(), await registry.unfinished()
    except KioskError as wrong:
        return Finding("registry", "fault", f"opened {path}", str(wrong), wrong.hint)
    answer = f"{sum(counts.values())} codes, {len(unfinished)} replacements not finished"
    damaged = aside(path)
    if unfinished:
        people = ", ".join(sorted({one.user_id for one in unfinished}))
        return Finding("registry", "fault", f"opened {path}", answer, f"may have no badge that works: {people}")
    if damaged:
        todo = f"run kiosk registry sync; then keep {damaged[-1].name} elsewhere: its audit is evidence"
        return Finding("registry", "fault", f"opened {path}", f"{answer}; begun anew after damage", todo)
    return Finding("registry", "ok", f"opened {path}", answer)


async def _unfinished(config: Config, clock: Clock) -> AsyncIterator[Finding]:
    """Each replacement that was begun and not finished, with where it left the person."""
    asked = "read the journal, and asked Graph how each stands"
    try:
        async with look_at_station(config, clock) as station:
            await station.visit.recovering.list()
            await station.visit.recovering.look()
            views = station.visit.board.state.unfinished
    except KioskError as wrong:
        yield Finding("unfinished", "unknown", asked, str(wrong), wrong.hint)
        return
    for view in views:
        where = view.situation or (view.refusal and view.refusal.key) or "nobody can say: Graph was not asked"
        answer = f"{view.name}: {where}".replace("_", " ") + ("; has no badge that works" * view.without_badge)
        yield Finding("unfinished", "fault", asked, answer, "finish it at the station, or with kiosk recover")


async def images(config: Config, clock: Clock) -> AsyncIterator[Finding]:
    """Badges of late whose picture said something else than the content that came with it: the picture counts."""
    asked = f"read {_OF_LATE.days} days of the audit"
    try:
        async with Registry.open(config.registry_path, read_only=True) as registry:
            entries = await registry.audit(since=clock.now() - _OF_LATE)
    except KioskError:
        return  # said of the registry already
    differ = sum(any(entry.details.get(key) is False for key in _IMAGE_AGREES) for entry in entries)
    if differ:
        answer = f"{differ} badges whose picture says something else than the content Graph sent with it"
        yield Finding("symbols", "fault", asked, answer, "the picture was printed: try such a badge on a phone")


async def _stock(name: str, device: Device, config: Config, clock: Clock) -> Finding:
    """Few labels are a fault to whoever looks after the station, and none to the printer."""
    part, asked = f"labels of {name}", "read what was counted"
    if not config.registry_path.exists():
        return Finding(part, "ok", "looked for a count", f"{device.roll.stock} left: nothing was printed here yet")
    try:
        async with Registry.open(config.registry_path, read_only=True, station=config.station.name) as registry:
            stock = Stock(name, device.roll, registry.stock, clock)
            await stock.look()
    except KioskError as wrong:
        return Finding(part, "unknown", asked, str(wrong), wrong.hint)
    told = stock.tell(Health(state="ok"))
    answer = f"{stock.left} of {device.roll.stock} left"
    return Finding(part, "fault" if told.reason else "ok", asked, answer, told.hint)


def _no_registry(path: Path) -> Finding:
    there = next(folder for folder in path.parents if folder.exists())
    if not os.access(there, os.W_OK):
        return Finding("registry", "fault", f"looked for {path}", f"{there} cannot be written", "set registry.path")
    return Finding("registry", "unknown", f"looked for {path}", "no such file: nothing was issued here yet")


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
        return Finding(part, "fault", f"started driver {device.kind}", _without(part, str(wrong)), wrong.hint)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    return _finding(part, health)


def _without(part: str, answer: str) -> str:
    """The answer without the name of its part, which each layer puts before it."""
    while answer.startswith(f"{part}: "):
        answer = answer.removeprefix(f"{part}: ")
    return answer


def _finding(part: str, health: Health) -> Finding:
    state: Literal["ok", "fault", "unknown"] = "fault" if health.state == "absent" else health.state
    answer = _without(part, health.reason) or health.state
    return Finding(part, state, health.evidence or "asked its driver", answer, health.hint)


async def _graph(config: Config, clock: Clock) -> AsyncIterator[Finding]:
    asked = f"signed in to {config.graph.authority}"
    if not config.graph.tenant_id:
        yield Finding("graph", "unknown", "looked for graph.tenant_id", "no tenant is configured", "set [graph]")
        return
    if config.policy.replacement == "supervisor":
        yield await _supervisors(config, clock)
    if config.only_supervisors:
        answer = "the station has no credential of its own, as meant: supervisors sign in"
        yield Finding("graph", "ok", "looked for one in [graph]", answer)
        return
    try:
        async with open_session(config, clock) as session:
            yield await _policy(session, asked)
            for finding in await _reach(session, config):
                yield finding
    except KioskError as wrong:
        yield Finding("graph", "fault", asked, str(wrong), wrong.hint)


async def _supervisors(config: Config, clock: Clock) -> Finding:
    """Entra gives a code to whomever it would let sign in so; what Conditional Access says of it comes later."""
    asked = f"asked {config.graph.authority} for a code to sign in with"
    sign_in = SupervisorSignIn(graph_settings(config), clock=clock)
    try:
        prompt = await sign_in.begin()
    except KioskError as wrong:
        return Finding("supervisors", "fault", asked, str(wrong), wrong.hint)
    finally:
        sign_in.sign_out()
    return Finding("supervisors", "ok", asked, f"they can sign in at {prompt.verification_uri}")


async def _policy(session: Session, asked: str) -> Finding:
    asked = f"{asked} and read the policy"
    policy = await session.policy()
    skew, wrong = session.graph.last_date_skew or 0.0, session.graph.clock_warning
    if wrong:
        return Finding("graph", "fault", asked, str(wrong), wrong.hint)
    if policy is None:
        return Finding("graph", "ok", asked, f"the policy may not be read; clocks differ by {skew:+.1f} s")
    if not policy.enabled:
        return Finding("graph", "fault", asked, "the tenant's policy has the method disabled", "enable it in Entra")
    return Finding("graph", "ok", asked, f"the method is enabled; clocks differ by {skew:+.1f} s")


async def _reach(session: Session, config: Config) -> tuple[Finding, ...]:
    try:
        reach = await session.graph.reach()
    except UnexpectedAnswer as wrong:
        return (Finding("permissions", "unknown", "read the token", str(wrong), wrong.hint),)
    return _permissions(reach, config), _extent(reach, config)


def _permissions(reach: Reach, config: Config) -> Finding:
    """What is missing is a fault where the station cannot do its work without it."""
    asked, held = "looked what the token permits", ", ".join(sorted(reach.claims.permissions)) or "none"
    missing = lacks(reach)
    answer = f"has {held}" + (f"; lacks the {'; the '.join(missing)}" if missing else "")
    needed = _CHECKS | _REPLACES if config.policy.replacement == "attendant" else _CHECKS
    if any(lack.operation in needed for lack in reach.missing):
        todo = "grant the permission to the app registration, with an administrator's consent"
        return Finding("permissions", "fault", asked, answer, todo)
    return Finding("permissions", "ok", asked, answer)


def _extent(reach: Reach, config: Config) -> Finding:
    """An app's permission reaches everybody: whoever holds its certificate can make a badge for anyone."""
    asked, answer = "looked whose codes it may change", f"{reach.claims.name} {extent(reach)}"
    if not reach.whole_tenant or config.policy.accept_tenant_wide:
        return Finding("reach", "ok", asked, answer + (", as accepted" if reach.whole_tenant else ""))
    held = " and ".join(sorted(reach.claims.permissions & _WRITES_ALL))
    return Finding(
        "reach",
        "fault",
        asked,
        f"{answer}, by {held}",
        "have supervisors sign in, whose role reaches one administrative unit; or, where this is meant, "
        "set policy.accept_tenant_wide = true",
    )
