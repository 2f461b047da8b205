"""ZPL II: pages to bytes, bytes to meaning. Pure. After Zebra's ZPL II programming guide."""

from __future__ import annotations

import base64
import binascii
import zlib
from dataclasses import dataclass
from typing import Final

import numpy as np

from drivers.printers.page import Dots

#: ~HS: how it is, in three strings. Not answered while media or ribbon is out, the head open or too hot.
HOST_STATUS: Final = b"~HS"
#: ~JA: forget every format received and not yet printed.
CANCEL_ALL: Final = b"~JA"
#: How many labels it ever printed; the answer is a number in quotes.
ODOMETER: Final = b'! U1 getvar "odometer.total_label_count"\r\n'

_STX, _ETX = 0x02, 0x03
_FIRST_FIELDS, _SECOND_FIELDS = 12, 11


def label(
    dots: Dots, *, width: int, height: int | None = None, darkness: int | None = None, speed: int | None = None
) -> bytes:
    """One label that shows `dots`, on a printer of `width` dots. `height`: the label's, else the page's.

    Raises ValueError when the page is larger than the label. ^JZN: after paper out nothing is printed once more by
    itself; a second copy of a badge is a second badge.
    """
    tall = height or dots.shape[0]
    if dots.shape[1] > width or dots.shape[0] > tall:
        across, down = dots.shape[1], dots.shape[0]
        raise ValueError(f"the page is {across} by {down} dots, the label {width} by {tall}")
    settings = b"^JZN^PW%d^LL%d^LH0,0" % (width, tall)
    settings += b"^PR%d" % speed if speed is not None else b""
    settings += b"^MD%d" % darkness if darkness is not None else b""
    return b"^XA" + settings + graphic(dots) + b"^XZ\r\n"


def graphic(dots: Dots) -> bytes:
    """The ^FO and ^GF of the part of the page that has dots; empty for a page without."""
    rows, columns = np.flatnonzero(dots.any(axis=1)), np.flatnonzero(dots.any(axis=0))
    if not rows.size:
        return b""
    top, left = int(rows[0]), int(columns[0])
    packed = np.packbits(dots[top : int(rows[-1]) + 1, left : int(columns[-1]) + 1], axis=1)
    across, size = packed.shape[1], packed.size
    return b"^FO%d,%d^GFA,%d,%d,%d,%s^FS" % (left, top, size, size, across, z64(packed.tobytes()))


def z64(data: bytes) -> bytes:
    """`:Z64:` data: zlib, then base64, then the CRC-16 (XMODEM) of that text in hexadecimal."""
    text = base64.b64encode(zlib.compress(data, 9))
    return b":Z64:%s:%04X" % (text, binascii.crc_hqx(text, 0))


@dataclass(frozen=True)
class HostStatus:
    """The answer to ~HS, as far as it says whether labels come out. `formats` wait in the buffer, `labels` of the
    batch are still to be printed."""

    paper_out: bool
    paused: bool
    formats: int
    buffer_full: bool
    under_temperature: bool
    over_temperature: bool
    head_open: bool
    ribbon_out: bool
    labels: int

    @property
    def faults(self) -> list[str]:
        """What stops it; empty when nothing does."""
        named = {
            "paper out": self.paper_out,
            "ribbon out": self.ribbon_out,
            "head open": self.head_open,
            "paused": self.paused,
            "too hot": self.over_temperature,
            "too cold": self.under_temperature,
        }
        return [name for name, there in named.items() if there]

    @property
    def idle(self) -> bool:
        """Nothing is left to do."""
        return not (self.formats or self.labels or self.faults)


class Reply:
    """Collects what a label printer sends: strings between STX and ETX, and numbers in quotes, however split."""

    def __init__(self) -> None:
        self._data = bytearray()

    def feed(self, data: bytes) -> None:
        """Take what came."""
        self._data += data

    @property
    def silent(self) -> bool:
        """Nothing came at all."""
        return not self._data

    @property
    def status(self) -> HostStatus | None:
        """The first whole answer to ~HS; None while there is none."""
        strings = _strings(bytes(self._data))
        for first, second in zip(strings, strings[1:], strict=False):  # noqa: RUF007
            if len(first) == _FIRST_FIELDS and len(second) == _SECOND_FIELDS and (read := _read(first, second)):
                return read
        return None

    @property
    def variable(self) -> bytes | None:
        """What stands in quotes; None while nothing does. A question mark there is `not known here`."""
        parts = bytes(self._data).split(b'"')
        return parts[1] if len(parts) > 2 else None  # noqa: PLR2004

    @property
    def odometer(self) -> int | None:
        """The number in quotes; None while there is none."""
        return int(self.variable) if self.variable and self.variable.isdigit() else None


def _strings(data: bytes) -> list[list[str]]:
    found = []
    start = data.find(_STX)
    while start >= 0 and (end := data.find(_ETX, start)) >= 0:
        found.append(data[start + 1 : end].decode("ascii", "replace").split(","))
        start = data.find(_STX, end)
    return found


def _read(first: list[str], second: list[str]) -> HostStatus | None:
    flags = (first[1], first[2], first[5], first[10], first[11], second[2], second[3])
    if not all(flag in ("0", "1") for flag in flags) or not (first[4].isdigit() and second[8].isdigit()):
        return None
    paper, pause, full, cold, hot, head, ribbon = (flag == "1" for flag in flags)
    return HostStatus(paper, pause, int(first[4]), full, cold, hot, head, ribbon, int(second[8]))
