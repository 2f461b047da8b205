"""What is tried, in which order, when the first look reads nothing: by pictures gained per millisecond.

Each step changes the picture and looks again, or lays a mesh over a symbol that was located. What a step costs was
measured on one core of an x86-64 machine; the table is in docs/decoding.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Final

from drivers.decode import locate, rectify, zbar, zxing
from drivers.decode.change import Change, equalise, gamma, resize, sharpen, threshold
from drivers.decode.reading import Reading
from drivers.decode.step import Step, Task, changed, locally

_globally = partial(zxing.read, global_threshold=True)


def mesh(task: Task) -> Iterable[Reading]:
    """Read what lies between finder patterns located before, by a mesh."""
    return rectify.read(task.whole, task.trios, hurry=task.hurry, ballot=task.ballot)


def mesh_after(
    *changes: Change, contrast: int, share: float, scale: float = 1
) -> Callable[[Task], Iterable[Reading]]:
    """Locate finder patterns after `changes`, which make the picture `scale` times as large, and read by a mesh."""

    def look(task: Task) -> Iterable[Reading]:
        image = task.image
        for change in changes:
            image = change(image)
        found = locate.finders(image, contrast=contrast, share=share, edge=min(task.whole.shape) * scale)
        x, y = task.corner
        trios = locate.trios(found)
        unread = [
            trio for trio in trios if not any(one.moved(-x, -y).holds(trio.middle / scale) for one in task.found)
        ]
        readings = rectify.read(image, unread, hurry=task.hurry)
        return (reading.scaled(scale, scale).moved(x, y) for reading in readings)

    return look


#: The step that goes on in the next frame where it stopped in the last.
MESH: Final = Step("mesh", 6, mesh, base=4)

LADDER: Final = (
    Step("gamma 3", 5, changed(gamma(3))),
    Step("gamma 0.5, global threshold", 4, changed(gamma(0.5), by=_globally)),
    Step("threshold 24", 2, changed(threshold(24), by=_globally)),
    Step("global threshold", 3, changed(by=_globally)),
    Step("gamma 5, global threshold", 3, changed(gamma(5), by=_globally)),
    MESH,
    Step("local threshold 8 %", 5, locally(0.08, 5)),
    Step("half size, zbar", 10, changed(resize(0.5), by=zbar.read, scale=(0.5, 0.5))),
    Step("sharpen", 8, changed(sharpen(2, 2))),
    Step("local threshold 4 %", 6, locally(0.04, 2)),
    Step("gamma 0.5, double", 12, changed(gamma(0.5), resize(2), scale=(2, 2))),
    Step("mesh, gamma 0.35, sharpen", 6, mesh_after(gamma(0.35), sharpen(2, 2), contrast=15, share=0.04), base=4),
    Step("sharpen, double", 18, changed(sharpen(2, 2), resize(2), scale=(2, 2))),
    Step("mesh, sharpen", 6, mesh_after(sharpen(2, 2), contrast=20, share=0.04), base=4),
    Step("local threshold 4 %, zbar", 22, locally(0.04, 2, by=zbar.read)),
    Step("double, sharpen, local threshold 8 %", 28, locally(0.08, 8, scale=2, after=(sharpen(3, 2),))),
    Step("squeeze", 5, changed(resize(1, 0.5), by=_globally, scale=(1, 0.5))),
    Step("enlarge", 8, changed(resize(1.5), scale=(1.5, 1.5))),
    Step("equalise", 8, changed(equalise(4))),
    Step(
        "mesh, gamma 0.35, double",
        20,
        mesh_after(gamma(0.35), resize(2), sharpen(3, 2), contrast=15, share=0.04, scale=2),
        base=4,
    ),
    Step("equalise, double", 18, changed(equalise(8), resize(2), scale=(2, 2))),
    Step(
        "mesh, double, sharpen",
        24,
        mesh_after(resize(2), sharpen(4, 4), contrast=20, share=0.04, scale=2),
        base=4,
    ),
    Step(
        "mesh, equalise, double",
        20,
        mesh_after(equalise(6), resize(2), contrast=15, share=0.04, scale=2),
        base=4,
    ),
    Step("threshold 112", 3, changed(threshold(112), by=_globally)),
    Step("double, local threshold 16 %", 16, locally(0.16, 5, scale=2)),
    Step(
        "mesh, treble, sharpen",
        50,
        mesh_after(resize(3), sharpen(5, 3), contrast=20, share=0.03, scale=3),
        base=4,
    ),
)

#: What is tried first where nothing looks like a symbol: what costs next to nothing, then what changes it most.
_LAST_HOPE: Final = ("gamma 0.5, global threshold", "gamma 5, global threshold", "mesh, sharpen", "sharpen, double")
#: The ladder for such a picture.
BLIND: Final = tuple(
    sorted((step for step in LADDER if step is not MESH), key=lambda step: step.name not in _LAST_HOPE)
)
