"""What the camera sees, in half blocks: two pixels a cell, in shades of grey or, where there are none, in dots."""

from __future__ import annotations

from functools import lru_cache
from itertools import groupby
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps
from textual.color import Color
from textual.content import Content
from textual.geometry import Size
from textual.reactive import reactive
from textual.style import Style
from textual.widget import Widget

from drivers.wire.messages import Frame
from kiosk.ui.widgets.half_blocks import blocks

#: Rows of cells a picture has at most. A badge that fills it has less than a pixel a module then: what is on the
#: screen shows how it is held, and nobody reads the code off it.
ROWS: Final = 20
#: Of the panel's width, how much the picture may take: the rest is for the hint, in large letters.
_SHARE: Final = 0.55
#: Per cent of the pixels that may be darkest and brightest: a lamp in the picture does not make the rest black.
_CUT: Final = 2
#: Levels of grey that are told apart.
_LEVELS: Final = 16
#: Thresholds of ordered dithering (Bayer, 4 x 4): unlike spread errors they hold still from picture to picture.
_BAYER: Final = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]]) * 16 + 8
#: Of the two colours that every console has.
_DOTS: Final = Style(foreground=Color.parse("ansi_white"), background=Color.parse("ansi_black"))
#: How much steeper greys are made before they become dots.
_STEEP: Final = 2


class Finder(Widget):
    """The picture as large as its place lets it be, somewhat more than half as wide as the panel at most.

    `greys`: whether the terminal has shades of grey, or two colours only.
    """

    frame: reactive[Frame | None] = reactive(None)
    greys: reactive[bool] = reactive(default=False)

    def watch_frame(self, old: Frame | None, new: Frame | None) -> None:
        """Its place changes with the shape of the picture alone, not with each picture."""
        if _shape(old) != _shape(new):
            self.refresh(layout=True)

    def get_content_width(self, container: Size, viewport: Size) -> int:  # noqa: ARG002 - Textual's
        """As wide as the picture will be."""
        return fitted(self.frame, int(container.width * _SHARE), container.height)[0] if self.frame else 0

    def render(self) -> Content:
        """Draw it."""
        if self.frame is None or not self.size.area:
            return Content("")
        small = shrunk(self.frame, *fitted(self.frame, *self.size))
        picture = _shaded(small) if self.greys else Content("\n".join(blocks(dotted(small)))).stylize(_DOTS)
        above = (self.size.height - small.height // 2) // 2
        return Content("\n" * above) + picture


def fitted(frame: Frame, columns: int, rows: int) -> tuple[int, int]:
    """Columns and rows of cells for `frame` in so many at most; a cell is one pixel wide and two high."""
    high = max(1, min(rows, ROWS, round(columns * frame.height / frame.width / 2)))
    return max(1, min(columns, round(2 * high * frame.width / frame.height))), high


def shrunk(frame: Frame, columns: int, rows: int) -> Image.Image:
    """The picture with two pixels a cell, from black to white whatever the light is."""
    whole = Image.frombytes("L", (frame.width, frame.height), frame.pixels.reveal())
    return ImageOps.autocontrast(whole.resize((columns, 2 * rows), Image.Resampling.BOX), cutoff=_CUT)


def dotted(small: Image.Image) -> Image.Image:
    """A grey picture as one of mode 1, darker places having fewer dots, and the dark and the light none and all."""
    grey = (np.asarray(small).astype(np.int16) - 128) * _STEEP + 128
    high, wide = grey.shape
    return Image.fromarray(grey > np.tile(_BAYER, (high // 4 + 1, wide // 4 + 1))[:high, :wide])


def _shaded(small: Image.Image) -> Content:
    levels: NDArray[np.uint8] = np.asarray(small) // (256 // _LEVELS)
    rows = zip(levels[::2].tolist(), levels[1::2].tolist(), strict=True)
    return Content("\n").join([_row(list(zip(upper, lower, strict=True))) for upper, lower in rows])


def _row(cells: list[tuple[int, int]]) -> Content:
    return Content.assemble(*(("▀" * len(list(run)), _style(*cell)) for cell, run in groupby(cells)))


@lru_cache(maxsize=_LEVELS**2)
def _style(upper: int, lower: int) -> Style:
    return Style(foreground=_grey(upper), background=_grey(lower))


def _grey(level: int) -> Color:
    shade = level * 255 // (_LEVELS - 1)
    return Color(shade, shade, shade)


def _shape(frame: Frame | None) -> tuple[int, int]:
    return (frame.width, frame.height) if frame else (0, 0)
