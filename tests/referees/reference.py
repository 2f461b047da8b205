"""The reference page that bytes are measured on: a name of 20 characters, two more lines, a version 10 symbol.

Its font comes with a package of ours, so that it is the same page everywhere.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np
import segno
from PIL import Image, ImageDraw, ImageFont

from drivers.printers.page import Dots

NAME = "Maximiliane Beispiel"
LINES = ("valid until 2027-11-21", "till-3  ·  1a253da5")
#: As long as a version 10 symbol at level L in byte mode holds, in Graph's own alphabet.
CONTENT = b"ms-qrpin:v1|maximiliane@contoso.example|" + b"Kp7xQ2mZ9cRt4WvB" * 14
WIDTH, DPI = 576, 203
_MARGIN, _GAP, _QUIET = 10, 10, 4


def badge(module: int, *, content: bytes = CONTENT, width: int = WIDTH) -> Dots:
    """The page with a symbol of `module` dots a module, even-aligned on rows of its own, all centred."""
    parts = [_line(NAME, 48, "Bold"), _symbol(content, module), *(_line(text, 26, "Regular") for text in LINES)]
    height = sum(part.shape[0] + _GAP for part in parts) + 2 * _MARGIN
    page = np.zeros((height + height % 2, width), dtype=np.bool_)
    top = _MARGIN
    for part in parts:
        left = (width - part.shape[1]) // 4 * 2
        page[top : top + part.shape[0], left : left + part.shape[1]] |= part
        top += part.shape[0] + _GAP
    return page


def _symbol(content: bytes, module: int) -> Dots:
    code = segno.make_qr(content, version=10, mode="byte", error="l", boost_error=False)
    modules = np.array([[bool(dark) for dark in row] for row in code.matrix], dtype=np.bool_)
    return np.kron(np.pad(modules, _QUIET), np.ones((module, module), dtype=np.bool_))


def _line(text: str, size: int, weight: str) -> Dots:
    font = _font(weight, size)
    left, top, right, bottom = (round(edge) for edge in font.getbbox(text))
    grey = Image.new("L", (right - left, bottom - top), 255)
    ImageDraw.Draw(grey).text((-left, -top), text, font=font, fill=0)
    return np.asarray(grey) < 128


@cache
def _font(weight: str, size: int) -> ImageFont.FreeTypeFont:
    folder = Path(str(files("font_roboto"))) / "files"
    return ImageFont.truetype(folder / f"Roboto-{weight}.ttf", size)
