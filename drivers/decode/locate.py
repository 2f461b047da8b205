"""Where a symbol lies, found without reading it: three finder patterns that agree with each other.

A finder pattern is known by what survives blur, tilt and dirt best: a light ring of five modules with a dark stone of
three in its middle. Contours find it whichever way it is turned and tilted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.decode.reading import Image

#: n x 2 or 2: x, y in pixels.
Points: TypeAlias = NDArray[np.float64]

#: Of the stone's area to the ring's: (3/5)² = 0.36 in print, moved by blur and by ink that spreads.
_STONE: Final = (0.15, 0.65)
#: Pixels that a ring's area has at least: one of five modules of 0.9 pixels, below which nothing is read.
_SMALLEST: Final = 20.0
#: Cosine of the angle by which a neighbour may stand off a finder's own axis: 32 degrees, for tilt and curl.
_ALONG: Final = 0.85
#: Modules between the middles of two finders: 14 in version 1, 170 in version 40, and what tilt takes or gives.
_APART: Final = (9.0, 220.0)
#: Times by which a finder may be larger than another of its symbol, or one edge longer than the other.
_UNEVEN: Final = 2.5
#: Three finders that disagree more than this are of different symbols, or none.
_DOUBT: Final = 0.8
#: Share of a picture's pixels that lie on an edge, above which it is taken to be grainy and is smoothed.
_CALM: Final = 0.1
#: Edges in a picture that is searched; a symbol of version 40 that fills 720 rows has 64 000, sensor noise more.
_EDGES: Final = 80_000
#: Finders looked at, largest first; the time taken grows with their cube.
_MOST: Final = 20


@dataclass(frozen=True, eq=False)
class Finder:
    """One finder pattern: the middle of its stone and the four corners of its light ring (5 x 5 modules)."""

    centre: Points
    corners: Points

    @cached_property
    def module(self) -> float:
        """Pixels that a module measures here, about."""
        return float(np.sqrt(cv2.contourArea(self.corners.astype(np.float32)))) / 5

    @cached_property
    def inward(self) -> Points:
        """2 x 2: turns an offset in pixels into modules along this finder's own two axes."""
        first, second, third, fourth = self.corners
        across, down = (second + third - first - fourth) / 10, (third + fourth - first - second) / 10
        return np.linalg.pinv(np.column_stack([across, down]))

    def moved(self, x: float, y: float, scale: float) -> Finder:
        """This one, found in a part of a picture that begins at `x`, `y` and was made `scale` times as large."""
        corner = np.array([x, y])
        # Pixels are counted by their middles.
        return Finder((self.centre + 0.5) / scale - 0.5 + corner, (self.corners + 0.5) / scale - 0.5 + corner)


@dataclass(frozen=True, eq=False)
class Trio:
    """The three finders of one symbol. `doubt`: 0 when they agree perfectly."""

    top_left: Finder
    top_right: Finder
    bottom_left: Finder
    doubt: float

    @property
    def finders(self) -> tuple[Finder, Finder, Finder]:
        """Top left, top right, bottom left."""
        return self.top_left, self.top_right, self.bottom_left

    @property
    def middle(self) -> Points:
        """The middle of the symbol, in pixels, if it is flat."""
        return (self.top_right.centre + self.bottom_left.centre) / 2

    @property
    def across(self) -> Points:
        """From the top left finder to the top right one, in pixels."""
        return self.top_right.centre - self.top_left.centre

    @property
    def down(self) -> Points:
        """From the top left finder to the bottom left one, in pixels."""
        return self.bottom_left.centre - self.top_left.centre


def trios(found: Sequence[Finder]) -> list[Trio]:
    """The symbols these finders make, surest first; no finder belongs to two."""
    chosen: list[Trio] = []
    taken: set[int] = set()
    for trio in sorted(_agreeing(found), key=lambda trio: trio.doubt):
        members = {id(finder) for finder in trio.finders}
        if taken.isdisjoint(members):
            taken |= members
            chosen.append(trio)
    return chosen


def _agreeing(found: Sequence[Finder]) -> Iterator[Trio]:
    most = sorted(found, key=lambda finder: -finder.module)[:_MOST]
    if len(most) < 3:  # noqa: PLR2004
        return
    doubt = _doubts(most)
    for one, two, three in np.argwhere(doubt < _DOUBT).tolist():
        yield Trio(most[one], most[two], most[three], float(doubt[one, two, three]))


