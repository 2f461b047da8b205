"""The process that is killed: one replacement, or the recovery of what is open, counting the points it passes.

A point is before and after each write to the registry, each HTTP call and each word to the printer. At the one it is
told, the process kills itself with SIGKILL: nothing is flushed, closed or said.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from drivers.wire.messages import FromDriver, Outcome, Page
from drivers.wire.options import EscposOptions
from drivers.wire.secret import Secret
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

#: Seconds the printer may stay silent about a page.
SILENCE = 2.0


@dataclass(frozen=True)
class Order:
    """What a child is to do. `kill_at` is the point it dies at, 0 for none; `scanned` is a badge for a copy."""

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


class Points:
    """Counts; dies at the one it was told."""

    def __init__(self, kill_at: int) -> None:
        self.passed: list[str] = []
        self._kill_at = kill_at

    def __call__(self, name: str) -> None:
        self.passed.append(name)
        if len(self.passed) == self._kill_at:
            os.kill(os.getpid(), signal.SIGKILL)


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

    point: Callable[[str], None]

    async def _write(self, work: Any, *args: Any, **kwargs: Any) -> Any:
        name = getattr(work, "__name__", "write")
        self.point(f"before {name}")
        result = await super()._write(work, *args, **kwargs)
        self.point(f"after {name}")
        return result


class CountedPrinter(Printer):
    """The real printer, each word between two points."""

    point: Callable[[str], None]

    async def prepare(self, job: str, page: Page) -> tuple[Secret, ...]:
        self.point("before prepare")
        read = await super().prepare(job, page)
        self.point("after prepare")
        return read

    async def commit(self, job: str) -> Outcome:
        self.point("before commit")
        outcome = await super().commit(job)
        self.point("after commit")
        return outcome


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
    """In a process of its own."""
    point = Points(order.kill_at)
    results = asyncio.run(_run(order, pipe, point))
    pipe.send(("done", (results, point.passed)))
    pipe.close()


async def _run(order: Order, pipe: Connection, point: Points) -> list[str]:
    clock = SystemClock()
    device = Device("escpos", EscposOptions(to=order.printer_address, timeout=SILENCE), socket=order.printer_socket)
    supervisor = Supervisor("print", "receipt", device, clock, _ignore)
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
            use = Facilities(GraphIssuer(graph), registry, printer, clock, Station(name="till-3"), policy)
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
