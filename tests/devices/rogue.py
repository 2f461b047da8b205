"""Drivers that do not keep to the protocol, and a clock that only moves when told to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from drivers.wire import lines
from drivers.wire.messages import VERSION, Error, FromDriver, FromStation, Health, Hello, Message, Ping
from drivers.wire.options import NoneOptions
from kiosk.config import Device
from kiosk.devices.supervisor import Supervisor

HELLO = Hello(version=VERSION, kind="rogue")
OK = Health(state="ok", evidence="asked")


class HeldClock:
    """Whoever sleeps is held until the test lets them go; `waits` is a queue of how long each wanted to."""

    def __init__(self) -> None:
        self.waits: asyncio.Queue[float] = asyncio.Queue()
        self._passed = 0.0
        self._held: list[tuple[float, asyncio.Event]] = []

    def now(self) -> datetime:
        return datetime(2026, 11, 20, tzinfo=UTC)

    def monotonic(self) -> float:
        return self._passed

    async def sleep(self, seconds: float) -> None:
        end = asyncio.Event()
        self._held.append((seconds, end))
        self.waits.put_nowait(seconds)
        await end.wait()

    def advance(self, seconds: float) -> None:
        """Let so much time pass; every sleep ends."""
        self._passed += seconds
        held, self._held = self._held, []
        for _, end in held:
            end.set()

    async def wait(self) -> float:
        """How long the next sleeper wants to sleep."""
        async with asyncio.timeout(20):
            return await self.waits.get()


class Ear:
    """The station's messages, as a rogue driver hears them."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer
        self._decoder = lines.from_station()
        self._heard: list[FromStation] = []

    async def next(self) -> FromStation | None:
        """The next message; None once the station has hung up."""
        while not self._heard:
            data = await self._reader.read(65536)
            if not data:
                return None
            for message in self._decoder.feed(data):
                assert not isinstance(message, lines.WireError)
                self._heard.append(message)
        return self._heard.pop(0)

    def say(self, *messages: Message) -> None:
        """Say something."""
        for message in messages:
            self.writer.write(lines.encode(message))

    async def greet(self) -> None:
        """Say hello to `configure`, as one should."""
        await self.next()
        self.say(HELLO)

    async def go_on(self) -> None:
        """Answer every ping until the station hangs up."""
        while (message := await self.next()) is not None:
            if isinstance(message, Ping):
                self.say(OK)


Conduct = Callable[[Ear], Awaitable[None]]


@asynccontextmanager
async def rogue(folder: Path, *conducts: Conduct) -> AsyncIterator[Device]:
    """A device whose driver behaves as told, the first connection as the first, and so on; the last one stays."""
    left = list(conducts)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        conduct = left.pop(0) if len(left) > 1 else left[0]
        try:
            await conduct(Ear(reader, writer))
        except ConnectionError:
            pass
        finally:
            writer.transport.abort()

    folder.mkdir(exist_ok=True)  # noqa: ASYNC240 - a test may
    path = folder / "rogue.sock"
    server = await asyncio.start_unix_server(serve, path)
    try:
        yield Device("none", NoneOptions(), socket=str(path))
    finally:
        server.close()
        await server.wait_closed()


@asynccontextmanager
async def running(supervisor: Supervisor) -> AsyncIterator[Supervisor]:
    """The supervisor at work, and stopped at the end with nothing of it left over."""
    before = asyncio.all_tasks()
    task = asyncio.create_task(supervisor.run())
    try:
        yield supervisor
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        # One turn of the loop for callbacks of what has ended.
        await asyncio.sleep(0)
        left = {one for one in asyncio.all_tasks() - before - {task} if "serve" not in repr(one.get_coro())}
        assert not left, left


def supervise(device: Device, clock: object, heard: list[FromDriver] | None = None) -> Supervisor:
    """A supervisor of `device` that notes what it hears."""
    hear = heard.append if heard is not None else lambda _: None
    return Supervisor("print", "rogue", device, clock, hear)  # type: ignore[arg-type]


async def well(ear: Ear) -> None:
    """As a driver should be."""
    await ear.greet()
    await ear.go_on()


async def hangs_up(ear: Ear) -> None:
    """Before it says hello, as systemd's socket does when the driver behind it cannot start."""


async def over_long(ear: Ear) -> None:
    """Says a line that is longer than one may be."""
    await ear.next()
    ear.writer.write(b"x" * (lines.MAX_LINE + 1))
    await ear.go_on()


async def refuses(ear: Ear) -> None:
    """What it is asked to be."""
    await ear.next()
    ear.say(Error(reason="no such option", hint="mend it", about="configure", fatal=True))