def _doubts(found: Sequence[Finder]) -> Points:
    """n x n x n: how far three finders, top left, top right and bottom left, are from agreeing; inf if not at all."""
    centres = np.array([finder.centre for finder in found])
    inward = np.array([finder.inward for finder in found])
    size = np.array([finder.module for finder in found])
    # What lies between two, in pixels, and in modules along the axes of the first and of the second.
    offset = centres[None, :] - centres[:, None]
    own = np.einsum("iab,ijb->ija", inward, offset)
    theirs = np.einsum("jab,ijb->ija", inward, offset)
    apart = np.hypot(own[..., 0], own[..., 1])
    turned, back = _off_axis(own), _off_axis(theirs)
    level = np.abs(own[..., 0]) > np.abs(own[..., 1])
    near = (apart > _APART[0]) & (apart < _APART[1]) & (turned <= 1 - _ALONG)
    near &= np.maximum(size[:, None], size[None, :]) <= _UNEVEN * np.minimum(size[:, None], size[None, :])
    across, down = offset[:, :, None], offset[:, None, :]
    # The order of three finders that is not mirrored: `down` lies clockwise of `across`.
    clockwise = across[..., 0] * down[..., 1] > across[..., 1] * down[..., 0]
    wide, high = np.maximum(apart[:, :, None], 1e-9), np.maximum(apart[:, None, :], 1e-9)
    three = np.stack(np.broadcast_arrays(size[:, None, None], size[None, :, None], size[None, None, :]))
    likely = near[:, :, None] & near[:, None, :] & clockwise & (level[:, :, None] != level[:, None, :])
    likely &= (np.maximum(wide, high) < _UNEVEN * np.minimum(wide, high)) & (
        three.max(axis=0) <= _UNEVEN * three.min(axis=0)
    )
    uneven = 0.3 * np.abs(np.log(wide / high)) + 0.2 * np.log(three.max(axis=0) / three.min(axis=0))
    doubt = turned[:, :, None] + turned[:, None, :] + back[:, :, None] + back[:, None, :] + uneven
    return np.where(likely, doubt, np.inf)


def _off_axis(modules: Points) -> Points:
    """0 where offsets (… x 2, in modules along a finder's axes) run along one of the axes, 0.29 halfway between."""
    return np.asarray(1 - np.abs(modules).max(axis=-1) / np.maximum(1e-9, np.hypot(modules[..., 0], modules[..., 1])))


def finders(image: Image, *, contrast: int, share: float, edge: float | None = None) -> list[Finder]:
    """What looks like a finder pattern in `image` (H x W uint8).

    Dark is what is `contrast` grey levels darker than the mean around it, a square with an edge of `share` of `edge`
    pixels, which are the picture's shorter side if not given.
    """
    block = max(3, int((edge or min(image.shape)) * share) | 1)
    darker = cv2.subtract(cv2.blur(image, (block, block)), image)
    _, dark = cv2.threshold(darker, contrast, 255, cv2.THRESH_BINARY)
    if _edges(dark) > _CALM * dark.size:
        dark = cv2.medianBlur(dark, 3)
        if _edges(dark) > _EDGES:
            return []
    contours, tree = cv2.findContours(dark, cv2.RETR_TREE, cv2.CHAIN_APPROX_NONE)
    if tree is None:
        return []
    found = (_finder(contours[stone], contours[ring]) for stone, ring in _nested(contours, tree[0]))
    return [finder for finder in found if finder is not None]


def _edges(dark: Any) -> int:
    """How often dark and light meet along the rows: what following the contours will cost."""
    return cv2.countNonZero(cv2.bitwise_xor(dark[:, 1:], dark[:, :-1])) if dark.shape[1] > 1 else 0


def _nested(contours: Sequence[Any], tree: NDArray[np.int32]) -> Iterator[tuple[int, int]]:
    """Pairs of a contour with nothing beside it, and the one around it, which is in another."""
    follows, leads, _, parent = tree.T
    alone = (parent >= 0) & (follows < 0) & (leads < 0)
    for stone in np.flatnonzero(alone & (parent[parent] >= 0)).tolist():
        ring = int(parent[stone])
        if len(contours[ring]) >= 12 and len(contours[stone]) >= 4:  # noqa: PLR2004 - or no area worth measuring
            yield stone, ring


def _finder(stone: Any, ring: Any) -> Finder | None:
    # Contours run through the middles of dark pixels: half a pixel inside the stone, half a one outside the ring.
    # Around dark they turn so that OpenCV gives a negative area, around light a positive one.
    inner, outer = cv2.contourArea(stone, oriented=True), cv2.contourArea(ring, oriented=True)
    if inner * outer >= 0 or inner > 0:
        return None
    dark, light = abs(inner) + len(stone) / 2, abs(outer) - len(ring) / 2
    if light < _SMALLEST or not _STONE[0] < dark / light < _STONE[1]:
        return None
    centre, middle = _middle(stone), _middle(ring)
    if np.hypot(*(centre - middle)) > 0.2 * np.sqrt(light):
        return None
    hull = cv2.convexHull(ring)
    if cv2.contourArea(hull) > 1.3 * abs(outer):
        return None
    corners = np.asarray(cv2.approxPolyN(hull, 4), dtype=np.float64).reshape(-1, 2)
    # The four-sided outline of a ring is hardly larger than the ring.
    if not 0.5 * light < cv2.contourArea(corners.astype(np.float32)) < 1.6 * light + _SMALLEST:
        return None
    reach = np.linalg.norm(corners - middle, axis=1, keepdims=True)
    return Finder(centre, middle + (corners - middle) * (1 - 0.5 / np.maximum(1, reach)))


def _middle(contour: Any) -> Points:
    moments = cv2.moments(contour)
    weight = moments["m00"]
    if not weight:
        return np.asarray(contour, dtype=np.float64).reshape(-1, 2).mean(axis=0)  # type: ignore[no-any-return]
    return np.array([moments["m10"] / weight, moments["m01"] / weight], dtype=np.float64)
