"""ESC/POS: pages to bytes. Pure. After Epson's ESC/POS command reference."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

import numpy as np

from drivers.printers.page import Dots
from drivers.printers.raster import BAND, obeyed, rasters

INITIALISE: Final = b"\x1b@"
#: Feed to the cutter, then cut, leaving one point attached (GS V, function B).
CUT: Final = b"\x1dV\x42\x00"
#: DLE EOT n: 1 printer, 2 cause of being offline, 3 error, 4 paper. Answered at once, whatever is in the buffer.
REAL_TIME_STATUS: Final = {n: bytes((0x10, 0x04, n)) for n in (1, 2, 3, 4)}
#: GS a 255: report every change by itself, in four bytes.
AUTOMATIC_STATUS: Final = b"\x1da\xff"
#: GS r 1: paper sensor; answered only after what came before it has been worked off.
ORDERED_STATUS: Final = b"\x1dr\x01"
#: DLE DC4, function 8: forget everything received and not yet printed. Obeyed at once; answered with 37 25 00.
CLEAR: Final = b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"
#: What fills up a raster that was cut off: as many NULs as one holds. In front of a command they mean nothing.
FLUSH: Final = bytes(BAND)

#: How far a page may be moved aside to other bytes, nearest and even first: symbols of even dots stay doubled.
_ASIDE: Final = (0, 2, 4, 6, 1, 3, 5, 7)


def process_id(number: int) -> bytes:
    """GS ( H, function 48: the printer repeats the four digits of `number` when printing is completed."""
    return b"\x1d(H\x06\x00\x30\x30" + b"%04d" % (number % 10_000)


def page(dots: Dots, *, width: int, double: bool) -> bytes:
    """The rasters of one page, for a printer of `width` dots. `double`: it prints dots of double size.

    Printers obey DLE EOT, DLE ENQ and DLE DC4 even inside a picture's data, and one of them clears the buffer. A page
    that holds one is moved aside; where that does not help, as with photographs, the rows that hold them are sent in
    windows of their own. Raises ValueError when nothing helps, or the page is wider than the printer.
    """
    if dots.shape[1] > width:
        raise ValueError(f"the page is {dots.shape[1]} dots wide, the printer prints {width}")
    inked = np.flatnonzero(dots.any(axis=0))
    room = width - (int(inked[-1]) + 1 if inked.size else 0)
    moved = [_moved(dots, aside, width) for aside in _ASIDE if aside <= room]
    for doubled in (True, False) if double else (False,):
        for page_aside in moved:
            data = rasters(page_aside, width=width, double=doubled)
            if not obeyed(data):
                return data
        for page_aside in moved:
            with suppress(ValueError):
                data = rasters(page_aside, width=width, double=doubled, split=True)
                if not obeyed(data):
                    return data
    raise ValueError("the page holds a real-time command of the printer, wherever it is moved")


def _moved(dots: Dots, aside: int, width: int) -> Dots:
    return np.pad(dots, ((0, 0), (aside, 0)))[:, :width]


def job(raster: bytes, asked: bytes) -> bytes:
    """All that prints one page, and what is to be asked when it is done."""
    return INITIALISE + AUTOMATIC_STATUS + raster + CUT + asked
