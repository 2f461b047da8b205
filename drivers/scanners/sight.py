"""What a small grey picture says about how a badge is held. Pure: a picture in, a hint out."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.decode.reading import Image
from drivers.wire.messages import Hint

#: What a preview fits into, in pixels.
WIDTH: Final = 160
HEIGHT: Final = 120
#: Edge of the squares in which detail is measured, in pixels of the small picture.
_CELL: Final = 5
#: Deviation of the grey levels in a square that holds detail.
_DETAIL: Final = 14.0
#: Grey level that nine of ten pixels stay under in the dark, and the one a reflection reaches.
_DARK: Final = 60
_GLARE: Final = 250
#: Share of the badge's surroundings that a reflection covers at least. White paper may be as bright, but is detailed.
_GLARE_SHARE: Final = 0.08
#: Of the picture's shorter edge, how much a badge fills that is too far away, and one that is too near.
_SMALL: Final = 0.3
_LARGE: Final = 0.92


def shrink(image: Image) -> Image:
    """A picture, H x W or BGR H x W x 3, in grey and fitted into WIDTH x HEIGHT pixels; never enlarged."""
    high, wide = image.shape[:2]
    scale = min(1.0, WIDTH / wide, HEIGHT / high)
    size = (max(1, round(wide * scale)), max(1, round(high * scale)))
    small = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    return small if small.ndim == 2 else np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), dtype=np.uint8)  # noqa: PLR2004


def dark(small: Image) -> bool:
    """Whether there is too little light to see anything."""
    return float(np.percentile(small, 90)) < _DARK


def hint(small: Image, *, moving: bool) -> Hint | None:
    """How to hold the badge that is in a `shrink`ed picture and does not read; None where nothing seems wrong.

    What hides all else is named first: darkness, a reflection, movement, and only then the distance.
    """
    if dark(small):
        return "dark"
    place = _detailed(small)
    if place is None:
        return "still" if moving else None
    left, top, right, bottom = place
    if _reflects(small[top:bottom, left:right]):
        return "glare"
    if moving:
        return "still"
    fill = max(right - left, bottom - top) / min(small.shape)
    if fill < _SMALL:
        return "closer"
    return "further" if fill > _LARGE else None


def _detailed(small: Image) -> tuple[int, int, int, int] | None:
    """Left, top, right and bottom of the largest place with detail in it, in pixels."""
    if min(small.shape) < _CELL:
        return None  # OpenCV crashes on an empty map
    busy = (_deviation(small) > _DETAIL).astype(np.uint8)
    count, _, stats, _ = cv2.connectedComponentsWithStats(busy, connectivity=8)
    if count < 2:  # noqa: PLR2004 - the first is the background
        return None
    largest = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    left, top, wide, high = (int(value) * _CELL for value in stats[largest, :4])
    return left, top, left + wide, top + high


def _deviation(small: Image) -> NDArray[np.float32]:
    high, wide = (edge // _CELL * _CELL for edge in small.shape)
    cells = small[:high, :wide].astype(np.float32).reshape(high // _CELL, _CELL, wide // _CELL, _CELL)
    return np.asarray(cells.std(axis=(1, 3)), dtype=np.float32)


def _reflects(place: Image) -> bool:
    """Whether a spot without any detail, as bright as can be, lies inside."""
    bright = (place >= _GLARE).astype(np.uint8)
    # What is left when a few pixels are taken off all round is no module and no margin.
    spot = cv2.erode(bright, np.ones((_CELL, _CELL), dtype=np.uint8))
    return int(np.count_nonzero(spot)) > _GLARE_SHARE * place.size
