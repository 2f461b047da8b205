"""The part of a picture that one located symbol lies in."""

from __future__ import annotations

from functools import cached_property
from typing import Final

import cv2
import numpy as np

from drivers.decode.locate import Finder, Points, Trio
from drivers.decode.mesh import Mesh, Shades, shades
from drivers.decode.reading import Image

#: Modules around a symbol's corners that its picture is cut out with.
_MARGIN: Final = 10
#: Corners that a finder's ring has.
CORNERS: Final = 4
#: Pixels a module needs; more only cost time.
_FINE: Final = 4.0


class View:
    """The part of a picture that a symbol lies in, no finer than it needs to be."""

    def __init__(self, image: Image, trio: Trio) -> None:
        module = float(np.mean([_edge(finder) for finder in trio.finders]))
        outline = np.array([*(finder.centre for finder in trio.finders), trio.top_right.centre + trio.down])
        left, top = np.maximum(0, outline.min(axis=0) - _MARGIN * module).astype(int)
        right, bottom = (outline.max(axis=0) + _MARGIN * module).astype(int)
        part = image[top:bottom, left:right]
        self.trio = trio
        self._corner = np.array([left, top], dtype=np.float32)
        self._scale = min(1.0, _FINE / module)
        self._module = module * self._scale
        size = np.maximum(1, np.round(np.array(part.shape[::-1]) * self._scale)).astype(int).tolist()
        self._part = np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)

    def inside(self, points: Points) -> Points:
        """Pixels of the picture as pixels of this view."""
        # Pixels are counted by their middles.
        return (points - self._corner + 0.5) * self._scale - 0.5

    def outside(self, points: Points) -> Points:
        """Pixels of this view as pixels of the picture."""
        return (points + 0.5) / self._scale - 0.5 + self._corner

    def measured(self, mesh: Mesh) -> Mesh:
        """Pixels of this view as shares of the way between the finders, across and down."""
        points = self.outside(mesh.reshape(2, -1).T.astype(np.float64)) - self.trio.top_left.centre
        shares = points @ np.linalg.inv(np.column_stack([self.trio.across, self.trio.down])).T
        return np.asarray(shares.T.reshape(mesh.shape), dtype=np.float32)

    def unmeasured(self, mesh: Mesh) -> Mesh:
        """Shares of the way between the finders as pixels of this view."""
        points = mesh.reshape(2, -1).T @ np.column_stack([self.trio.across, self.trio.down]).T
        pixels = self.inside(points + self.trio.top_left.centre)
        return np.ascontiguousarray(pixels.T.reshape(mesh.shape), dtype=np.float32)

    @cached_property
    def pins(self) -> list[tuple[Points, Points]]:
        """For each finder offsets in modules from its middle, and the pixels of this view there."""
        pins = (_pins(self.trio, finder) for finder in self.trio.finders)
        return [(offsets, self.inside(points)) for offsets, points in pins]

    @cached_property
    def wide(self) -> Shades:
        """For clean symbols."""
        return shades(self._part, self._module, 8)

    @cached_property
    def narrow(self) -> Shades:
        """For the edge of a shadow or a highlight."""
        return shades(self._part, self._module, 5)


def _edge(finder: Finder) -> float:
    """Pixels of a module along the shorter of a finder's two axes."""
    return float(1 / np.linalg.norm(finder.inward, 2))


def _pins(trio: Trio, finder: Finder) -> tuple[Points, Points]:
    """Offsets in modules from a finder's middle, and the pixels there: of its corners, or middle if unclear."""
    axes = np.linalg.inv(np.column_stack([trio.across, trio.down]))
    signs = np.sign((finder.corners - finder.centre) @ axes.T)
    if len({tuple(sign) for sign in signs.tolist()}) == CORNERS:
        return 2.5 * signs, finder.corners
    return np.zeros((1, 2)), finder.centre[None]
