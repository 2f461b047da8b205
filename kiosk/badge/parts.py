"""The parts of a page, each as dots."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import Final

import numpy as np
from PIL import Image

from drivers.wire.secret import Secret
from kiosk.badge import picture
from kiosk.badge.fitting import fitted
from kiosk.badge.lettering import block
from kiosk.badge.qr import Symbol
from kiosk.badge.size import QUIET, Printer
from kiosk.badge.template import Field, Part

_BETWEEN: Final = "  ·  "
#: Of a band's letters: how large the time is beside the word, how large the day, and how much black is around them.
_TIME, _DAY, _AROUND = 1.5, 0.62, 0.35
_WORD_LINES: Final = 2
#: Of a PIN's digits, in shares of their size: from one to the next, of their height to the next line, and the
#: smallest they are drawn before they take another line.
_PITCH, _DOWN, _LEGIBLE = 0.8, 1.4, 0.7


@dataclass(frozen=True)
class Content:
    """What a page may show. `band`: word, time and day of a temporary badge. Pictures are the bytes of files."""

    texts: Mapping[Field, str]
    symbol: Symbol | None = None
    band: tuple[str, str, str] | None = None
    pictures: Mapping[Field, bytes] = field(default_factory=dict, repr=False)
    pin: Secret | None = None

    def words(self) -> Iterator[str]:
        """Every text that may be drawn, for a look at what the fonts lack."""
        yield from self.texts.values()
        yield from self.band or ()


def text_of(part: Part, content: Content) -> str:
    """The fields of a part in one line; what is empty is left out with its separator."""
    return _BETWEEN.join(text for name in part.show if (text := content.texts.get(name)))


def drawn(part: Part, content: Content, printer: Printer, width: int, scale: float) -> Image.Image | None:
    """A part in at most `width` dots, its letters `scale` times their size; None when there is nothing to show.

    The symbol is not among them. Raises PictureError.
    """
    size = max(8, round(printer.dots(part.size_mm) * scale))
    (first, *_) = part.show
    match first:
        case "photo" | "logo":
            data = content.pictures.get(first)
            return picture.dots(data, width, size) if data else None
        case "temporary":
            return _band(content.band, size, part.lines, width) if content.band else None
        case "pin":
            return _pin(content.pin, size, width) if content.pin else None
    text = text_of(part, content)
    if not text:
        return None
    fit = fitted(text, size, width, lines=part.lines, bold=part.bold)
    return block(fit.lines, fit.size, bold=part.bold)


def code(symbol: Symbol, scale: int) -> Image.Image:
    """The symbol, `scale` dots a module, in its quiet zone."""
    modules = np.pad(symbol.modules, QUIET)
    return Image.fromarray(~np.kron(modules, np.ones((scale, scale), dtype=np.bool_)))


def _band(band: tuple[str, str, str], size: int, lines: int, width: int) -> Image.Image:
    """White on black from side to side, so that nobody takes a temporary badge for a standard one."""
    word, until, day = band
    texts = [(f"{word} {until}", 1.0)] if lines == 1 else [(word, 1.0), (until, _TIME)]
    if lines > _WORD_LINES:
        texts.append((day, _DAY))
    around = round(size * _AROUND)
    blocks = []
    for text, larger in texts:
        fit = fitted(text, round(size * larger), width - 2 * around, lines=1, bold=True)
        blocks.append(block(fit.lines, fit.size, bold=True))
    height = sum(one.height for one in blocks) + around * (len(blocks) + 1)
    out, top = Image.new("1", (width, height), 0), around
    for one in blocks:
        out.paste(Image.eval(one, lambda dot: 255 - dot), ((width - one.width) // 2, top))
        top += one.height + around
    return out


def _pin(pin: Secret, size: int, width: int) -> Image.Image:
    """Its digits in one line, smaller where that is needed; in two or three where they would be too small."""
    text = [digit for digit in pin.reveal_text() if digit.isalnum()]
    across, size = next(_digits_across(len(text), size, width))
    # Digit by digit: texts are remembered once drawn, and a PIN must not be.
    digits = [block([digit], size, bold=True) for digit in text]
    pitch, height = round(size * _PITCH), max((digit.height for digit in digits), default=1)
    down = round(height * _DOWN)
    out = Image.new("1", (pitch * across, down * (ceil(len(digits) / across) - 1) + height), 1)
    for at, digit in enumerate(digits):
        row, column = divmod(at, across)
        out.paste(digit, (column * pitch + (pitch - digit.width) // 2, row * down + height - digit.height))
    return out


def _digits_across(count: int, size: int, width: int) -> Iterator[tuple[int, int]]:
    """How many digits a line has, and of which size in dots; the best first. At last the most that fit."""
    sizes = []
    for lines in (1, 2, 3):
        across = max(1, ceil(count / lines))
        fits = min(size, int(width / across / _PITCH))
        sizes.append((across, fits))
        if fits >= size * _LEGIBLE:
            yield across, fits
    yield max(sizes, key=lambda found: found[1])
