"""A descriptor with deadlines: what every transport comes down to."""

from __future__ import annotations

import os
import select
import time
from collections.abc import Callable
from typing import Final

_CHUNK: Final = 4096


class TransportError(Exception):
    """The device is not there, or went. `sent` is how many bytes it had taken by then."""

    def __init__(self, reason: str, *, hint: str = "", absent: bool = False, sent: int = 0) -> None:
        super().__init__(reason)
        self.hint = hint
        self.absent = absent
        self.sent = sent


class Stream:
    """Reads and writes a non-blocking descriptor; nothing here waits longer than it was told to."""

    def __init__(self, descriptor: int, name: str, close: Callable[[], None]) -> None:
        self._descriptor = descriptor
        self._close = close
        self.name = name

    def write(self, data: bytes, seconds: float) -> None:
        """Send all of `data`, waiting at most `seconds` for each piece to be taken. Raises TransportError."""
        sent = 0
        view = memoryview(data)
        while sent < len(data):
            if not select.select([], [self._descriptor], [], seconds)[1]:
                raise TransportError(f"{self.name} took no bytes for {seconds:g} s", sent=sent)
            try:
                sent += os.write(self._descriptor, view[sent : sent + _CHUNK])
            except BlockingIOError:
                continue
            except OSError as wrong:
                raise TransportError(f"{self.name}: {wrong.strerror}", absent=True, sent=sent) from None

    def read(self, seconds: float) -> bytes:
        """What has come, waiting at most `seconds` for it; empty when nothing did. Raises TransportError."""
        if not select.select([self._descriptor], [], [], max(0.0, seconds))[0]:
            return b""
        try:
            data = os.read(self._descriptor, _CHUNK)
        except BlockingIOError:
            return b""
        except OSError as wrong:
            raise TransportError(f"{self.name}: {wrong.strerror}", absent=True) from None
        if not data:
            raise TransportError(f"{self.name} closed the connection", absent=True)
        return data

    def read_until(self, enough: Callable[[bytes], bool], seconds: float) -> None:
        """Hand what comes to `enough` until it says so, or `seconds` are over. Raises TransportError."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            data = self.read(left)
            if data and enough(data):
                return

    def close(self) -> None:
        """Let go."""
        self._close()
