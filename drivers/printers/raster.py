"""A page as ESC/POS rasters (GS v 0) in as few bytes as put every dot where it belongs. Pure."""

from __future__ import annotations

import struct
from collections.abc import Iterator
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


def rasters(page: Dots, *, width: int, double: bool) -> bytes:
    """The commands that print `page` on a printer of `width` dots. `double`: it prints dots of double size (m = 3).

    Each strip of rows is cropped at both sides, one window for all of it, so that even a printer that knows no
    centring keeps a symbol whole. Rows without a dot go out one byte wide: the paper then moves by exactly their
    number on every printer, which the feed commands, counting in units of their own, do not promise.
    """
    out: list[bytes] = []
    side = LEFT
    blank = 0
    for inked, run in groupby(range(page.shape[0]), key=lambda row: bool(page[row].any())):
        rows = list(run)
        if not inked:
            blank += len(rows)
            continue
        strip = _best(page[rows], width, double=double)
        out += _blank(blank, double=double)
        if strip.side != side:
            side = strip.side
            out.append(b"\x1ba" + bytes([side]))
        out += _bands(strip)
        # The last row of an odd number, doubled, takes the row below it along.
        blank = -(len(rows) % strip.scale)
    out += _blank(blank, double=double)
    return b"".join(out)


def _best(rows: Dots, width: int, *, double: bool) -> Strip:
    columns = np.flatnonzero(rows.any(axis=0))
    first, last = int(columns[0]), int(columns[-1]) + 1
    scales = (1, 2) if double else (1,)
    strips = [strip for scale in scales for strip in _strips(rows, first, last, width, scale)]
    return min(strips, key=lambda strip: (strip.size, strip.scale, strip.side))


def _strips(rows: Dots, first: int, last: int, width: int, scale: int) -> Iterator[Strip]:
    step = 8 * scale
    # From the left edge, and the narrowest window in the middle of the paper that holds everything.
    windows = [(0, -(-last // step), LEFT)]
    if width % 8 == 0:
        across = -(-max(width - 2 * first, 2 * last - width) // step)
        windows.append(((width - across * step) // 2, across, CENTRE))
    for left, across, side in windows:
        if left >= 0 and left + across * step <= width and (scale == 1 or _is_double(rows[:, left:])):
            yield Strip(rows, left, across, scale, side)


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
