"""Reading a symbol that was located and not read: lay a mesh over it, bend it to fit, and read what it shows.

zxing-cpp samples a symbol as a flat square seen in perspective. A badge that is curled, creased or on a bottle is
none, and a finder of few pixels gives its corners badly; here the whole known pattern of the version decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Final

import cv2
import numpy as np

from drivers.decode import zxing
from drivers.decode.locate import Finder, Points, Trio
from drivers.decode.mesh import Mesh, Shades, bend, fit, sample, shades
from drivers.decode.pattern import VERSIONS, known, side
from drivers.decode.reading import Image, Reading

#: Modules around a symbol's corners that its picture is cut out with.
_MARGIN: Final = 10
#: Corners that a finder's ring has.
_CORNERS: Final = 4
#: Pixels a module needs; more only cost time.
_FINE: Final = 4.0
#: Of the best mesh's fit, what another must have to be tried too.
_RIVAL: Final = 0.8
#: A mesh that fits less lies on no symbol.
_LEAST: Final = 0.9
#: Versions for which more than a flat sheet is tried.
_LIKELY: Final = 2
#: Meshes bent at most.
_BENT: Final = 2
#: Knots along an edge, and by how many modules they are moved: first the corners, far, then finer.
_BENDS: Final = ((2, (2.0, 1.0, 0.5)), (3, (1.0, 0.5, 0.25)), (5, (0.5, 0.25)))


@dataclass(frozen=True, eq=False)
class Laid:
    """A mesh laid over a symbol supposed to be of `version`."""

    version: int
    mesh: Mesh
    fit: float


def read(image: Image, found: list[Trio], *, hurry: Callable[[], bool]) -> Iterator[Reading]:
    """The symbols of `found` that a mesh reads. Ends early when there is `hurry`."""
    for trio in found:
        if hurry():
            return
        reading = _symbol(image, trio, hurry)
        if reading:
            yield reading


def _symbol(image: Image, trio: Trio, hurry: Callable[[], bool]) -> Reading | None:
    view = _View(image, trio)
    for laid in _bent(view.wide, _laid(view), hurry):
        reading = _read(view, laid)
        if reading:
            return replace(reading, corners=tuple(view.outside(_corners(laid.mesh)).ravel().tolist()))
    return None


class _View:
    """The part of a picture that a symbol lies in, no finer than it needs to be."""

    def __init__(self, image: Image, trio: Trio) -> None:
        module = float(np.mean([_edge(finder) for finder in trio.finders]))
        outline = np.array([*(finder.centre for finder in trio.finders), trio.top_right.centre + trio.down])
        left, top = np.maximum(0, outline.min(axis=0) - _MARGIN * module).astype(int)
        right, bottom = (outline.max(axis=0) + _MARGIN * module).astype(int)
        part = image[top:bottom, left:right]
        self.trio = trio
        self._corner = np.array([left, top], dtype=np.float32)
        self._scale = min(1.0, _FINE / module)
        self._module = module * self._scale
        size = np.maximum(1, np.round(np.array(part.shape[::-1]) * self._scale)).astype(int).tolist()
        self._part = np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)

    def inside(self, points: Points) -> Points:
        """Pixels of the picture as pixels of this view."""
        # Pixels are counted by their middles.
        return (points - self._corner + 0.5) * self._scale - 0.5

    def outside(self, points: Points) -> Points:
        """Pixels of this view as pixels of the picture."""
        return (points + 0.5) / self._scale - 0.5 + self._corner

    @cached_property
    def pins(self) -> list[tuple[Points, Points]]:
        """For each finder offsets in modules from its middle, and the pixels of this view there."""
        pins = (_pins(self.trio, finder) for finder in self.trio.finders)
        return [(offsets, self.inside(points)) for offsets, points in pins]

    @cached_property
    def wide(self) -> Shades:
        """For clean symbols."""
        return shades(self._part, self._module, 8)

    @cached_property
    def narrow(self) -> Shades:
        """For the edge of a shadow or a highlight."""
        return shades(self._part, self._module, 5)


def _edge(finder: Finder) -> float:
    """Pixels of a module along the shorter of a finder's two axes."""
    return float(1 / np.linalg.norm(finder.inward, 2))


def _read(view: _View, laid: Laid) -> Reading | None:
    pattern = known(laid.version)
    for field in (view.wide, view.narrow):
        light = np.where(pattern == 0, sample(field, laid.mesh), pattern) > 0
        for reading in zxing.read_modules(light):
            return reading
    return None


def _corners(mesh: Mesh) -> Points:
    """Half a module out from the middles of the corner modules, clockwise from the top left: 4 x 2."""
    corners = (0, 0, 1, 1), (0, -1, 1, -2), (-1, -1, -2, -2), (-1, 0, -2, 1)
    return np.array(
        [1.5 * mesh[:, row, column] - 0.5 * mesh[:, inner, beside] for row, column, inner, beside in corners]
    )


