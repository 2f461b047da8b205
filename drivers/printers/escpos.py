"""ESC/POS: pages to bytes, bytes to meaning. Pure. After Epson's ESC/POS command reference."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Final, TypeAlias

import numpy as np

from drivers.printers.page import Dots

INITIALISE: Final = b"\x1b@"
#: Feed to the cutter, then cut, leaving one point attached (GS V, function B).
CUT: Final = b"\x1dV\x42\x00"
#: DLE EOT n: 1 printer, 2 cause of being offline, 3 error, 4 paper. Answered at once, whatever is in the buffer.
REAL_TIME_STATUS: Final = {n: bytes((0x10, 0x04, n)) for n in (1, 2, 3, 4)}
#: GS a 255: report every change by itself, in four bytes.
AUTOMATIC_STATUS: Final = b"\x1da\xff"
#: GS r 1: paper sensor; answered only after what came before it has been worked off.
ORDERED_STATUS: Final = b"\x1dr\x01"
#: Bytes of raster in one command. Small, so that a job cut off in the middle can be flushed with as many NULs.
BAND: Final = 8192


def process_id(number: int) -> bytes:
    """GS ( H, function 48: the printer repeats the four digits of `number` when printing is completed."""
    return b"\x1d(H\x06\x00\x30\x30" + b"%04d" % (number % 10_000)


def job(page: Dots, *, width: int, number: int) -> bytes:
    """All that prints one page and asks for word of it. `width`: dots the printer has. `number`: for `process_id`.

    Raises ValueError when the page is wider than the printer.
    """
    if page.shape[1] > width:
        raise ValueError(f"the page is {page.shape[1]} dots wide, the printer prints {width}")
    raster = b"".join(_bands(_quiet(page, width)))
    return INITIALISE + AUTOMATIC_STATUS + raster + CUT + process_id(number) + ORDERED_STATUS


def _quiet(page: Dots, width: int) -> Dots:
    # A printer obeys the real-time commands DLE EOT, DLE ENQ and DLE DC4 even inside a picture's data, and one of
    # them clears its buffer. Moving the page aside by a dot or more gives it other bytes.
    for aside in range(min(8, width - page.shape[1] + 1)):
        moved = np.pad(page, ((0, 0), (aside, 0)))
        if not _REAL_TIME.intersection(_triples(np.packbits(moved, axis=1).tobytes())):
            return moved
    return page


_REAL_TIME: Final = frozenset(bytes((0x10, command, n)) for command in (0x04, 0x05, 0x14) for n in range(9))


def _triples(data: bytes) -> Iterator[bytes]:
    start = data.find(0x10)
    while start >= 0:
        yield data[start : start + 3]
        start = data.find(0x10, start + 1)


def _bands(page: Dots) -> Iterator[bytes]:
    # Rows without a dot go out one byte wide: the paper moves by exactly their number on every printer, which the
    # feed commands, counting in units of their own, do not promise.
    for inked, run in groupby(range(page.shape[0]), key=lambda row: bool(page[row].any())):
        rows = page[list(run)]
        if not inked:
            yield _raster(rows[:, :8])
            continue
        packed = rows[:, : int(np.flatnonzero(rows.any(axis=0))[-1]) + 1]
        step = max(1, BAND // ((packed.shape[1] + 7) // 8))
        for top in range(0, len(packed), step):
            yield _raster(packed[top : top + step])


def _raster(rows: Dots) -> bytes:
    data = np.packbits(rows, axis=1)
    return b"\x1dv0\x00" + struct.pack("<HH", data.shape[1], data.shape[0]) + data.tobytes()


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


Answer: TypeAlias = RealTime | Ordered | Automatic | Completed


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
            length = _length(self._pending[0])
            if len(self._pending) < length:
                return
            frame = bytes(self._pending[:length])
            answer = _answer(frame)
            del self._pending[: length if answer else 1]
            if answer:
                yield answer
            else:
                self.noise += 1


def _length(first: int) -> int:
    if first == 0x37:  # noqa: PLR2004
        return 7
    return 4 if first & 0x93 == 0x10 else 1  # noqa: PLR2004


def _answer(frame: bytes) -> Answer | None:
    first = frame[0]
    if len(frame) == 7:  # noqa: PLR2004
        return Completed(frame[2:6]) if frame[1] == 0x22 and frame[6] == 0 else None  # noqa: PLR2004
    if len(frame) == 4:  # noqa: PLR2004
        return Automatic(frame) if all(byte & 0x90 == 0 for byte in frame[1:]) else None
    if first & 0x93 == 0x12:  # noqa: PLR2004
        return RealTime(first)
    return Ordered(first) if first & 0x90 == 0 else None


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
    if second & 0x2C:
        found.append("cutter or printer error")
    if not found and first & 0x08:
        found.append("offline")
    return found


def near_end(status: dict[int, int]) -> bool:
    """Whether the paper is about to end, from the answer to DLE EOT 4."""
    return bool(status.get(4, 0) & 0x0C)
