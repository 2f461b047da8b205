"""What a decoder found."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TypeAlias

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

    def helped(self, step: str, scale: float) -> Reading:
        """This reading as found by `step`, in a picture `scale` times the size of the one asked about."""
        return replace(self, step=step, corners=tuple(value / scale for value in self.corners))
