"""The page a badge is printed from: one 1-bit bitmap at the printer's resolution."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from drivers.wire.messages import Page
from drivers.wire.secret import Secret
from kiosk.badge.content import short_id
from kiosk.badge.fonts import face_for
from kiosk.badge.kind import CodeKind
from kiosk.badge.qr import Symbol

#: Light modules around the symbol (ISO/IEC 18004, 6.3.8).
QUIET: Final = 4
#: The smallest module a phone reads with ease: dots, and millimetres.
MIN_DOTS: Final = 4
MIN_MM: Final = 0.33
#: Inches a side that Microsoft prints a code at; smaller "may impact scanning".
SIDE_INCHES: Final = 2.0
_MM: Final = 25.4
_MARGIN: Final = 16
_GAP: Final = 10
_LINES: Final = 2
#: Control characters, halves of surrogate pairs, private and unassigned ones: nothing a name is written with.
_NOT_TEXT: Final = frozenset({"Cc", "Cs", "Co", "Cn"})


class PageError(ValueError):
    """The badge does not fit this printer."""


@dataclass(frozen=True)
class Printer:
    """What the page must know of the printer: its width in dots, and its dots per inch."""

    width: int
    dpi: int


@dataclass(frozen=True)
class Artwork:
    """What is on a badge beside its code. No PIN, ever. `expires` is in the site's own time."""

    name: str
    organisation: str
    station: str
    kind: CodeKind
    expires: datetime
    code_id: str

    @property
    def missing_glyphs(self) -> str:
        """Characters no font at hand has, each once; empty when all can be drawn."""
        texts = (self.name, self.organisation, self.station)
        return "".join(dict.fromkeys(char for text in texts for char in face_for(text).lacks(text)))


def dots_per_module(symbol: Symbol, printer: Printer) -> int:
    """Whole dots a module of `symbol` gets: as near to Microsoft's size as fits. Raises PageError."""
    modules = symbol.size + 2 * QUIET
    smallest = max(MIN_DOTS, int(np.ceil(MIN_MM / _MM * printer.dpi)))
    fits = printer.width // modules
    if fits < smallest:
        raise PageError(
            f"a code of {symbol.size} modules needs {modules * smallest} dots; this printer has {printer.width}"
        )
    return max(smallest, min(fits, int(SIDE_INCHES * printer.dpi / modules)))


def draw(symbol: Symbol, artwork: Artwork, printer: Printer) -> Page:
    """The page of one badge. Raises PageError when the code does not fit the printer."""
    code = _code(symbol, dots_per_module(symbol, printer))
    parts = [
        *_texts(artwork.organisation, 26, printer, bold=False),
        *_texts(artwork.name, 52, printer, bold=True),
        *_banner(artwork, printer),
        code,
        *_texts(_validity(artwork), 28, printer, bold=True),
        *_texts(f"{artwork.station}  ·  {short_id(artwork.code_id)}", 22, printer, bold=False),
    ]
    return _stack(parts, printer)


def _validity(artwork: Artwork) -> str:
    if artwork.kind is CodeKind.TEMPORARY:
        return f"TEMPORARY  until  {artwork.expires:%H:%M}  on  {artwork.expires:%Y-%m-%d}"
    return f"valid until {artwork.expires:%Y-%m-%d}"


def _banner(artwork: Artwork, printer: Printer) -> list[Image.Image]:
    """White on black across the page, so that nobody takes a temporary badge for a standard one."""
    if artwork.kind is not CodeKind.TEMPORARY:
        return []
    (text,) = _texts("TEMPORARY", 44, printer, bold=True)
    banner = Image.new("1", (printer.width, text.height + 2 * _GAP), 0)
    banner.paste(Image.eval(text, lambda dot: 255 - dot), ((printer.width - text.width) // 2, _GAP))
    return [banner]


def _code(symbol: Symbol, scale: int) -> Image.Image:
    modules = np.pad(symbol.modules, QUIET)
    dots = np.kron(modules, np.ones((scale, scale), dtype=np.bool_))
    return Image.fromarray(~dots)


def _texts(text: str, size: int, printer: Printer, *, bold: bool) -> list[Image.Image]:
    """`text` in at most two lines: shrunk as far as half its size, then wrapped, then cut."""
    text = "".join(char for char in text if unicodedata.category(char) not in _NOT_TEXT)
    room = printer.width - 2 * _MARGIN
    face = face_for(text, bold=bold)
    for smaller in range(size, size // 2, -2):
        font = face.at(smaller)
        if font.getlength(text) <= room:
            return [_line(text, font)]
    return [_line(line, font) for line in _wrap(text, font, room)]


def _wrap(text: str, font: ImageFont.FreeTypeFont, room: int) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and font.getlength(longer) > room and len(lines) < _LINES:
            lines.append(word)
        else:
            lines[-1] = longer
    return [_cut(line, font, room) for line in lines]


def _cut(line: str, font: ImageFont.FreeTypeFont, room: int) -> str:
    if font.getlength(line) <= room:
        return line
    while line and font.getlength(line + "…") > room:
        line = line[:-1]
    return line.rstrip() + "…"


def _line(text: str, font: ImageFont.FreeTypeFont) -> Image.Image:
    left, top, right, bottom = font.getbbox(text)
    # Drawn grey and then cut at the middle: Pillow's own 1-bit text drops thin strokes.
    grey = Image.new("L", (max(1, round(right - left)), max(1, round(bottom - top))), 255)
    ImageDraw.Draw(grey).text((-left, -top), text, font=font, fill=0)
    return grey.point(lambda dot: 255 if dot > 127 else 0, mode="1")  # noqa: PLR2004


def _stack(parts: list[Image.Image], printer: Printer) -> Page:
    height = sum(part.height + _GAP for part in parts) + 2 * _GAP
    page = Image.new("1", (printer.width, height), 1)
    top = _GAP
    for part in parts:
        page.paste(part, ((printer.width - part.width) // 2, top))
        top += part.height + _GAP
    dots = ~np.asarray(page, dtype=np.bool_)
    rows = np.packbits(dots, axis=1).tobytes()
    return Page(width=printer.width, height=height, dpi=printer.dpi, rows=Secret(rows))
