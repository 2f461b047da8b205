"""Where a camera's frames come from, and how they are turned."""

from __future__ import annotations

from typing import Final, Protocol

import cv2
import numpy as np

from drivers.decode.reading import Image
from drivers.wire.options import CameraOptions

_TURNS: Final = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}


class Source(Protocol):
    """One camera. Every method blocks, and is called by the grabbing thread alone."""

    @property
    def evidence(self) -> str:
        """What was asked of the camera and what it answered, once open."""

    def open(self) -> None:
        """Raises DeviceTroubleError."""

    def read(self) -> Image:
        """The newest frame, H x W or BGR H x W x 3. Raises DeviceTroubleError, also when none comes for long."""

    def close(self) -> None:
        """Let go of it. May be called of one that is not open."""


def turned(image: Image, options: CameraOptions) -> Image:
    """A frame the way up that `rotation` and `mirror` ask for."""
    if options.rotation:
        image = np.asarray(cv2.rotate(image, _TURNS[options.rotation]), dtype=np.uint8)
    return np.asarray(cv2.flip(image, 1), dtype=np.uint8) if options.mirror else image
