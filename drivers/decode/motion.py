"""Whether anything moved before the camera, told from a handful of pixels."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.decode.reading import Image

#: Pixels an edge of the squares that are compared by their mean.
_SQUARE: Final = 8
_ROWS: Final = 4
#: Times by which a square changes more than most when something moved, and grey levels it changes then at least
#: and need not change more than.
_MORE: Final = 5.0
_LEAST, _MOST = 4.0, 20.0
#: Share of the squares that change when something moved.
_SHARE: Final = 0.004


class Motion:
    """Compares each picture with the last in which something had moved."""

    def __init__(self) -> None:
        self._reference: NDArray[np.float32] | None = None

    def seen(self, image: Image) -> bool:
        """Whether `image` (H x W or H x W x 3 uint8) differs from the reference; if so it is the new one."""
        size = max(1, image.shape[1] // _SQUARE), max(1, image.shape[0] // _SQUARE)
        # Every fourth row, and of colours the green, tell as much in a quarter of the time.
        some = image[::_ROWS] if image.ndim == 2 else image[::_ROWS, :, 1]  # noqa: PLR2004
        small = cv2.resize(np.ascontiguousarray(some), size, interpolation=cv2.INTER_AREA)
        now = np.asarray(small, dtype=np.float32)
        if self._reference is None or self._reference.shape != now.shape:
            self._reference = now
            return True
        change = np.abs(now - self._reference)
        # Noise changes every square a little.
        limit = min(_MOST, _LEAST + _MORE * float(np.median(change)))
        if np.count_nonzero(change > limit) <= _SHARE * change.size:
            return False
        self._reference = now
        return True
