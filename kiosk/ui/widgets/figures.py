"""The signs beside a verdict, each of its own shape: a tick, a cross, an exclamation mark, a badge, three dots."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import lru_cache
from typing import Final

from PIL import Image, ImageDraw

from kiosk.badge.verdict import Severity
from kiosk.ui.widgets.half_blocks import blocks

#: Figures are drawn this many times larger, then made small.
_FINER: Final = 8
#: Dots of the badge's side: two finder patterns and what is between them.
_BADGE: Final = 17
_FINDER: Final = 7

Pen = Callable[[ImageDraw.ImageDraw, float], None]


class Figure(StrEnum):
    """What is drawn beside the words."""

    TICK = "tick"
    ATTENTION = "attention"
    CROSS = "cross"
    BADGE = "badge"
    WAIT = "wait"


OF_SEVERITY: Final = {
    Severity.GOOD: Figure.TICK,
    Severity.ATTENTION: Figure.ATTENTION,
    Severity.BAD: Figure.CROSS,
}


@lru_cache(maxsize=64)
def figure(which: Figure, columns: int, rows: int) -> tuple[str, ...]:
    """The figure, as large as it gets in so many cells, in rows of cells."""
    side = min(columns, 2 * rows)
    if side <= 0:
        return ()
    if which is Figure.BADGE:
        return blocks(_badge(side))
    large = Image.new("L", (side * _FINER, side * _FINER))
    _PENS[which](ImageDraw.Draw(large), side * _FINER)
    small = large.resize((side, side), Image.Resampling.BOX)
    return blocks(small.point(lambda dot: 255 if dot > 127 else 0).convert("1"))  # noqa: PLR2004 - half a dot


def _tick(pen: ImageDraw.ImageDraw, side: float) -> None:
    _stroke(pen, side, (0.10, 0.55), (0.38, 0.83), (0.90, 0.20))


def _cross(pen: ImageDraw.ImageDraw, side: float) -> None:
    _stroke(pen, side, (0.14, 0.14), (0.86, 0.86))
    _stroke(pen, side, (0.86, 0.14), (0.14, 0.86))


def _attention(pen: ImageDraw.ImageDraw, side: float) -> None:
    pen.polygon(
        [(0.38 * side, 0), (0.62 * side, 0), (0.57 * side, 0.66 * side), (0.43 * side, 0.66 * side)], fill=255
    )
    pen.ellipse((0.38 * side, 0.75 * side, 0.62 * side, 0.99 * side), fill=255)


def _wait(pen: ImageDraw.ImageDraw, side: float) -> None:
    for middle in (0.15, 0.5, 0.85):
        pen.ellipse(((middle - 0.11) * side, 0.39 * side, (middle + 0.11) * side, 0.61 * side), fill=255)


def _stroke(pen: ImageDraw.ImageDraw, side: float, *points: tuple[float, float]) -> None:
    at = [(x * side, y * side) for x, y in points]
    wide = 0.17 * side
    pen.line(at, fill=255, width=round(wide), joint="curve")


_PENS: Final[dict[Figure, Pen]] = {
    Figure.TICK: _tick,
    Figure.CROSS: _cross,
    Figure.ATTENTION: _attention,
    Figure.WAIT: _wait,
}


def _badge(side: int) -> Image.Image:
    """The corners of a QR code and a few modules: enough to be known as one, and nothing that decodes."""
    small = Image.new("1", (_BADGE, _BADGE))
    pen = ImageDraw.Draw(small)
    far = _BADGE - _FINDER
    for x, y in ((0, 0), (far, 0), (0, far)):
        pen.rectangle((x, y, x + 6, y + 6), outline=1)
        pen.rectangle((x + 2, y + 2, x + 4, y + 4), fill=1)
    for x, y in (
        (8, 1),
        (8, 4),
        (8, 8),
        (10, 9),
        (13, 8),
        (16, 10),
        (1, 8),
        (4, 8),
        (12, 12),
        (15, 13),
        (10, 15),
        (13, 16),
    ):
        pen.point((x, y), fill=1)
        pen.point((min(x + 1, _BADGE - 1), y), fill=1)
    times = max(1, side // _BADGE)
    return small.resize((_BADGE * times, _BADGE * times), Image.Resampling.NEAREST)
