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
#: Edge of what is taken off a bright spot.
_SPOT: Final = 3
#: Share of the badge's surroundings that a reflection covers at least, where it outshines the paper and where not.
_GLARE_SHARE: Final = 0.008
_WASHED_OUT: Final = 0.08
#: Grey levels by which paper is lighter than what is around it.
_LIGHTER: Final = 15
#: Grey level that is light, and how much of what is light a reflection covers at most that outshines the paper.
_LIGHT: Final = 127
_OUTSHINES: Final = 0.25
#: Of the picture's shorter edge, how much a badge fills that is too far away.
_SMALL: Final = 0.4
#: Of the picture's squares, how many hold detail when a badge is too near to fit into it.
_LARGE: Final = 0.5
#: Pixels of the small picture a second from which on a badge is smeared over modules while a shutter is open. A hand
#: that is held still wanders by less than half of it.
_QUICK: Final = 24.0


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


def quick(before: Image, after: Image, seconds: float) -> bool:
    """Whether what is in two `shrink`ed pictures, taken so far apart, moved too fast to be seen sharp."""
    if before.shape != after.shape or min(after.shape) < _CELL or seconds <= 0:
        return False
    (x, y), _ = cv2.phaseCorrelate(before.astype(np.float32), after.astype(np.float32))
    return float(np.hypot(x, y)) / seconds > _QUICK


def hint(small: Image, *, quick: bool) -> Hint | None:
    """How to hold the badge that is in a `shrink`ed picture and does not read; None where nothing seems wrong.

    What hides all else is named first: darkness, a reflection, a badge that does not fit, movement, and only then
    that it is far.
    """
    if dark(small):
        return "dark"
    place = _detailed(small)
    if place is None:
        return "still" if quick else None
    left, top, right, bottom = place
    if _reflects(small[top:bottom, left:right]):
        return "glare"
    if too_near(small):
        return "further"
    if quick:
        return "still"
    return "closer" if max(right - left, bottom - top) < _SMALL * min(small.shape) else None


def may_be_held_up(small: Image) -> bool:
    """Whether there may be a badge though none is found: it is dark, or something fills the picture, or something
    with print on it is lighter than what is around it, as paper is.
    """
    if dark(small) or too_near(small):
        return True
    place = _detailed(small)
    if place is None:
        return False
    left, top, right, bottom = place
    return float(small[top:bottom, left:right].mean()) - float(np.median(small)) > _LIGHTER


def too_near(small: Image) -> bool:
    """Whether something full of detail fills the picture and more."""
    return min(small.shape) >= _CELL and float((_deviation(small) > _DETAIL).mean()) > _LARGE


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
    # What is left when a pixel is taken off all round is no module.
    spot = int(np.count_nonzero(cv2.erode(bright, np.ones((_SPOT, _SPOT), dtype=np.uint8))))
    # Where most of what is light is as bright as can be, it is the paper.
    outshone = np.count_nonzero(bright) < _OUTSHINES * np.count_nonzero(place > _LIGHT)
    return spot > (_GLARE_SHARE if outshone else _WASHED_OUT) * place.size
