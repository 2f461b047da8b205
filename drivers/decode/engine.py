"""Which engine looks first, and how long the rest may go on."""

from __future__ import annotations

import time
from collections.abc import Callable

import cv2
import numpy as np

from drivers.decode import zxing
from drivers.decode.reading import Image, Reading
from drivers.decode.rescue import LADDER
from drivers.decode.step import Step, Task


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

    One cheap look first; then the rescue ladder, until something is read (`every`: to its end). No step begins that
    would not be done within `budget_ms` milliseconds. A symbol is reported once, as its first reading.
    """
    grey = image if image.ndim == 2 else np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), dtype=np.uint8)  # noqa: PLR2004
    budget = Budget(budget_ms, grey.size / 1e6, clock)
    found = _distinct([], zxing.read(grey))
    for step in LADDER:
        if found and not every:
            break
        if budget.allows(step):
            found = _distinct(found, step.read(Task(grey, tuple(found), budget.over)))
    return found


class Budget:
    """Milliseconds for one picture, of `megapixels`. None: as long as it takes.

    A step that would not be done in time is not begun. What steps cost was measured on one machine; on a slower one
    the steps before show it, and the rest are taken to be slower by as much.
    """

    def __init__(self, limit: float | None, megapixels: float, clock: Callable[[], float]) -> None:
        self._limit = limit
        self._megapixels = megapixels
        self._clock = clock
        self._began = clock()
        self._expected = 0.0

    def allows(self, step: Step) -> bool:
        """Whether there is time for `step`, which is taken to be done if so."""
        if self._limit is None:
            return True
        cost = step.cost * self._megapixels
        pace = max(1.0, self._elapsed() / self._expected) if self._expected else 1.0
        if self._elapsed() + cost * pace > self._limit:
            return False
        self._expected += cost
        return True

    def over(self) -> bool:
        """Whether a step that can stop halfway ought to."""
        return self._limit is not None and self._elapsed() >= self._limit

    def _elapsed(self) -> float:
        return (self._clock() - self._began) * 1000


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
