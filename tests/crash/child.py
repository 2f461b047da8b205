"""The process that is killed: one replacement, or the recovery of what is open. See tests.crash.points."""

from __future__ import annotations

import asyncio
import logging
import os
import tempfile
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from drivers.wire.messages import FromDriver
from drivers.wire.options import EscposOptions
from drivers.wire.secret import Secret
from kiosk import log
from kiosk.badge.content import parse
from kiosk.clock import SystemClock
from kiosk.config import Device, Policy, Station
from kiosk.devices.supervisor import Supervisor
from kiosk.errors import KioskError
from kiosk.graph.client import GraphClient
from kiosk.graph.settings import GraphSettings
from kiosk.replace.assignment import Assignment
from kiosk.replace.attendant import Choice, PrintSlip, Progress, Trouble
from kiosk.replace.carry_out import Replacement
from kiosk.replace.facilities import Facilities
from kiosk.replace.issuer import GraphIssuer, NewCode
from kiosk.replace.plan import Reason, Refusal, Step, plan
from kiosk.replace.reconcile import finish, look
from kiosk.stationery import Stationery
from tests.crash.points import CountedExchange, CountedPrinter, CountedRegistry, HurriedClock, Points, Stops

#: Seconds the printer may stay silent; one that answers is on this machine, and takes hundredths when it is not busy.
SILENCE = 2.0


@dataclass(frozen=True, kw_only=True)
class Order(Stops):
    """What a child is to do, and where it stops. `scanned` is a badge for a copy."""

    settings: GraphSettings
    token: str
    registry: Path
    printer_address: str
    printer_socket: str
    user_id: str
    reason: Reason
    recover: bool = False
    scanned: bytes = b""


class Held:
    """A Credential: a token that somebody else got."""

    def __init__(self, token: str) -> None:
        self._token = Secret(token)

    async def token(self, *, refused: Secret | None = None) -> Secret:
        return self._token


class OnThePipe:
    """The Attendant: whoever is at the other end of the pipe looks at the paper and chooses."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe

    def show(self, step: Step, progress: Progress, detail: str = "") -> None:
        pass

    async def trouble(self, trouble: Trouble) -> Choice:
        return Choice(self._ask("trouble", (str(trouble.step), [str(each) for each in trouble.choices])))

    async def scan_back(self, digest: bytes) -> bool:
        return bool(self._ask("scan_back", digest))

    async def tell(self, pin: Secret, slip: PrintSlip | None) -> bool:
        return bool(self._ask("tell", pin.reveal_text()))

    def _ask(self, what: str, about: object) -> Any:
        self._pipe.send((what, about))
        return self._pipe.recv()


def run(order: Order, pipe: Connection) -> None:
    """In a process of its own, which ends here: nothing is left to be tidied up."""
    _write_only_to(order.registry.parent)
    if order.traced:
        pipe.recv()
    clock = HurriedClock()
    point = Points(order, pipe, clock)
    try:
        results = asyncio.run(_run(order, pipe, point, clock))
    except KioskError as wrong:
        results = [repr(wrong)]  # it could not even be begun, as a visit would say
    pipe.send(("done", (results, point.passed, clock.waited)))
    os._exit(0)


def _write_only_to(folder: Path) -> None:
    """Log, output and temporary files go where they are searched for secrets."""
    os.environ["TMPDIR"] = os.environ["SQLITE_TMPDIR"] = str(folder / "tmp")
    tempfile.tempdir = None
    said = os.open(folder / "said", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(said, 1)
    os.dup2(said, 2)
    logging.raiseExceptions = False  # nor does a full disk stop the station from working when its log cannot grow
    log.write_to(folder / "station.log", logging.INFO)


async def _run(order: Order, pipe: Connection, point: Points, clock: HurriedClock) -> list[str]:
    device = Device("escpos", EscposOptions(to=order.printer_address, timeout=SILENCE), socket=order.printer_socket)
    supervisor = Supervisor("print", "receipt", device, SystemClock(), _ignore)
    running = asyncio.create_task(supervisor.run())
    try:
        await supervisor.ready(20)
        exchange = CountedExchange(order.settings, point)
        async with (
            GraphClient(order.settings, Held(order.token), clock=clock, exchange=exchange) as graph,
            CountedRegistry.open(order.registry) as registry,
        ):
            registry.point = point
            printer = CountedPrinter(supervisor)
            printer.point = point
            policy = Policy(replacement="attendant", copying=True, leaving=True)
            use = Facilities(GraphIssuer(graph), registry, printer, clock, Stationery(Station(name="till-3")), policy)
            attendant = OnThePipe(pipe)
            if order.recover:
                return [repr(await finish(each, use, attendant)) for each in await look(use)]
            return [repr(await _replace(order, use, attendant))]
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def _replace(order: Order, use: Facilities, attendant: OnThePipe) -> object:
    person = await use.issuer.person(order.user_id)
    made = plan(person.user_id, order.reason, person.account, enrolled=person.enrolled, now=use.clock.now())
    if isinstance(made, Refusal):
        return made
    copied = _copied(order, person.standard) if order.reason is Reason.COPY else None
    return await Replacement(Assignment(made, person, use, attendant, copied=copied)).run()


def _copied(order: Order, standing: Any) -> NewCode:
    badge = parse(Secret(order.scanned))
    assert badge is not None
    return NewCode(standing.code_id, standing.start, standing.expire, Secret(b""), Secret(order.scanned))


def _ignore(_: FromDriver) -> None:
    pass
