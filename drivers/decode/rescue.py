"""What is tried, in which order, when the first look reads nothing.

Each step changes the picture and looks again. The order is by symbols gained per millisecond over some 900
photographs; the last steps gain little each and cost most.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from drivers.decode import zbar, zxing
from drivers.decode.reading import Image, Reading

# A decoder is asked about many small pictures from one thread; OpenCV's pool only costs.
cv2.setNumThreads(1)


@dataclass(frozen=True)
class Step:
    """One help: its name on the wire, what it does to the picture, the scale that gives, and who looks."""

    name: str
    change: Callable[[Image], Image]
    look: Callable[[Image], list[Reading]] = zxing.read
    scale: float = 1.0

    def read(self, image: Image) -> list[Reading]:
        """The codes this step reads in `image`, corners in pixels of `image`."""
        return [reading.helped(self.name, self.scale) for reading in self.look(self.change(image))]


def _gamma(power: float) -> Callable[[Image], Image]:
    table = (255 * (np.arange(256) / 255) ** power).astype(np.uint8)
    return lambda image: _grey(cv2.LUT(image, table))


def _twice(image: Image) -> Image:
    return _grey(cv2.resize(image, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC))


def _equalised(image: Image) -> Image:
    return _grey(cv2.createCLAHE(clipLimit=4, tileGridSize=(8, 8)).apply(image))


def _sharpened(image: Image) -> Image:
    return _grey(cv2.addWeighted(image, 3.0, cv2.GaussianBlur(image, (0, 0), 2), -2.0, 0))


def _threshold(share: float) -> Callable[[Image], Image]:
    def change(image: Image) -> Image:
        block = max(3, int(image.shape[0] * share) | 1)
        return _grey(
            cv2.adaptiveThreshold(image, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY, block, 5),
        )

    return change


def _grey(image: object) -> Image:
    return np.asarray(image, dtype=np.uint8)


LADDER: tuple[Step, ...] = (
    Step("gamma 0.35", _gamma(0.35)),
    Step("global threshold", lambda image: image, lambda image: zxing.read(image, global_threshold=True)),
    Step("equalise, double", lambda image: _twice(_equalised(image)), scale=2.0),
    Step("gamma 3", _gamma(3.0)),
    Step("sharpen, double", lambda image: _twice(_sharpened(image)), scale=2.0),
    Step("threshold 8 %", _threshold(0.08)),
    Step("threshold 4 %, zbar", _threshold(0.04), zbar.read),
    Step("zbar", lambda image: image, zbar.read),
)
