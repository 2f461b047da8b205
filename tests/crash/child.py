"""The process that is killed: one replacement, or the recovery of what is open, counting the points it passes.

A point is before and after each write to the registry, each HTTP call and each word to the printer. At the one it is
told, the process kills itself with SIGKILL: nothing is flushed, closed or said. At others it waits, so that whoever
is at the end of its pipe can let something else go wrong.
"""

from __future__ import annotations

import asyncio
import logging
import os
import resource
import signal
import tempfile
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Literal

from drivers.wire.messages import FromDriver, Health, Outcome, Page, Prepared
from drivers.wire.options import EscposOptions
from drivers.wire.secret import Secret
from kiosk import log
from kiosk.badge.content import parse
from kiosk.clock import SystemClock
from kiosk.config import Device, Policy, Station
from kiosk.devices.printer import Printer
from kiosk.devices.supervisor import Supervisor
from kiosk.graph.answer import Answer
from kiosk.graph.client import GraphClient
from kiosk.graph.exchange import Exchange, Lost, Request
from kiosk.graph.settings import GraphSettings
from kiosk.registry import Registry
from kiosk.replace.assignment import Assignment
from kiosk.replace.attendant import Choice, Progress, Trouble
from kiosk.replace.carry_out import Replacement
from kiosk.replace.facilities import Facilities
from kiosk.replace.issuer import GraphIssuer, NewCode
from kiosk.replace.plan import Plan, Reason, Step, plan
from kiosk.replace.reconcile import finish, look
from kiosk.stationery import Stationery

#: Seconds the printer may stay silent; one that answers is on this machine, and takes hundredths.
SILENCE = 0.5


@dataclass(frozen=True)
class Order:
    """What a child is to do. `kill_at` is the point it dies at, 0 for none; `scanned` is a badge for a copy.

    `pause_at` are the points it waits at, or all. `traced`: it waits to be told to begin, and leaves a mark that a
    trace of its system calls shows at each point.
    """

    settings: GraphSettings
    token: str
    registry: Path
    printer_address: str
    printer_socket: str
    user_id: str
    reason: Reason
    recover: bool = False
    kill_at: int = 0
    scanned: bytes = b""
    pause_at: frozenset[int] | Literal["all"] = field(default_factory=frozenset)
    traced: bool = False


#: Begins the name of a file that is not there; asking for it is seen in a trace of the system calls.
MARK = "/point-"


class HurriedClock(SystemClock):
    """The machine's clock, but a wait is over at once, and it can be set to another time of day."""

    def __init__(self) -> None:
        self.jumped = timedelta()
        self.waited = 0.0

    def now(self) -> datetime:
        return super().now() + self.jumped

    def monotonic(self) -> float:
        return super().monotonic() + self.waited

    async def sleep(self, seconds: float) -> None:
        self.waited += seconds
        await asyncio.sleep(0)


class Points:
    """Counts; dies at the one it was told, and does what it is told at those it waits at."""

    def __init__(self, order: Order, pipe: Connection, clock: HurriedClock) -> None:
        self.passed: list[str] = []
        self._order = order
        self._pipe = pipe
        self._clock = clock

    def __call__(self, name: str) -> None:
        order, number = self._order, len(self.passed) + 1
        self.passed.append(name)
        if number == order.kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        if order.traced:
            os.access(f"{MARK}{number}", os.F_OK)
        if order.pause_at == "all" or number in order.pause_at:
            self._pipe.send(("point", (number, name)))
            self._obey(*self._pipe.recv())

    def _obey(self, command: str = "", seconds: float = 0.0) -> None:
        if command == "disk full":
            # From here on every write to a file fails; sockets and pipes are no files.
            resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
        elif command == "clock":
            self._clock.jumped += timedelta(seconds=seconds)


class CountedExchange(Exchange):
    """The real HTTP, between two points."""

    def __init__(self, settings: GraphSettings, point: Points) -> None:
        super().__init__(settings)
        self._point = point

    async def send(self, request: Request, token: Secret) -> Answer | Lost:
        what = f"{request.verb} {request.path.partition('?')[0].rpartition('/')[2]}"
        self._point(f"before {what}")
        answer = await super().send(request, token)
        self._point(f"after {what}")
        return answer


class CountedRegistry(Registry):
    """The real registry, each write between two points."""

    point: Points

    async def write(self, work: Any, *args: Any, **kwargs: Any) -> Any:
        name = getattr(work, "__name__", "write")
        self.point(f"before {name}")
        result = await super().write(work, *args, **kwargs)
        self.point(f"after {name}")
        return result


class CountedPrinter(Printer):
    """The real printer, each word between two points."""

    point: Points

    async def health(self) -> Health:
        self.point("before health")
        health = await super().health()
        self.point("after health")
        return health

    async def prepare(self, job: str, page: Page) -> Prepared:
        self.point("before prepare")
        prepared = await super().prepare(job, page)
        self.point("after prepare")
        return prepared

    async def commit(self, job: str) -> Outcome:
        self.point("before commit")
        outcome = await super().commit(job)
        self.point("after commit")
        return outcome

    async def cancel(self, job: str) -> None:
        self.point("before cancel")
        await super().cancel(job)
        self.point("after cancel")


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

    async def tell(self, pin: Secret) -> bool:
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
    results = asyncio.run(_run(order, pipe, point, clock))
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
    assert isinstance(made, Plan), made
    copied = _copied(order, person.standard) if order.reason is Reason.COPY else None
    return await Replacement(Assignment(made, person, use, attendant, copied=copied)).run()


def _copied(order: Order, standing: Any) -> NewCode:
    badge = parse(Secret(order.scanned))
    assert badge is not None
    return NewCode(standing.code_id, standing.start, standing.expire, Secret(b""), Secret(order.scanned))


def _ignore(_: FromDriver) -> None:
    pass
