"""A page as ESC/POS rasters (GS v 0) in as few bytes as put every dot where it belongs. Pure."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

import numpy as np

from drivers.printers.page import Dots

#: Bytes of raster in one command. Small, so that a job cut off in the middle can be flushed with as many NULs.
BAND: Final = 8192
#: ESC a n: where a raster narrower than the paper lies.
LEFT, CENTRE = 0, 1
_HEADER: Final = 8
_SAME, _DOUBLED = 0, 3
#: What a printer would take for DLE EOT, DLE ENQ or DLE DC4; n goes no further in any manual.
_REAL_TIME: Final = re.compile(rb"\x10[\x04\x05\x14][\x00-\x1f]")


@dataclass(frozen=True)
class Strip:
    """Rows with dots between rows without: from column `left`, `across` bytes of raster, every dot `scale` wide and
    tall, lying at `side` of the paper."""

    rows: Dots = field(repr=False)
    left: int
    across: int
    scale: int
    side: int

    @property
    def size(self) -> int:
        """Bytes of raster."""
        return self.across * -(-len(self.rows) // self.scale)

    def data(self) -> bytes:
        """The raster, packed rows one after the other."""
        right = self.left + self.across * 8 * self.scale
        dots = np.pad(self.rows, ((0, -len(self.rows) % self.scale), (0, max(0, right - self.rows.shape[1]))))
        return np.packbits(dots[:: self.scale, self.left : right : self.scale], axis=1).tobytes()


def obeyed(data: bytes) -> bool:
    """Whether a printer would take some of it for a real-time command, in the middle of a picture or not."""
    return _REAL_TIME.search(data) is not None


def rasters(page: Dots, *, width: int, double: bool, split: bool = False) -> bytes:
    """The commands that print `page` on a printer of `width` dots. `double`: it prints dots of double size (m = 3).

    Each strip of rows is cropped at both sides, one window for all of it, so that even a printer that knows no
    centring keeps a symbol whole. Rows without a dot go out one byte wide: the paper then moves by exactly their
    number on every printer, which the feed commands, counting in units of their own, do not promise.

    `split`: strips that hold a real-time command are sent in pieces, each in a window that holds none. Raises
    ValueError where a row cannot be sent without.
    """
    out: list[bytes] = []
    side = LEFT
    blank = 0
    for inked, run in groupby(range(page.shape[0]), key=lambda row: bool(page[row].any())):
        rows = list(run)
        if not inked:
            blank += len(rows)
            continue
        out += _blank(blank, double=double)
        strips = _pieces if split else _whole
        for strip in strips(page[rows], width, double=double):
            if strip.side != side:
                side = strip.side
                out.append(b"\x1ba" + bytes([side]))
            out += _bands(strip)
            # The last row of an odd number, doubled, takes the row below it along.
            blank = -(len(strip.rows) % strip.scale)
    out += _blank(blank, double=double)
    return b"".join(out)


def _whole(rows: Dots, width: int, *, double: bool) -> Iterator[Strip]:
    """All of these rows, in one strip."""
    yield _least(_strips(rows, width, double=double))


def _pieces(rows: Dots, width: int, *, double: bool) -> Iterator[Strip]:
    """All of these rows, in as few strips as hold no real-time command."""
    # A byte more in the paper's middle moves what is in it by half of one.
    strips = _strips(rows, width, double=double, spare=(0, 1))
    safe = [strip for strip in strips if not obeyed(strip.data())]
    if safe:
        yield _least(safe)
        return
    if len(rows) == 1:
        raise ValueError("a row of the page holds a real-time command of the printer, wherever it is moved")
    # Of an even number, so that what is made of squares of dots can still be doubled.
    middle = len(rows) // 4 * 2 or 1
    double = double and middle % 2 == 0
    yield from _pieces(rows[:middle], width, double=double)
    yield from _pieces(rows[middle:], width, double=double)


def _least(strips: Iterable[Strip]) -> Strip:
    return min(strips, key=lambda strip: (strip.size, strip.scale, strip.side))


def _strips(rows: Dots, width: int, *, double: bool, spare: tuple[int, ...] = (0,)) -> Iterator[Strip]:
    """The strips these rows can be sent as. `spare`: bytes more than needed, of those in the paper's middle."""
    columns = np.flatnonzero(rows.any(axis=0))
    first, last = int(columns[0]), int(columns[-1]) + 1
    for scale in (1, 2) if double else (1,):
        step = 8 * scale
        for left, across, side in _windows(first, last, width, step, spare):
            if left >= 0 and left + across * step <= width and (scale == 1 or _is_double(rows[:, left:])):
                yield Strip(rows, left, across, scale, side)


def _windows(first: int, last: int, width: int, step: int, spare: tuple[int, ...]) -> Iterator[tuple[int, int, int]]:
    """Left column, pieces of `step` dots across, and side: from the left edge, and narrowly in the paper's middle."""
    yield 0, -(-last // step), LEFT
    if width % 2 == 0:
        across = -(-max(width - 2 * first, 2 * last - width) // step)
        for wide in (across + more for more in spare):
            yield (width - wide * step) // 2, wide, CENTRE


def _is_double(rows: Dots) -> bool:
    """Whether the rows are squares of two by two equal dots, from the first of them and the first column."""
    dots = np.pad(rows, ((0, len(rows) % 2), (0, rows.shape[1] % 2)))
    return bool((dots[::2] == dots[1::2]).all() and (dots[:, ::2] == dots[:, 1::2]).all())


def _blank(rows: int, *, double: bool) -> Iterator[bytes]:
    """So many rows without a dot, or as many fewer as the strip above has already taken."""
    if double and rows > _HEADER:
        yield from _spaces(rows // 2, _DOUBLED)
        rows %= 2
    if rows > 0:
        yield from _spaces(rows, _SAME)


def _spaces(rows: int, mode: int) -> Iterator[bytes]:
    for top in range(0, rows, BAND):
        count = min(BAND, rows - top)
        yield _command(mode, 1, count) + bytes(count)


def _bands(strip: Strip) -> Iterator[bytes]:
    data = strip.data()
    rows = len(data) // strip.across
    step = max(1, BAND // strip.across)
    for top in range(0, rows, step):
        band = data[top * strip.across : (top + step) * strip.across]
        yield _command(_DOUBLED if strip.scale > 1 else _SAME, strip.across, len(band) // strip.across) + band


def _command(mode: int, across: int, down: int) -> bytes:
    return b"\x1dv0" + bytes([mode]) + struct.pack("<HH", across, down)
