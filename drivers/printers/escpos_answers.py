"""What an ESC/POS printer says: bytes to meaning. Pure. After Epson's ESC/POS command reference."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

_HEADER: Final = 0x37
#: Second byte of an answer that begins with the header, and how long such an answer is.
_PROCESS_ID, _CLEARED = 0x22, 0x25
_LONG: Final = {_PROCESS_ID: 7, _CLEARED: 3}
_AUTOMATIC_LENGTH: Final = 4


@dataclass(frozen=True)
class RealTime:
    """Answer to a DLE EOT."""

    status: int


@dataclass(frozen=True)
class Ordered:
    """Answer to a GS r 1: what was sent before it has been worked off."""

    status: int


@dataclass(frozen=True)
class Automatic:
    """Four bytes the printer sent by itself because something changed."""

    status: bytes


@dataclass(frozen=True)
class Completed:
    """Answer to a GS ( H: the job of this number has been printed."""

    number: bytes


@dataclass(frozen=True)
class Cleared:
    """Answer to a DLE DC4 8: what was received and not printed is forgotten."""


Answer: TypeAlias = RealTime | Ordered | Automatic | Completed | Cleared


class Answers:
    """Tells a printer's answers apart by their fixed bits, however they interleave and were split.

    A byte that can begin none of them is dropped and counted in `noise`: a bad line, or no printer at all.
    """

    def __init__(self) -> None:
        self.noise = 0
        self._pending = bytearray()

    def feed(self, data: bytes) -> Iterator[Answer]:
        """Yield each answer `data` completes."""
        self._pending += data
        while self._pending:
            length = _length(self._pending)
            if len(self._pending) < length:
                return
            frame = bytes(self._pending[:length])
            answer = _answer(frame)
            del self._pending[: length if answer else 1]
            if answer:
                yield answer
            else:
                self.noise += 1


def _length(pending: bytearray) -> int:
    if pending[0] == _HEADER:
        return _LONG.get(pending[1], 1) if len(pending) > 1 else 2
    return _AUTOMATIC_LENGTH if pending[0] & 0x93 == 0x10 else 1  # noqa: PLR2004


def _answer(frame: bytes) -> Answer | None:
    first = frame[0]
    if first == _HEADER:
        return _headed(frame)
    if len(frame) == _AUTOMATIC_LENGTH:
        return Automatic(frame) if all(byte & 0x90 == 0 for byte in frame[1:]) else None
    if first & 0x93 == 0x12:  # noqa: PLR2004
        return RealTime(first)
    return Ordered(first) if first & 0x90 == 0 else None


def _headed(frame: bytes) -> Answer | None:
    if frame[-1] or len(frame) == 1:
        return None
    return Cleared() if frame[1] == _CLEARED else Completed(frame[2:6])


def faults(status: dict[int, int]) -> list[str]:
    """What stops the printer, from the answers to DLE EOT n by n; empty when nothing does."""
    found = []
    if status.get(2, 0) & 0x04:
        found.append("cover open")
    if status.get(2, 0) & 0x20 or status.get(4, 0) & 0x60:
        found.append("paper out")
    if status.get(3, 0) & 0x08:
        found.append("cutter error")
    if status.get(3, 0) & 0x60:
        found.append("printer error")
    if not found and status.get(1, 0) & 0x08:
        found.append("offline")
    return found


def automatic_faults(status: bytes) -> list[str]:
    """What stops the printer, from the four bytes of an automatic status."""
    first, second, third, _ = status
    found = []
    if first & 0x20:
        found.append("cover open")
    if third & 0x0C:
        found.append("paper out")
    if second & 0x08:
        found.append("cutter error")
    if second & 0x24:
        found.append("printer error")
    if not found and first & 0x08:
        found.append("offline")
    return found


def near_end(status: dict[int, int]) -> bool:
    """Whether the paper is about to end, from the answer to DLE EOT 4."""
    return bool(status.get(4, 0) & 0x0C)
