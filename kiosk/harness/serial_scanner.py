"""A simulated serial scanner, which a driver cannot tell from a real one: at a pty, or at a TCP port (RFC 2217).

It sends real bytes, takes the commands of its make, and can be unplugged and plugged in again under another number.
"""

from __future__ import annotations

import os
import select
import socket
import threading
import tty
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Protocol, Self

from kiosk.harness.com_port import ComPort
from kiosk.harness.scanner_commands import CommandReader

_HOST: Final = "127.0.0.1"
_CHUNK: Final = 4096
#: Seconds between looks whether it is still plugged in.
_TICK: Final = 0.02
#: Commands that tell a scanner what became of a scan.
_ANSWERS: Final = frozenset({"beep", "good", "bad"})
XON, XOFF = b"\x11", b"\x13"


class Plug(Protocol):
    """What the scanner is plugged in with."""

    @property
    def address(self) -> str:
        """What a driver is configured with."""

    def plug(self) -> None:
        """Plug in."""

    def unplug(self) -> None:
        """Pull out. Doing it twice is fine."""

    def receive(self, seconds: float) -> bytes:
        """What the driver said, waiting at most `seconds`."""

    def send(self, data: bytes) -> None:
        """Say `data` to the driver; what nobody hears is lost."""


class PtyPlug:
    """A pseudo-terminal. `link` stands for udev's by-id: it stays while the terminal behind it changes."""

    def __init__(self, link: Path) -> None:
        self._link = link
        self._ends: tuple[int, int] | None = None

    @property
    def address(self) -> str:
        return str(self._link)

    def plug(self) -> None:
        # Our own hold on the driver's end: without it each driver that leaves would look like an unplugged cable.
        ours, theirs = os.openpty()
        tty.setraw(theirs)
        os.set_blocking(ours, False)
        self._ends = ours, theirs
        self._link.unlink(missing_ok=True)
        self._link.symlink_to(os.ttyname(theirs))

    def unplug(self) -> None:
        ends, self._ends = self._ends, None
        if ends:
            self._link.unlink(missing_ok=True)
            for end in ends:
                os.close(end)

    def receive(self, seconds: float) -> bytes:
        assert self._ends
        if not select.select([self._ends[0]], [], [], seconds)[0]:
            return b""
        with suppress(OSError):
            return os.read(self._ends[0], _CHUNK)
        return b""

    def send(self, data: bytes) -> None:
        view = memoryview(data)
        while view and self._ends:
            select.select([], [self._ends[0]], [])
            with suppress(BlockingIOError):
                view = view[os.write(self._ends[0], view) :]


class Rfc2217Plug:
    """A device server on this machine, one client at a time."""

    def __init__(self) -> None:
        self._port = 0
        self._listener: socket.socket | None = None
        self._client: socket.socket | None = None
        self._protocol = ComPort()

    @property
    def address(self) -> str:
        return f"rfc2217://{_HOST}:{self._port}"

    def plug(self) -> None:
        self._listener = socket.create_server((_HOST, self._port))
        self._port = self._listener.getsockname()[1]

    def unplug(self) -> None:
        for end in (self._client, self._listener):
            if end:
                end.close()
        self._client = self._listener = None

    def receive(self, seconds: float) -> bytes:
        waited = [end for end in (self._client, self._listener) if end]
        ready = select.select(waited, [], [], seconds)[0]
        if self._listener in ready and self._listener:
            if self._client:
                self._client.close()
            self._client, _ = self._listener.accept()
            self._protocol = ComPort()
        elif self._client in ready and self._client:
            return self._hear(self._client)
        return b""

    def send(self, data: bytes) -> None:
        if self._client:
            with suppress(OSError):
                self._client.sendall(self._protocol.send(data))

    def _hear(self, client: socket.socket) -> bytes:
        data = b""
        with suppress(OSError):
            data = client.recv(_CHUNK)
        if not data:
            client.close()
            self._client = None
            return b""
        for_device, answer = self._protocol.receive(data)
        with suppress(OSError):
            client.sendall(answer)
        return for_device


class SimulatedScanner:
    """A context manager: inside it the scanner is plugged in, at `address`.

    `family`: whose commands it takes: `honeywell`, `zebra`, `datalogic`. `prefix` and `suffix`: what it puts round a
    scan. `host_ack`: after a scan it reads nothing more until it is told what became of that. `on_command` is called,
    on the scanner's own thread, with the name of each command it is given.
    """

    def __init__(
        self,
        plug: Plug,
        family: str = "",
        *,
        prefix: bytes = b"",
        suffix: bytes = b"\r",
        host_ack: bool = False,
        on_command: Callable[[str], object] = str,
    ) -> None:
        self._plug = plug
        self._on_command = on_command
        self._commands = CommandReader(family)
        self._prefix = prefix
        self._suffix = suffix
        self._host_ack = host_ack
        self._waits = False
        self._changed = threading.Condition()
        self._heard: list[str] = []
        self._before: bytes | None = None
        self._plugged = False
        self._receiving = False
        self._leaving = False

    @property
    def address(self) -> str:
        """Where a driver finds it."""
        return self._plug.address

    @property
    def heard(self) -> list[str]:
        """The names of the commands it was given."""
        with self._changed:
            return list(self._heard)

    def scan(self, content: bytes) -> bool:
        """Read a code by itself, as on its own trigger; False where it waits for its host and reads nothing."""
        with self._changed:
            if self._waits:
                return False
            self._waits = self._host_ack
        self.send(self._prefix + content + self._suffix)
        return True

    def show(self, content: bytes) -> None:
        """Hold a code before it: it is read when the scanner is told to."""
        with self._changed:
            self._before = content

    def send(self, data: bytes) -> None:
        """Send these bytes and nothing else."""
        self._plug.send(data)

    def unplug(self) -> None:
        """Pull the cable."""
        with self._changed:
            self._plugged = False
            self._changed.wait_for(lambda: not self._receiving)
            self._plug.unplug()

    def plug(self) -> None:
        """Plug it in again; a pty comes back under another number."""
        with self._changed:
            self._plug.plug()
            self._plugged = True
            self._changed.notify_all()

    def wait_for(self, command: str, times: int = 1, seconds: float = 10) -> None:
        """Until it was given `command` so many times. Raises TimeoutError."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._heard.count(command) >= times, seconds):
                raise TimeoutError(f"no {command} within {seconds} s, but {self._heard}")

    def __enter__(self) -> Self:
        self.plug()
        self._thread = threading.Thread(target=self._run, name="simulated scanner")
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._changed:
            self._leaving = True
            self._changed.notify_all()
        self._thread.join()
        self._plug.unplug()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._plugged or self._leaving)
                if self._leaving:
                    return
                self._receiving = True
            said = self._plug.receive(_TICK)
            with self._changed:
                self._receiving = False
                self._changed.notify_all()
            for name, answer in self._commands.feed(said):
                self._obey(name, answer)

    def _obey(self, name: str, answer: bytes) -> None:
        if answer:
            self.send(answer)
        with self._changed:
            self._heard.append(name)
            self._waits = self._waits and name not in _ANSWERS
            content, self._before = (self._before, None) if name == "trigger" else (None, self._before)
            self._changed.notify_all()
        self._on_command(name)
        if content is not None:
            self.scan(content)
