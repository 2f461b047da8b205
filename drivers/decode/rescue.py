"""What is tried, in which order, when the first look reads nothing: by pictures gained per millisecond.

Each step changes the picture and looks again, or locates a symbol and lays a mesh over it. What a step costs was
measured on one core of an x86-64 machine; the table is in docs/decoding.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Final

from drivers.decode import locate, rectify, zbar, zxing
from drivers.decode.change import (
    Change,
    equalise,
    gamma,
    local_threshold,
    resize,
    sharpen,
    threshold,
)
from drivers.decode.reading import Reading
from drivers.decode.step import Step, Task, changed

_globally = partial(zxing.read, global_threshold=True)


def mesh(*changes: Change, contrast: int, share: float, scale: float = 1) -> Callable[[Task], Iterable[Reading]]:
    """Locate finder patterns after `changes`, and read what lies between them by a mesh."""

    def look(task: Task) -> Iterable[Reading]:
        image = task.image
        for change in changes:
            image = change(image)
        found = locate.trios(locate.finders(image, contrast=contrast, share=share))
        unread = [trio for trio in found if not any(known.holds(trio.middle / scale) for known in task.found)]
        return (reading.scaled(scale, scale) for reading in rectify.read(image, unread, hurry=task.hurry))

    return look


LADDER: Final = (
    Step("global threshold", 3, changed(by=_globally)),
    Step("gamma 3", 5, changed(gamma(3))),
    Step("threshold 24", 2, changed(threshold(24), by=_globally)),
    Step("gamma 0.5, global threshold", 4, changed(gamma(0.5), by=_globally)),
    Step("mesh", 12, mesh(contrast=20, share=0.03)),
    Step("threshold 112", 3, changed(threshold(112), by=_globally)),
    Step("gamma 5, global threshold", 3, changed(gamma(5), by=_globally)),
    Step("squeeze", 5, changed(resize(1, 0.5), by=_globally, scale=(1, 0.5))),
    Step("half size, zbar", 15, changed(resize(0.5), by=zbar.read, scale=(0.5, 0.5))),
    Step("enlarge", 12, changed(resize(1.5), scale=(1.5, 1.5))),
    Step("equalise", 14, changed(equalise(4))),
    Step("gamma 0.5, double", 18, changed(gamma(0.5), resize(2), scale=(2, 2))),
    Step("sharpen, double", 25, changed(sharpen(2, 2), resize(2), scale=(2, 2))),
    Step("local threshold 4 %", 7, changed(local_threshold(0.04, 2))),
    Step("local threshold 8 %", 7, changed(local_threshold(0.08, 5))),
    Step("local threshold 4 %, zbar", 40, changed(local_threshold(0.04, 2), by=zbar.read)),
    Step("mesh, faint", 12, mesh(contrast=10, share=0.04)),
    Step("mesh, sharpen", 17, mesh(sharpen(2, 2), contrast=20, share=0.04)),
    Step("equalise, double", 27, changed(equalise(8), resize(2), scale=(2, 2))),
    Step(
        "mesh, gamma 0.35, double", 45, mesh(gamma(0.35), resize(2), sharpen(3, 2), contrast=15, share=0.04, scale=2)
    ),
    Step("double, local threshold 16 %", 25, changed(resize(2), local_threshold(0.16, 5), scale=(2, 2))),
    Step("mesh, double, sharpen", 50, mesh(resize(2), sharpen(4, 4), contrast=20, share=0.04, scale=2)),
    Step("mesh, treble, sharpen", 75, mesh(resize(3), sharpen(5, 3), contrast=20, share=0.03, scale=3)),
)
