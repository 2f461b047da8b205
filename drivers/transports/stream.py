"""A descriptor with deadlines: what every transport comes down to."""

from __future__ import annotations

import os
import select
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

_CHUNK: Final = 4096
#: Rest after an empty packet, of which some printers send one after the other.
_EMPTY_SECONDS: Final = 0.01


class TransportError(Exception):
    """The device is not there, is held by another, or went. `sent` is how many bytes it had taken by then."""

    def __init__(self, reason: str, *, hint: str = "", absent: bool = False, sent: int = 0) -> None:
        super().__init__(reason)
        self.hint = hint
        self.absent = absent
        self.sent = sent


@dataclass(frozen=True)
class Device:
    """What a transport opened, and what only it knows of the device.

    `close` lets go of it; `discard` throws away what is taken and not yet sent, so that `close` waits for nothing.
    `waiting` tells how many seconds the line still needs for what it has taken. `faults` is what the line itself
    says is wrong, without a question in the printer's language. `hears` is False where nothing ever comes back.
    `ends` is False where reading nothing means no more than that.
    """

    descriptor: int
    name: str
    close: Callable[[], None]
    discard: Callable[[], None] = lambda: None
    waiting: Callable[[], float] = lambda: 0.0
    faults: Callable[[], list[str]] = list
    hears: bool = True
    ends: bool = True


class Stream:
    """Reads and writes a non-blocking descriptor; nothing here waits longer than it was told to."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._descriptor = device.descriptor
        self.name = device.name

    @property
    def hears(self) -> bool:
        """Whether anything can come back."""
        return self._device.hears

    @property
    def waiting(self) -> float:
        """Seconds the line still needs for the bytes it has taken."""
        return self._device.waiting()

    def faults(self) -> list[str]:
        """What the line itself says is wrong with the device; empty where it can say nothing."""
        return self._device.faults()

    def write(
        self, data: bytes, seconds: float, *, total: float | None = None, heard: Callable[[bytes], bool] | None = None
    ) -> int:
        """Send `data`, waiting at most `seconds` for each piece to be taken and `total` for all; give how many were.

        What comes back meanwhile goes to `heard`, which stops the sending by giving True. Raises TransportError.
        """
        sent = 0
        view = memoryview(data)
        end = time.monotonic() + (total if total is not None else float("inf"))
        piece = time.monotonic() + seconds
        listening = [self._descriptor] if heard and self.hears else []
        while sent < len(data):
            now = time.monotonic()
            left = min(piece, end) - now
            if left <= 0:
                raise TransportError(f"{self.name} took no bytes for {seconds:g} s", sent=sent)
            readable, writable, _ = select.select(listening, [self._descriptor], [], left)
            if readable and heard and heard(self._take(sent)):
                return sent
            if writable and (taken := self._give(view[sent : sent + _CHUNK], sent)):
                sent += taken
                piece = time.monotonic() + seconds
        return sent

    def _give(self, piece: memoryview, sent: int) -> int:
        try:
            return os.write(self._descriptor, piece)
        except BlockingIOError:
            return 0
        except OSError as wrong:
            raise TransportError(f"{self.name}: {wrong.strerror}", absent=True, sent=sent) from None

    def _take(self, sent: int = 0) -> bytes:
        try:
            data = os.read(self._descriptor, _CHUNK)
        except BlockingIOError:
            return b""
        except OSError as wrong:
            raise TransportError(f"{self.name}: {wrong.strerror}", absent=True, sent=sent) from None
        if not data and self._device.ends:
            raise TransportError(f"{self.name} closed the connection", absent=True, sent=sent)
        if not data:
            time.sleep(_EMPTY_SECONDS)
        return data

    def read(self, seconds: float) -> bytes:
        """What has come, waiting at most `seconds` for it; empty when nothing did. Raises TransportError."""
        if not self.hears or not select.select([self._descriptor], [], [], max(0.0, seconds))[0]:
            return b""
        return self._take()

    def read_until(self, enough: Callable[[bytes], bool], seconds: float) -> None:
        """Hand what comes to `enough` until it says so, or `seconds` are over. Raises TransportError."""
        deadline = time.monotonic() + seconds
        while self.hears and (left := deadline - time.monotonic()) > 0:
            data = self.read(left)
            if data and enough(data):
                return

    def drain(self) -> None:
        """Forget what came before: answers to whoever asked last. Raises TransportError."""
        while self.read(0):
            pass

    def close(self) -> None:
        """Let go; what the device has taken is still sent."""
        self._device.close()

    def abandon(self) -> None:
        """Let go, and forget what the line has not sent yet: a device that stopped it may never take it."""
        self._device.discard()
        self._device.close()