def _bent(field: Shades, laid: list[Laid], hurry: Callable[[], bool]) -> Iterator[Laid]:
    for one in laid[:_BENT]:
        pattern = known(one.version)
        mesh = one.mesh
        for knots, steps in _BENDS:
            if hurry():
                return
            mesh = bend(field, mesh, pattern, knots=knots, steps=steps, hurry=hurry)
            yield replace(one, mesh=mesh)


def _laid(view: _View) -> list[Laid]:
    """Meshes for the versions the distances allow, best first, without those that fit much worse."""
    flat = [_lay(view, version, _in_perspective(view, version)) for version in _versions(view.trio)]
    flat.sort(key=lambda one: -one.fit)
    bent = [_lay(view, one.version, _on_a_curve(view, one.version)) for one in flat[:_LIKELY]]
    plain = [_lay(view, one.version, _as_parallelogram(view, one.version)) for one in flat[:_LIKELY]]
    laid = sorted((*flat, *bent, *plain), key=lambda one: -one.fit)
    return [one for one in laid if one.fit >= max(_LEAST, _RIVAL * laid[0].fit)]


def _lay(view: _View, version: int, points: Points) -> Laid:
    size = side(version)
    mesh = np.ascontiguousarray(points.T.reshape(2, size, size), dtype=np.float32)
    return Laid(version, mesh, fit(view.wide, mesh, known(version)) if np.isfinite(mesh).all() else 0.0)


def _versions(trio: Trio) -> range:
    """The versions whose finders stand as many modules apart as these; in perspective, by the geometric mean."""
    apart = [
        np.sqrt(np.linalg.norm(one.inward @ way) * np.linalg.norm(other.inward @ way))
        for one, other, way in (
            (trio.top_left, trio.top_right, trio.across),
            (trio.top_left, trio.bottom_left, trio.down),
        )
    ]
    likely = (float(np.mean(apart)) - 10) / 4
    slack = 0.6 + 0.04 * likely
    return range(max(VERSIONS[0], int(np.floor(likely - slack))), min(VERSIONS[-1], int(np.ceil(likely + slack))) + 1)


def _in_perspective(view: _View, version: int) -> Points:
    """The middles of the modules, row by row, N² x 2: through the corners of the finders, as on a flat sheet."""
    source, target = _pinned(view, version)
    flat = cv2.findHomography(source, target)[0] if len(source) > len(view.pins) else None
    if flat is None:
        return _as_parallelogram(view, version)
    laid: Points = np.asarray(cv2.perspectiveTransform(_middles(version)[None], flat), dtype=np.float64)[0]
    return laid


def _on_a_curve(view: _View, version: int) -> Points:
    """The same on a sheet bent along any line: a polynomial of the second degree."""
    source, target = _pinned(view, version)
    if len(source) < _CORNERS * len(view.pins):
        return _as_parallelogram(view, version)
    size = side(version)
    bent, *_ = np.linalg.lstsq(_powers(source / size), target, rcond=None)
    return np.asarray(_powers(_middles(version) / size) @ bent, dtype=np.float64)


def _as_parallelogram(view: _View, version: int) -> Points:
    """The same through the middles of the finders alone, whose corners blur moves."""
    centres = view.inside(np.array([finder.centre for finder in view.trio.finders]))
    plain = cv2.getAffineTransform(_places(version).astype(np.float32), centres.astype(np.float32))
    return np.asarray(_middles(version) @ plain[:, :2].T + plain[:, 2], dtype=np.float64)


@cache
def _middles(version: int) -> Points:
    rows, columns = np.indices((side(version),) * 2)
    return np.asarray(np.column_stack([columns.ravel(), rows.ravel()]) + 0.5, dtype=np.float64)


@cache
def _places(version: int) -> Points:
    """Where the middles of the three finders are, in modules."""
    far = side(version) - 3.5
    return np.array([(3.5, 3.5), (far, 3.5), (3.5, far)])


def _pinned(view: _View, version: int) -> tuple[Points, Points]:
    """What is known of the symbol: places in modules and where they are in the view."""
    places = [place + offsets for place, (offsets, _) in zip(_places(version), view.pins, strict=True)]
    return np.concatenate(places), np.concatenate([points for _, points in view.pins])


def _powers(points: Points) -> Points:
    x, y = points.T
    return np.column_stack([np.ones_like(x), x, y, x * x, x * y, y * y])


def _pins(trio: Trio, finder: Finder) -> tuple[Points, Points]:
    """Offsets in modules from a finder's middle, and the pixels there: of its corners, or middle if unclear."""
    axes = np.linalg.inv(np.column_stack([trio.across, trio.down]))
    signs = np.sign((finder.corners - finder.centre) @ axes.T)
    if len({tuple(sign) for sign in signs.tolist()}) == _CORNERS:
        return 2.5 * signs, finder.corners
    return np.zeros((1, 2)), finder.centre[None]
