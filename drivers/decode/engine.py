"""One picture, every help that its budget allows."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import cv2
import numpy as np

from drivers.decode import sight, zxing
from drivers.decode.budget import Budget
from drivers.decode.locate import Trio
from drivers.decode.reading import Image, Reading
from drivers.decode.rescue import BLIND, LADDER
from drivers.decode.sight import Box, Suspect
from drivers.decode.step import Step, Task

#: Milliseconds per megapixel that looking for finder patterns takes.
_SEEK: Final = 12.0
#: Share of the picture up to which looking at the suspects alone saves time.
_PART: Final = 0.8


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

    One cheap look first; then the rescue ladder where something looks like a symbol, until something is read
    (`every`: to its end). No step begins that would not be done within `budget_ms` milliseconds. A symbol is reported
    once, as its first reading. Raises NotAPictureError for an array of another shape or type.
    """
    plain = grey(image)
    budget = Budget(budget_ms, clock)
    found, quads = zxing.look(plain)
    found = _distinct([], found)
    if (found and not every) or not budget.allows(_SEEK * plain.size / 1e6):
        return found
    suspects = sight.suspects(plain, quads, found)
    for step, box in _tries(plain, suspects, every=every):
        unread = [place.trio for place in suspects if place.trio and not _among(found, place.trio)]
        task = Task(plain, box, unread, found, budget.over)
        if budget.allows(step.expected(task.image.size)):
            found = _distinct(found, step.read(task))
        if found and not every:
            break
    return found


def _among(found: Sequence[Reading], trio: Trio) -> bool:
    return any(one.holds(trio.middle) for one in found)


def _tries(image: Image, suspects: Sequence[Suspect], *, every: bool) -> Iterator[tuple[Step, Box | None]]:
    """What to try where: the ladder around the suspects, then on the whole; without any, what costs little first."""
    box = sight.union(suspects) if suspects else None
    if box is not None and (box[2] - box[0]) * (box[3] - box[1]) < _PART * image.size:
        yield from ((step, box) for step in LADDER)
        if not every:
            return
    yield from ((step, None) for step in (LADDER if suspects else BLIND))


def _distinct(found: list[Reading], more: list[Reading]) -> list[Reading]:
    distinct = list(found)
    for reading in more:
        if not any(reading.same_symbol(known) for known in distinct):
            distinct.append(reading)
    return distinct


def checked(image: Image) -> Image:
    """`image` if it is one, uint8 in H x W or H x W x 3. Raises NotAPictureError for anything else."""
    if image.dtype != np.uint8 or image.ndim not in {2, 3} or image.shape[2:] not in {(), (3,)}:
        raise NotAPictureError(f"{image.dtype} in the shape {image.shape}, not uint8 in H x W or H x W x 3")
    if not image.size:
        raise NotAPictureError("a picture without a pixel")
    return image


def grey(image: Image) -> Image:
    """The picture in grey: H x W out of H x W or BGR H x W x 3. Raises NotAPictureError for anything else."""
    if checked(image).ndim == 2:  # noqa: PLR2004
        return np.ascontiguousarray(image)
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_BGR2GRAY), dtype=np.uint8)


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
