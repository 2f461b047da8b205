"""Pictures made of half blocks, two dots a cell: the one way to large letters that every console and script has."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from math import ceil
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from kiosk.badge.fonts import face_for

#: By upper and lower dot.
_BLOCKS: Final = {(0, 0): " ", (1, 0): "▀", (0, 1): "▄", (1, 1): "█"}
#: How much of a dot a stroke must cover to fill it, of 255. Less than half, so that thin strokes stay whole.
_COVERED: Final = 110
#: Dots from the top of a capital to the baseline, below which letters are no longer letters.
_SMALLEST: Final = 9


def blocks(picture: Image.Image) -> tuple[str, ...]:
    """One string a row of cells. `picture` is of mode 1; white dots are drawn."""
    dots = picture.load()
    assert dots is not None, "a picture made here is loaded"
    width, height = picture.size
    return tuple(
        "".join(_BLOCKS[bool(dots[x, y]), bool(y + 1 < height and dots[x, y + 1])] for x in range(width))
        for y in range(0, height, 2)
    )


@lru_cache(maxsize=256)
def lettering(text: str, columns: int, rows: int) -> tuple[str, ...]:
    """`text` as large as it gets in so many cells, wrapped between words, in rows of cells.

    Empty when even the smallest letters do not fit.
    """
    face = face_for(text, bold=True)
    for size in range(2 * rows + rows // 2, _SMALLEST - 1, -1):
        lines = _wrap(text, face.at(size), columns)
        if lines and (drawn := _draw(lines, face.at(size), 2 * rows)):
            return blocks(drawn)
    return ()


def _wrap(text: str, font: ImageFont.FreeTypeFont, width: int) -> list[str]:
    """As few lines as possible; none when a word is wider than `width`."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and _width(longer, font) <= width:
            lines[-1] = longer
        elif _width(word, font) <= width:
            lines.append(word)
        else:
            return []
    return lines


def _width(text: str, font: ImageFont.FreeTypeFont) -> float:
    left, _, right, _ = font.getbbox(text)
    return right - left


def _draw(lines: list[str], font: ImageFont.FreeTypeFont, height: int) -> Image.Image | None:
    """The lines below each other, flush left, on a whole number of cells; None when they are too high together."""
    _, top, _, bottom = font.getbbox(" ".join(lines))
    pitch = _even(bottom - top + max(2, font.size / 5))
    high = pitch * (len(lines) - 1) + _even(bottom - top)
    if high > height:
        return None
    wide = max(_width(line, font) for line in lines)
    picture = Image.new("L", (ceil(wide), high))
    pen = ImageDraw.Draw(picture)
    for at, line in enumerate(lines):
        pen.text((-font.getbbox(line)[0], at * pitch - top), line, font=font, fill=255)
    return picture.point(lambda dot: 255 if dot > _COVERED else 0).convert("1")


def _even(dots: float) -> int:
    return 2 * ceil(dots / 2)


def centred(drawn: tuple[str, ...], columns: int, rows: int) -> Iterator[str]:
    """`drawn`, put in the middle of so many cells."""
    wide = max((len(line) for line in drawn), default=0)
    left = max(0, (columns - wide) // 2)
    top = max(0, (rows - len(drawn)) // 2)
    yield from [""] * top
    yield from (" " * left + line for line in drawn)
