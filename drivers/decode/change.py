"""What can be done to a picture before it is looked at again. All take and give grey pictures, H x W uint8."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import cv2
import numpy as np

from drivers.decode.reading import Image

Change: TypeAlias = Callable[[Image], Image]


def gamma(power: float) -> Change:
    """Spread out the dark levels (below 1) or the light ones (above 1)."""
    table = (255 * (np.arange(256) / 255) ** power).astype(np.uint8)
    return lambda image: _grey(cv2.LUT(image, table))


def resize(x: float, y: float | None = None) -> Change:
    """Stretch or squeeze to `x` (and `y`) times the size, at least one pixel."""
    high = x if y is None else y
    if x == high == 1:
        return lambda image: image
    method = cv2.INTER_AREA if min(x, high) < 1 else cv2.INTER_CUBIC

    def change(image: Image) -> Image:
        height, width = image.shape
        size = max(1, round(width * x)), max(1, round(height * high))
        return _grey(cv2.resize(image, size, interpolation=method))

    return change


def equalise(limit: float) -> Change:
    """Even out the lighting over 8 x 8 tiles, raising contrast at most `limit` times."""
    return lambda image: _grey(cv2.createCLAHE(clipLimit=limit, tileGridSize=(8, 8)).apply(image))


def sharpen(sigma: float, amount: float) -> Change:
    """Take away `amount` times what a blur of `sigma` pixels leaves."""

    def change(image: Image) -> Image:
        return _grey(cv2.addWeighted(image, 1 + amount, cv2.GaussianBlur(image, (0, 0), sigma), -amount, 0))

    return change


def threshold(level: int) -> Change:
    """Black up to `level`, white above."""
    return lambda image: _grey(cv2.threshold(image, level, 255, cv2.THRESH_BINARY)[1])


def local_threshold(pixels: float, contrast: int) -> Change:
    """Black where `contrast` levels darker than the mean around, over a square of so many `pixels` an edge."""
    block = max(3, int(pixels) | 1)

    def change(image: Image) -> Image:
        darker = cv2.subtract(cv2.blur(image, (block, block)), image)
        return _grey(cv2.threshold(darker, contrast, 255, cv2.THRESH_BINARY_INV)[1])

    return change


def _grey(image: object) -> Image:
    return np.asarray(image, dtype=np.uint8)
