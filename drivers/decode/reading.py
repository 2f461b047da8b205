"""What a decoder found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

#: A grey picture: H x W, uint8, 0 is black.
Image: TypeAlias = NDArray[np.uint8]


@dataclass(frozen=True)
class Reading:
    """One QR code. `content`: the exact bytes. `corners`: x1, y1, … x4, y4 in pixels, clockwise from its top left.

    `step` names the help it needed, empty for the first look. `version`: 1 to 40; `level`: L, M, Q, H; None where
    the engine does not say.
    """

    content: bytes = field(repr=False)
    corners: tuple[float, ...]
    engine: str
    step: str = ""
    version: int | None = None
    level: str | None = None

    @property
    def centre(self) -> tuple[float, float]:
        """The middle of the symbol, in pixels."""
        return sum(self.corners[0::2]) / 4, sum(self.corners[1::2]) / 4

    def same_symbol(self, other: Reading) -> bool:
        """The same content at about the same place: two steps found one symbol."""
        if self.content != other.content:
            return False
        (x, y), (other_x, other_y) = self.centre, other.centre
        reach = max(self.corners[0::2]) - min(self.corners[0::2])
        return abs(x - other_x) < reach and abs(y - other_y) < reach

    def scaled(self, x: float, y: float) -> Reading:
        """This reading as found in a picture `x` times as wide and `y` times as high as the one asked about."""
        if x == y == 1:
            return self
        corners = tuple(value / (y if odd % 2 else x) for odd, value in enumerate(self.corners))
        return replace(self, corners=corners)

    def moved(self, x: float, y: float) -> Reading:
        """This reading as found in a part of the picture that begins at `x`, `y`."""
        if x == y == 0:
            return self
        return replace(self, corners=tuple(v + (y if odd % 2 else x) for odd, v in enumerate(self.corners)))

    def holds(self, point: Sequence[float] | NDArray[np.float64]) -> bool:
        """Whether `point` (x, y in pixels) lies inside."""
        outline = np.array(self.corners, dtype=np.float32).reshape(4, 2)
        return cv2.pointPolygonTest(outline, (float(point[0]), float(point[1])), measureDist=False) >= 0
