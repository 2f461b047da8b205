"""A driver as the station starts it, a process on a socket of its own; and a loop that does not wait."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from drivers.loop import Loop
from drivers.wire import lines
from drivers.wire.messages import Configure, FromDriver, Hello, Message

M = TypeVar("M", bound=Message)


class Hasty(Loop):
    """A loop whose timers are due at once."""

    def later(self, seconds: float, call: Callable[[], None]) -> None:
        super().later(0, call)


class DriverProcess:
    """A context manager: inside it the driver of `kind` runs with `options`, and has said hello."""

    def __init__(self, kind: str, role: str = "scan", **options: Any) -> None:
        self._configure = Configure(kind=kind, options=options)
        self._role = role
        self._reader = lines.from_driver()
        self._said: list[FromDriver] = []

    def say(self, message: Message) -> None:
        self._wire.sendall(lines.encode(message))

    def hear(self, kind: type[M], seconds: float = 20) -> M:
        """Its next message of this kind; what comes before is passed over. Fails when it says none in time."""
        deadline = time.monotonic() + seconds
        while True:
            while self._said:
                message = self._said.pop(0)
                if isinstance(message, kind):
                    return message
            self._wire.settimeout(max(0.001, deadline - time.monotonic()))
            try:
                data = self._wire.recv(1 << 16)
            except TimeoutError:
                raise AssertionError(f"no {kind.__name__} within {seconds} s") from None
            assert data, f"it left without a {kind.__name__}: {self.process.communicate()[0]!r}"
            for line in self._reader.feed(data):
                assert not isinstance(line, lines.WireError), line
                self._said.append(line)

    def rest(self) -> list[FromDriver]:
        """What it still says until it leaves by itself."""
        self._wire.settimeout(20)
        while data := self._wire.recv(1 << 16):
            self._said += [line for line in self._reader.feed(data) if not isinstance(line, lines.WireError)]
        return self._said

    def __enter__(self) -> Self:
        self._wire, theirs = socket.socketpair()
        command = [sys.executable, "-m", "drivers", self._role, "--wire", f"fd:{theirs.fileno()}"]
        self.process = subprocess.Popen(
            command,
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        theirs.close()
        self.say(self._configure)
        self.hello = self.hear(Hello)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._wire.close()
        try:
            output, _ = self.process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            output, _ = self.process.communicate()
            raise
        if error is None:
            assert (output, self.process.returncode) == (b"", 0)

    @property
    def kilobytes(self) -> int:
        """The most memory it has held (VmHWM)."""
        with Path(f"/proc/{self.process.pid}/status").open() as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
