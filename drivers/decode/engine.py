"""Which engine looks first, and how long the rest may go on."""

from __future__ import annotations

import time
from collections.abc import Callable

import cv2
import numpy as np

from drivers.decode import zxing
from drivers.decode.reading import Image, Reading
from drivers.decode.rescue import LADDER


class NotAPictureError(ValueError):
    """These bytes are no picture, or one too large to look at."""


def read(
    image: Image,
    *,
    every: bool = False,
    budget_ms: float | None = None,
    clock: Callable[[], float] = time.perf_counter,
) -> list[Reading]:
    """The QR codes in a grey (H x W) or BGR (H x W x 3) uint8 picture, in the order found.

    One cheap look first; then the rescue ladder, until something is read (`every`: to its end). No step begins once
    `budget_ms` milliseconds are over. A symbol is reported once, as its first reading.
    """
    grey = image if image.ndim == 2 else np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), dtype=np.uint8)  # noqa: PLR2004
    began = clock()
    found = _distinct([], zxing.read(grey))
    for step in LADDER:
        if (found and not every) or (budget_ms is not None and (clock() - began) * 1000 >= budget_ms):
            break
        found = _distinct(found, step.read(grey))
    return found


def _distinct(found: list[Reading], more: list[Reading]) -> list[Reading]:
    for reading in more:
        if not any(reading.same_symbol(known) for known in found):
            found.append(reading)
    return found


def unpack(picture: bytes) -> Image:
    """The pixels of a picture file's bytes, grey, as stored (no EXIF turn). Raises NotAPictureError."""
    data = np.frombuffer(picture, dtype=np.uint8)
    try:
        image = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE | cv2.IMREAD_IGNORE_ORIENTATION) if len(data) else None
    except cv2.error:
        image = None
    if image is None:
        raise NotAPictureError("not a picture that can be read (PNG, JPEG, WebP, BMP, TIFF, PBM)")
    return np.asarray(image, dtype=np.uint8)
