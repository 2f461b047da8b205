"""Where in a picture something looks like a symbol that was not read.

Help costs tens of milliseconds, and most pictures a camera takes hold no code at all. It is spent where zxing-cpp
located a symbol it could not read, or where there are finder patterns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import cv2
import numpy as np

from drivers.decode import locate
from drivers.decode.locate import Finder, Points, Trio
from drivers.decode.reading import Image, Reading

#: Left, top, right, bottom in pixels.
Box: TypeAlias = tuple[int, int, int, int]

#: Modules from the middle of a finder to the edge of its symbol's surroundings.
_AROUND: Final = 12
#: Modules that a finder's symbol may reach from it when the others are not seen, and when one other is.
_ALONE: Final = 45
_FARTHEST: Final = 70
#: Modules that two finders of one symbol are apart at least.
_NEAREST: Final = 9
#: Finders fewer than this are looked for once more, in less contrast.
_FEW: Final = 2
#: Of a symbol that zxing-cpp located, how far its surroundings reach from its middle.
_LOOSE: Final = 1.5


@dataclass(frozen=True, eq=False)
class Suspect:
    """A place that looks like a symbol. `trio`: its finders, where all three are seen."""

    box: Box
    trio: Trio | None = None

    @property
    def middle(self) -> tuple[float, float]:
        """x, y in pixels."""
        return (self.box[0] + self.box[2]) / 2, (self.box[1] + self.box[3]) / 2

    @property
    def edge(self) -> int:
        """The longer edge of the box, in pixels."""
        return max(self.box[2] - self.box[0], self.box[3] - self.box[1])


def finders(image: Image, *, faint: bool = True, within: Box | None = None) -> list[Finder]:
    """What looks like a finder pattern, anywhere or `within` a box.

    `faint`: looked for in faint and grainy light too, if there is none else.
    """
    left, top, right, bottom = within or (0, 0, image.shape[1], image.shape[0])
    part, edge = image[top:bottom, left:right], min(image.shape)
    found = locate.finders(part, contrast=10, share=0.04, edge=edge)
    if faint and len(found) < _FEW:
        smooth = np.asarray(cv2.blur(part, (3, 3)), dtype=np.uint8)
        found += locate.finders(smooth, contrast=3, share=0.04, edge=edge)
    return [finder.moved(left, top, 1) for finder in found] if left or top else found


def suspects(
    image: Image,
    quads: Sequence[Points],
    found: Sequence[Reading],
    *,
    faint: bool = True,
    within: Box | None = None,
) -> list[Suspect]:
    """Where in `image` a symbol may be that is not among those `found`; `quads` are what zxing-cpp gave up on.

    Those with three finders come first, the largest before the others.
    """
    located = finders(image, faint=faint, within=within)
    seen = [finder for finder in located if not any(one.holds(finder.centre) for one in found)]
    whole = locate.trios(seen)
    grouped = {id(finder) for trio in whole for finder in trio.finders}
    loose = [finder for finder in seen if id(finder) not in grouped]
    places = [
        *(Suspect(_clipped(_round_trio(trio), image), trio) for trio in whole),
        *(Suspect(_clipped(_round_quad(quad), image)) for quad in quads),
        *(Suspect(_clipped(_round_finder(finder, loose), image)) for finder in loose),
    ]
    return sorted(places, key=lambda one: (one.trio is None, -one.edge))


def union(places: Sequence[Suspect]) -> Box:
    """The box around all of them."""
    left, top, right, bottom = np.array([place.box for place in places]).T
    return int(left.min()), int(top.min()), int(right.max()), int(bottom.max())


def _round_trio(trio: Trio) -> Points:
    outline = np.array([*(finder.centre for finder in trio.finders), trio.top_right.centre + trio.down])
    margin = _AROUND * max(finder.module for finder in trio.finders)
    return np.array([outline.min(axis=0) - margin, outline.max(axis=0) + margin])


def _round_quad(quad: Points) -> Points:
    middle = quad.mean(axis=0)
    wide: Points = middle + (quad - middle) * _LOOSE
    return np.array([wide.min(axis=0), wide.max(axis=0)])


def _round_finder(finder: Finder, others: Sequence[Finder]) -> Points:
    apart = [float(np.hypot(*(other.centre - finder.centre))) for other in others]
    beside = [distance for distance in apart if distance > _NEAREST * finder.module]
    reach = 1.3 * min(beside) + 8 * finder.module if beside else _ALONE * finder.module
    reach = min(reach, _FARTHEST * finder.module)
    return np.array([finder.centre - reach, finder.centre + reach])


def _clipped(corners: Points, image: Image) -> Box:
    high, wide = image.shape
    (left, top), (right, bottom) = corners.tolist()
    return (
        min(wide - 1, max(0, int(left))),
        min(high - 1, max(0, int(top))),
        max(1, min(wide, int(right) + 1)),
        max(1, min(high, int(bottom) + 1)),
    )
