"""The places where a symbol's modules are looked at, and bending them until they fit a sheet that is not flat.

A mesh is 2 x N x N: each module's x and y, in pixels. It is judged without reading it: how clearly
each sample is dark or light, and how well those whose shade is known before agree.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.decode.pattern import Pattern
from drivers.decode.reading import Image

Mesh: TypeAlias = NDArray[np.float32]
#: H x W: how far each pixel is lighter than what is around it, in standard deviations of its surroundings.
Shades: TypeAlias = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Pull:
    """How some knots of a row or a column drag its modules, knots x modules: `drag` is 1 at the knot, `reach` 1 where
    `drag` is not 0, `weight` the sum of each knot's `drag`.
    """

    drag: NDArray[np.float32]
    reach: NDArray[np.float32]
    weight: NDArray[np.float32]


#: A module whose shade is known counts as this many.
_KNOWN: Final = np.float32(2)
#: A sample this many deviations from the mean is as clear as can be; ink is no clearer for a highlight beside it.
_CLEAR: Final = 1.5
#: Grey levels squared: deviation below which there is nothing but sensor noise.
_NOISE: Final = 4.0
#: Where a knot may be moved: not at all, or a step along one of the symbol's axes. 5 x 1 x 1.
_ACROSS: Final = np.array([0, 1, -1, 0, 0], dtype=np.float32).reshape(5, 1, 1)
_DOWN: Final = np.array([0, 0, 0, 1, -1], dtype=np.float32).reshape(5, 1, 1)


def shades(image: Image, module: float, window: float) -> Shades:
    """`image` with its lighting taken out, over a square of `window` modules of `module` pixels."""
    soft = image.astype(np.float32)
    if module > 2:  # noqa: PLR2004 - below it, blur would mix neighbours
        soft = cv2.GaussianBlur(soft, (0, 0), min(3.0, module * 0.3))  # type: ignore[assignment]
    block = max(3, int(module * window) | 1)
    mean = cv2.blur(soft, (block, block))
    deviation = np.sqrt(np.maximum(cv2.blur(soft * soft, (block, block)) - mean * mean, _NOISE))
    return np.asarray(np.clip((soft - mean) / deviation, -_CLEAR, _CLEAR), dtype=np.float32)


def sample(field: Shades, mesh: Mesh) -> Shades:
    """The shade at every point of `mesh`; 0 outside of the field."""
    return np.asarray(
        cv2.remap(field, mesh[0], mesh[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT), dtype=np.float32
    )


def fit(field: Shades, mesh: Mesh, pattern: Pattern) -> float:
    """How well `mesh` lies: 0 for chance, about 2 at most."""
    seen = sample(field, mesh)
    return float(np.abs(seen).mean() + (seen * pattern).sum() / np.abs(pattern).sum())


def bend(
    field: Shades, mesh: Mesh, pattern: Pattern, *, knots: int, steps: tuple[float, ...], hurry: Callable[[], bool]
) -> Mesh:
    """`mesh` moved to where it fits better.

    `knots` x `knots` points spread over the symbol are each moved by `steps` modules, dragging the modules as far as
    the next knot; twice around for each step, unless nothing moves or there is `hurry`.
    """
    pulls = _pulls(knots, mesh.shape[2])
    for step in steps:
        for _ in range(2):
            moved = False
            for rows in pulls:
                for columns in pulls:
                    if hurry():
                        return mesh
                    by = _moves(field, mesh, pattern, rows=rows, columns=columns, step=step)
                    if by is not None:
                        moved, mesh = True, mesh + by
            if not moved:
                break
    return mesh


@cache
def _pulls(knots: int, size: int) -> tuple[Pull, ...]:
    """Every other knot, then the others, for `size` modules.

    Knots of one of the two do not share a module, so that all of them can be moved at once.
    """
    places = np.linspace(0, knots - 1, size, dtype=np.float32)
    drag = np.maximum(0, 1 - np.abs(places - np.arange(knots, dtype=np.float32)[:, None]))
    return tuple(Pull(one, (one > 0).astype(np.float32), one.sum(axis=1)) for one in (drag[0::2], drag[1::2]))


def _moves(field: Shades, mesh: Mesh, pattern: Pattern, *, rows: Pull, columns: Pull, step: float) -> Mesh | None:
    """What to add to `mesh`: for each knot, at a row's and a column's pull, the best of its moves. None: nothing."""
    last = mesh.shape[2] - 1
    across = (mesh[:, :, -1] - mesh[:, :, 0]) @ rows.drag.T / (rows.weight * last)
    down = (mesh[:, -1] - mesh[:, 0]) @ columns.drag.T / (columns.weight * last)
    # 2 x 5 x rows x columns, so that all the x and all the y lie together.
    moves = np.float32(step) * (_ACROSS * across[:, None, :, None] + _DOWN * down[:, None, None, :])
    tried = mesh[:, None] + rows.drag.T @ moves @ columns.drag
    seen = sample(field, tried.reshape(2, -1, last + 1)).reshape(tried.shape[1:])
    worth = rows.reach @ (np.abs(seen) + seen * (_KNOWN * pattern)) @ columns.reach.T
    # Staying is first, so that a knot does not wander where nothing is to be seen.
    worth[0] += 0.01
    best = worth.argmax(axis=0)
    if not best.any():
        return None
    high, wide = np.indices(best.shape)
    return np.asarray(rows.drag.T @ moves[:, best, high, wide] @ columns.drag, dtype=np.float32)
