"""One conversation with one driver process, whoever started it."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import Callable
from typing import Final, Literal

import msgspec
import structlog

from drivers.wire import lines
from drivers.wire.messages import VERSION, Configure, Error, FromDriver, Hello, Message
from kiosk.config import Device
from kiosk.devices.output import OutputLines
from kiosk.devices.throttle import Throttle
from kiosk.errors import KioskError

Role = Literal["scan", "print"]

_READ: Final = 1 << 16
#: Seconds a driver has to say hello; it may have OpenCV to load.
HELLO_SECONDS: Final = 20.0
_LEAVE_SECONDS: Final = 3.0
_LAST_WORDS_SECONDS: Final = 1.0
#: Seconds a driver may leave what it is told unread before it is taken for hung.
_SEND_SECONDS: Final = 10.0
#: Seconds between two reads of a driver that floods.
_FLOOD_SECONDS: Final = 0.05
#: Lines of nonsense that are logged of one conversation.
_NONSENSE: Final = 20
#: What a driver's environment may hold. Credentials and the station's own settings are none of its business.
_ENVIRONMENT: Final = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "VIRTUAL_ENV", "TMPDIR", "XDG_RUNTIME_DIR")

log = structlog.get_logger(__name__)


class DeviceError(KioskError):
    """A driver is away, refused, or did not answer in time."""


class DeviceAbsentError(DeviceError):
    """The driver was away before anything was said to it: nothing happened."""


class Link:
    """Sends messages, hands the driver's to `hear`, and waits for answers. Make one with `open_link`."""

    def __init__(
        self,
        name: str,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        hear: Callable[[FromDriver], None],
        *,
        process: asyncio.subprocess.Process | None = None,
        throttle: Throttle | None = None,
    ) -> None:
        self.name = name
        self.hello: Hello | None = None
        #: Whether the driver has hung up: nothing said now will be heard.
        self.left = False
        self._why = ""
        self._throttle = throttle
        self._nonsense = 0
        self._reader = reader
        self._writer = writer
        self._process = process
        self._hear = hear
        self._draining = asyncio.create_task(_drain(name, process)) if process else None
        self._waiting: list[tuple[Callable[[FromDriver], bool], asyncio.Future[FromDriver]]] = []

    async def listen(self) -> None:
        """Read until the driver leaves. Every message goes to who waits for it, else to `hear`."""
        decoder = lines.from_driver()
        try:
            while data := await self._reader.read(_READ):
                for message in decoder.feed(data):
                    self._take(message)
                if self._throttle and self._throttle.flooding:
                    # Neither its messages nor the reading of them may starve the others.
                    await asyncio.sleep(_FLOOD_SECONDS)
        except (lines.WireError, ConnectionError) as wrong:
            self._why = f" ({wrong})"
        finally:
            self.left = True
            for _, future in self._waiting:
                if not future.done():
                    future.set_exception(self.gone())

    def gone(self) -> DeviceError:
        """That it left, and why as far as it is known."""
        return DeviceError(f"{self.name}: its driver left{self._why}")

    async def send(self, message: Message) -> None:
        """Say something. Raises DeviceError, and of its kinds DeviceAbsentError when the driver had left before."""
        if self.left:
            raise DeviceAbsentError(f"{self.name}: its driver left")
        try:
            self._writer.write(lines.encode(message))
            async with asyncio.timeout(_SEND_SECONDS):
                await self._writer.drain()
        except TimeoutError:
            raise DeviceError(f"{self.name}: its driver does not listen") from None
        except (ConnectionError, RuntimeError) as wrong:
            raise DeviceError(f"{self.name}: its driver is gone ({type(wrong).__name__})") from None
        except lines.WireError as wrong:
            raise DeviceError(f"{self.name}: {wrong}") from None

    async def ask(self, message: Message, answers: Callable[[FromDriver], bool], seconds: float) -> FromDriver:
        """Say something and wait for the message that `answers` it. Raises DeviceError, also after `seconds`."""
        future: asyncio.Future[FromDriver] = asyncio.get_running_loop().create_future()
        # Looked at here too, or asyncio complains of a failure that came when nobody waited for it any more.
        future.add_done_callback(lambda done: done.cancelled() or done.exception())
        waiting = (answers, future)
        self._waiting.append(waiting)
        try:
            async with asyncio.timeout(seconds):
                await self.send(message)
                return await future
        except TimeoutError:
            raise DeviceError(f"{self.name}: its driver gave no answer within {seconds:g} s") from None
        finally:
            self._waiting.remove(waiting)

    async def configure(self, device: Device) -> None:
        """Tell the driver what to be and wait for its hello. Raises DeviceError."""
        options = msgspec.to_builtins(device.options)
        answer = await self.ask(Configure(kind=device.kind, options=options), _is_hello, HELLO_SECONDS)
        if isinstance(answer, Error):
            raise DeviceError(f"{self.name}: {answer.reason}", hint=answer.hint)
        assert isinstance(answer, Hello)
        if answer.version != VERSION:
            raise DeviceError(f"{self.name}: its driver speaks version {answer.version}, the station {VERSION}")
        self.hello = answer

    async def close(self) -> None:
        """Hang up; the driver then leaves, or is made to."""
        self._writer.close()
        try:
            if self._process:
                await self._see_off(self._process)
        finally:
            # What a driver that never read left unsent goes with it.
            self._writer.transport.abort()

    async def _see_off(self, process: asyncio.subprocess.Process) -> None:
        # Not asyncio.timeout: up to Python 3.11.2 it takes its own end for the cancellation that brought us here.
        leaving = asyncio.ensure_future(process.wait())
        try:
            if not (await asyncio.wait({leaving}, timeout=_LEAVE_SECONDS))[0]:
                process.kill()
            await leaving
        except asyncio.CancelledError:
            process.kill()
            raise
        if self._draining:
            # Its last words, but not for ever: a child of the driver's own may hold its output open.
            await asyncio.wait({self._draining}, timeout=_LAST_WORDS_SECONDS)
            self._draining.cancel()
            await asyncio.gather(self._draining, return_exceptions=True)

    def kill(self) -> None:
        """End a driver that hangs. One that systemd started is left to its watchdog."""
        if self._process and self._process.returncode is None:
            self._process.kill()
        self._writer.close()

    def _take(self, message: FromDriver | lines.WireError) -> None:
        if isinstance(message, lines.WireError):
            self._pass_over(message)
            return
        for answers, future in self._waiting:
            if not future.done() and answers(message):
                future.set_result(message)
                return
        if self._allowed():
            self._hear(message)

    def _allowed(self) -> bool:
        return self._throttle is None or self._throttle.allows()

    def _pass_over(self, nonsense: lines.WireError) -> None:
        self._nonsense += 1
        if self._allowed() and self._nonsense <= _NONSENSE:
            log.warning("driver said nonsense", device=self.name, reason=str(nonsense))


