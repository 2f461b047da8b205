"""What a simulated printer hangs on: a TCP port of this machine, or a pseudo terminal for a serial port."""

from __future__ import annotations

import contextlib
import os
import pty
import selectors
import socket
import termios
import tty
from typing import Final, Protocol

_HOST: Final = "127.0.0.1"
_XON, _XOFF = b"\x11", b"\x13"


class Wire(Protocol):
    """One sender at a time. Every method is the printer's thread's, but `address`, right once `open` is done.

    `receive` gives None when nothing has come, and nothing when the sender has gone.
    """

    @property
    def address(self) -> str:
        """Where a driver finds it."""

    def open(self) -> None:
        """Be there. Raises OSError."""

    def watched(self, *, reading: bool, writing: bool) -> dict[int, int]:
        """The descriptors to wait for, and what for."""

    def ready(self, descriptor: int, events: int) -> bool:
        """Take what is ready; whether there may be bytes to receive."""

    @property
    def connected(self) -> bool:
        """Somebody may be there."""

    def receive(self, size: int) -> bytes | None:
        """At most so many bytes."""

    def send(self, data: bytes) -> int:
        """How many of them went."""

    def stop(self, *, stopped: bool) -> None:
        """Tell the sender to wait, or to go on, where the wire has a word for it."""

    def hang_up(self) -> None:
        """Let the sender go."""

    def close(self) -> None:
        """Be gone."""


class Tcp:
    """A port; the next sender's connection waits until the first has gone."""

    def __init__(self, port: int = 0) -> None:
        self._port = port
        self._client: socket.socket | None = None

    @property
    def address(self) -> str:
        return f"tcp:{_HOST}:{self._port}"

    def open(self) -> None:
        self._listener = socket.create_server((_HOST, self._port), backlog=8)
        self._listener.setblocking(False)
        self._port = self._listener.getsockname()[1]

    def watched(self, *, reading: bool, writing: bool) -> dict[int, int]:
        if self._client is None:
            return {self._listener.fileno(): selectors.EVENT_READ}
        events = (selectors.EVENT_READ if reading else 0) | (selectors.EVENT_WRITE if writing else 0)
        return {self._client.fileno(): events} if events else {}

    def ready(self, descriptor: int, events: int) -> bool:
        if descriptor == self._listener.fileno():
            with contextlib.suppress(OSError):
                self._client, _ = self._listener.accept()
                self._client.setblocking(False)
            return False
        return self._client is not None and bool(events & selectors.EVENT_READ)

    @property
    def connected(self) -> bool:
        return self._client is not None

    def receive(self, size: int) -> bytes | None:
        if self._client is None:
            return None
        try:
            return self._client.recv(size)
        except BlockingIOError:
            return None
        except OSError:
            return b""

    def send(self, data: bytes) -> int:
        if self._client is not None:
            with contextlib.suppress(OSError):
                return self._client.send(data)
        return 0

    def stop(self, *, stopped: bool) -> None:
        pass

    def hang_up(self) -> None:
        if self._client is not None:
            self._client.close()
        self._client = None

    def close(self) -> None:
        self.hang_up()
        self._listener.close()


class Pty:
    """A pseudo terminal. Its sender comes and goes unseen, as on a serial line."""

    def __init__(self) -> None:
        self._master = self._slave = -1

    @property
    def address(self) -> str:
        return f"serial:{os.ttyname(self._slave)}"

    def open(self) -> None:
        # The other end is held open here too: without anybody on it, the line would be gone.
        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave, termios.TCSANOW)
        os.set_blocking(self._master, False)

    def watched(self, *, reading: bool, writing: bool) -> dict[int, int]:
        events = (selectors.EVENT_READ if reading else 0) | (selectors.EVENT_WRITE if writing else 0)
        return {self._master: events} if events else {}

    def ready(self, descriptor: int, events: int) -> bool:
        return descriptor == self._master and bool(events & selectors.EVENT_READ)

    @property
    def connected(self) -> bool:
        return self._master >= 0

    def receive(self, size: int) -> bytes | None:
        try:
            return os.read(self._master, size) or None
        except OSError:
            return None

    def send(self, data: bytes) -> int:
        with contextlib.suppress(OSError):
            return os.write(self._master, data)
        return 0

    def stop(self, *, stopped: bool) -> None:
        # A terminal that is not told to heed them would take the bytes for answers.
        if termios.tcgetattr(self._slave)[0] & termios.IXON:
            self.send(_XOFF if stopped else _XON)
        termios.tcflow(self._slave, termios.TCOOFF if stopped else termios.TCOON)

    def hang_up(self) -> None:
        """A serial line has nothing to hang up with: what is lost is lost unseen."""
        with contextlib.suppress(termios.error):
            termios.tcflush(self._master, termios.TCIOFLUSH)

    def close(self) -> None:
        os.close(self._master)
        os.close(self._slave)
        self._master = self._slave = -1
