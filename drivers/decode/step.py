"""What a rescue step is: a name, what it may cost, and a way to look again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import cv2

from drivers.decode import zxing
from drivers.decode.change import Change
from drivers.decode.reading import Image, Reading

# A decoder is asked about many small pictures from one thread; OpenCV's pool only costs.
cv2.setNumThreads(1)


@dataclass(frozen=True)
class Task:
    """What a step is given: the picture, what has been read in it, and whether the time is over."""

    image: Image
    found: Sequence[Reading] = ()
    hurry: Callable[[], bool] = lambda: False


@dataclass(frozen=True)
class Step:
    """One help. `name` goes on the wire; `cost` is in milliseconds per megapixel, which nine of ten pictures keep."""

    name: str
    cost: float
    look: Callable[[Task], Iterable[Reading]]

    def read(self, task: Task) -> list[Reading]:
        """The codes this step reads, corners in pixels of the task's picture."""
        return [replace(reading, step=self.name) for reading in self.look(task)]


def changed(
    *changes: Change, by: Callable[[Image], list[Reading]] = zxing.read, scale: tuple[float, float] = (1, 1)
) -> Callable[[Task], Iterable[Reading]]:
    """Look at the picture after `changes`, which make it `scale` (x, y) times as large."""

    def look(task: Task) -> Iterable[Reading]:
        image = task.image
        for change in changes:
            image = change(image)
        return (reading.scaled(*scale) for reading in by(image))

    return look
