"""The points a child passes, and the real things that pass them: registry, HTTP, printer.

A point is before and after each write to the registry, each HTTP call and each word to the printer. At the one it is
told, the process kills itself with SIGKILL: nothing is flushed, closed or said. At others it waits, so that whoever
is at the end of its pipe can let something else go wrong.
"""

from __future__ import annotations

import asyncio
import os
import resource
import signal
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from multiprocessing.connection import Connection
from typing import Any, Literal

from drivers.wire.messages import Health, Outcome, Page, Prepared
from drivers.wire.secret import Secret
from kiosk.clock import SystemClock
from kiosk.devices.printer import Printer
from kiosk.graph.answer import Answer
from kiosk.graph.exchange import Exchange, Lost, Request
from kiosk.graph.settings import GraphSettings
from kiosk.registry import Registry

#: Begins the name of a file that is not there; asking for it is seen in a trace of the system calls.
MARK = "/point-"


@dataclass(frozen=True, kw_only=True)
class Stops:
    """`kill_at` is the point a child dies at, 0 for none; `pause_at` are the points it waits at, or all.

    `traced`: it waits to be told to begin, and leaves a mark that a trace of its system calls shows at each point.
    """

    kill_at: int = 0
    pause_at: frozenset[int] | Literal["all"] = field(default_factory=frozenset)
    traced: bool = False


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

    def __init__(self, stops: Stops, pipe: Connection, clock: HurriedClock) -> None:
        self.passed: list[str] = []
        self._stops = stops
        self._pipe = pipe
        self._clock = clock

    def __call__(self, name: str) -> None:
        stops, number = self._stops, len(self.passed) + 1
        self.passed.append(name)
        if number == stops.kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        if stops.traced:
            os.access(f"{MARK}{number}", os.F_OK)
        if stops.pause_at == "all" or number in stops.pause_at:
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
