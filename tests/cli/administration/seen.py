"""What a phone's camera would read: off a terminal, off paper."""

from __future__ import annotations

import re

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from kiosk.harness.paper import Sheet

_DOTS = {" ": (0, 0), "▀": (1, 0), "▄": (0, 1), "█": (1, 1)}


def on_the_screen(shown: str) -> bytes:
    """The one code among the lines that are drawn white on black."""
    rows = re.findall(r"\x1b\[97;40m([ ▀▄█]+)\x1b\[0m", shown)
    dots = [[_DOTS[cell][half] for cell in row] for row in rows for half in (0, 1)]
    return _read(np.array(dots, dtype=np.uint8) * 255)


def on_paper(sheet: Sheet) -> bytes:
    """The one code on a sheet."""
    return _read(np.asarray(sheet.image().convert("L"), dtype=np.uint8))


def _read(picture: NDArray[np.uint8]) -> bytes:
    larger = cv2.resize(picture, None, fx=4, fy=4, interpolation=cv2.INTER_NEAREST)
    (code,) = zxingcpp.read_barcodes(larger, formats=zxingcpp.BarcodeFormat.QRCode)
    return bytes(code.bytes)