def _is_hello(message: FromDriver) -> bool:
    return isinstance(message, Hello | Error)


async def open_link(
    role: Role, name: str, device: Device, hear: Callable[[FromDriver], None], throttle: Throttle | None = None
) -> Link:
    """Start the driver of `device`, or connect to the one systemd starts. Raises DeviceError.

    What it says unasked beyond `throttle` is dropped; without one, as where it was asked for a whole folder, nothing.
    """
    if device.socket:
        return await _connect(name, device.socket, hear, throttle)
    return await _spawn(role, name, device.kind, hear, throttle)


async def _connect(name: str, path: str, hear: Callable[[FromDriver], None], throttle: Throttle | None) -> Link:
    try:
        reader, writer = await asyncio.open_unix_connection(path)
    except OSError as wrong:
        raise DeviceError(f"{name}: {path}: {wrong.strerror or wrong}", hint="is its socket unit started?") from None
    return Link(name, reader, writer, hear, throttle=throttle)


async def _spawn(
    role: Role, name: str, kind: str, hear: Callable[[FromDriver], None], throttle: Throttle | None
) -> Link:
    ours, theirs = socket.socketpair()
    process = None
    try:
        with theirs:
            process = await _start(role, kind, theirs.fileno())
        reader, writer = await asyncio.open_connection(sock=ours)
    except BaseException as wrong:
        # Also when the station is stopped just now: nothing that was begun is left.
        ours.close()
        if process:
            process.kill()
        if isinstance(wrong, OSError):
            raise DeviceError(f"{name}: its driver cannot be started: {wrong.strerror}") from None
        raise
    return Link(name, reader, writer, hear, process=process, throttle=throttle)


async def _start(role: Role, kind: str, wire: int) -> asyncio.subprocess.Process:
    # -P: modules come from where the station's own come from, never from the folder it was started in.
    words = [sys.executable, "-P", "-m", "drivers", role, kind, "--wire", f"fd:{wire}"]
    return await asyncio.create_subprocess_exec(
        *words,
        pass_fds=(wire,),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={key: os.environ[key] for key in _ENVIRONMENT if key in os.environ},
    )


async def _drain(name: str, process: asyncio.subprocess.Process) -> None:
    assert process.stdout is not None
    lines_said = OutputLines()
    while data := await process.stdout.read(4096):
        for text in lines_said.feed(data):
            log.info("driver output", device=name, text=text)
    for text in lines_said.end():
        log.info("driver output", device=name, text=text)
