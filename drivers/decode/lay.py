"""Laying a flat or evenly curved mesh over a located symbol, for each version it may be of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.decode.locate import Points, Trio
from drivers.decode.mesh import Mesh, fit, sample
from drivers.decode.part import CORNERS, View
from drivers.decode.pattern import FIRST_NAMED, VERSIONS, known, side, version_bits

#: Of the best mesh's fit, what another must have to be tried too.
_RIVAL: Final = 0.8
#: A mesh that fits less lies on no symbol.
_LEAST: Final = 0.9
#: Versions for which more than a flat sheet is tried.
_LIKELY: Final = 2
#: Bits of the version a symbol names that may be damaged, and versions it may be off what the distances allow.
_NAMED_DAMAGE: Final = 2
_NAMED_OFF: Final = 2


@dataclass(frozen=True, eq=False)
class Laid:
    """A mesh laid over a symbol supposed to be of `version`."""

    version: int
    mesh: Mesh
    fit: float


def lay(view: View) -> list[Laid]:
    """Meshes for the versions the distances allow, best first, without those that fit much worse."""
    flat = [_lay(view, version, _in_perspective(view, version)) for version in _likely(view)]
    flat.sort(key=lambda one: -one.fit)
    bent = [_lay(view, one.version, _on_a_curve(view, one.version)) for one in flat[:_LIKELY]]
    plain = [_lay(view, one.version, _as_parallelogram(view, one.version)) for one in flat[:_LIKELY]]
    laid = sorted((*flat, *bent, *plain), key=lambda one: -one.fit)
    return [one for one in laid if one.fit >= max(_LEAST, _RIVAL * laid[0].fit)]


def _lay(view: View, version: int, points: Points) -> Laid:
    size = side(version)
    mesh = np.ascontiguousarray(points.T.reshape(2, size, size), dtype=np.float32)
    return Laid(version, mesh, fit(view.wide, mesh, known(version)) if np.isfinite(mesh).all() else 0.0)


def _likely(view: View) -> Sequence[int]:
    """The version that the symbol itself names beside its finders, else those that the distances allow."""
    allowed = _versions(view.trio)
    named = range(max(FIRST_NAMED, allowed.start - _NAMED_OFF), min(VERSIONS[-1], allowed.stop - 1 + _NAMED_OFF) + 1)
    right, below = (_beside(view, which) for which in (1, 2))
    damage = [(min(int((version_bits(one) != seen).sum()) for seen in (right, below)), one) for one in named]
    return [min(damage)[1]] if damage and min(damage)[0] <= _NAMED_DAMAGE else allowed


def _beside(view: View, which: int) -> NDArray[np.bool_]:
    """The 18 modules left of the top right finder, or above the bottom left one: True is dark."""
    offsets, pixels = view.pins[which]
    if len(offsets) < CORNERS:
        return np.zeros(18, dtype=np.bool_)
    frame, *_ = np.linalg.lstsq(np.column_stack([offsets, np.ones(len(offsets))]), pixels, rcond=None)
    along, across = np.arange(18) // 3 - 3.0, np.arange(18) % 3 - 7.0
    places = np.column_stack([across, along] if which == 1 else [along, across])
    points = (np.column_stack([places, np.ones(18)]) @ frame).astype(np.float32)
    return np.asarray(sample(view.narrow, np.ascontiguousarray(points.T[:, None]))[0] < 0, dtype=np.bool_)


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


def _in_perspective(view: View, version: int) -> Points:
    """The middles of the modules, row by row, N² x 2: through the corners of the finders, as on a flat sheet."""
    source, target = _pinned(view, version)
    if len(source) <= len(view.pins):
        return _as_parallelogram(view, version)
    laid: Points = np.asarray(
        cv2.perspectiveTransform(_middles(version)[None], _homography(source, target)), dtype=np.float64
    )[0]
    return laid


def _homography(source: Points, target: Points) -> Points:
    """The 3 x 3 projection that takes n points to n others, nearly: the direct linear transform.

    A quarter of the time that OpenCV takes, which refines what is bent afterwards anyway.
    """
    before, after = _evening(source), _evening(target)
    x, y = (source @ before[:2, :2] + before[:2, 2]).T
    u, v = (target @ after[:2, :2] + after[:2, 2]).T
    one, none = np.ones_like(x), np.zeros_like(x)
    rows = np.stack(
        [
            np.stack([x, y, one, none, none, none, -u * x, -u * y, -u], axis=1),
            np.stack([none, none, none, x, y, one, -v * x, -v * y, -v], axis=1),
        ]
    ).reshape(-1, 9)
    flat = np.linalg.eigh(rows.T @ rows)[1][:, 0].reshape(3, 3)
    return np.asarray(np.linalg.inv(after) @ flat @ before)


def _evening(points: Points) -> Points:
    """Shifts and scales points to lie around 0 at a distance of about 1: 3 x 3."""
    middle, scale = points.mean(axis=0), 1 / max(1e-9, float(points.std()))
    return np.array([[scale, 0, -scale * middle[0]], [0, scale, -scale * middle[1]], [0, 0, 1]])


def _on_a_curve(view: View, version: int) -> Points:
    """The same on a sheet bent along any line: a polynomial of the second degree."""
    source, target = _pinned(view, version)
    if len(source) < CORNERS * len(view.pins):
        return _as_parallelogram(view, version)
    size = side(version)
    bent, *_ = np.linalg.lstsq(_powers(source / size), target, rcond=None)
    return np.asarray(_powers(_middles(version) / size) @ bent, dtype=np.float64)


def _as_parallelogram(view: View, version: int) -> Points:
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


def _pinned(view: View, version: int) -> tuple[Points, Points]:
    """What is known of the symbol: places in modules and where they are in the view."""
    places = [place + offsets for place, (offsets, _) in zip(_places(version), view.pins, strict=True)]
    return np.concatenate(places), np.concatenate([points for _, points in view.pins])


def _powers(points: Points) -> Points:
    x, y = points.T
    return np.column_stack([np.ones_like(x), x, y, x * x, x * y, y * y])
