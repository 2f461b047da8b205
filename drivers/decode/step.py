"""What a rescue step is: a name, what it may cost, and a way to look again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np

from drivers.decode import zxing
from drivers.decode.change import Change, local_threshold, resize
from drivers.decode.fusion import Ballot
from drivers.decode.locate import Trio
from drivers.decode.reading import Image, Reading
from drivers.decode.sight import Box

# A decoder is asked about many small pictures from one thread; OpenCV's pool only costs.
cv2.setNumThreads(1)


@dataclass(frozen=True)
class Task:
    """What a step is given. `whole` is the picture, and `box` the part of it that is looked at, None for all.

    `trios` are the symbols located and not read, `found` those read, in pixels of the whole. `hurry` says whether
    the time is over. `ballot` gathers what earlier frames showed of the same symbol.
    """

    whole: Image
    box: Box | None = None
    trios: Sequence[Trio] = ()
    found: Sequence[Reading] = ()
    hurry: Callable[[], bool] = lambda: False
    ballot: Ballot | None = None

    @cached_property
    def image(self) -> Image:
        """The part that is looked at."""
        if self.box is None:
            return self.whole
        left, top, right, bottom = self.box
        return np.ascontiguousarray(self.whole[top:bottom, left:right])

    @property
    def corner(self) -> tuple[int, int]:
        """Where the part begins: x, y."""
        return (0, 0) if self.box is None else self.box[:2]


@dataclass(frozen=True)
class Step:
    """One help. `name` goes on the wire. `cost`: milliseconds per megapixel that nine of ten pictures keep; `base`:
    milliseconds that the smallest picture takes.
    """

    name: str
    cost: float
    look: Callable[[Task], Iterable[Reading]]
    base: float = 0.1

    def read(self, task: Task) -> list[Reading]:
        """The codes this step reads, corners in pixels of the whole picture."""
        return [replace(reading, step=reading.step or self.name) for reading in self.look(task)]

    def expected(self, pixels: int) -> float:
        """Milliseconds that this takes for a picture of so many pixels."""
        return self.base + self.cost * pixels / 1e6


def changed(
    *changes: Change, by: Callable[[Image], list[Reading]] = zxing.read, scale: tuple[float, float] = (1, 1)
) -> Callable[[Task], Iterable[Reading]]:
    """Look at the picture after `changes`, which make it `scale` (x, y) times as large."""

    def look(task: Task) -> Iterable[Reading]:
        image = task.image
        for change in changes:
            image = change(image)
        return (reading.scaled(*scale).moved(*task.corner) for reading in by(image))

    return look


def locally(
    share: float,
    contrast: int,
    *,
    by: Callable[[Image], list[Reading]] = zxing.read,
    scale: float = 1,
    after: Sequence[Change] = (),
) -> Callable[[Task], Iterable[Reading]]:
    """Look at what is `contrast` levels darker than the mean around it, over `share` of the picture's height.

    First the picture is made `scale` times as large, and goes through the changes of `after`.
    """

    def look(task: Task) -> Iterable[Reading]:
        block = share * task.whole.shape[0] * scale
        return changed(resize(scale), *after, local_threshold(block, contrast), by=by, scale=(scale, scale))(task)

    return look
