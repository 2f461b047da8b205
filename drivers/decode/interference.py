"""Telling modules apart that blur has run together.

Out of focus, smeared by a hand, or drawn by hardly two pixels, each module is seen mixed with its neighbours. How,
need not be guessed: the function patterns are known before anything is read, so the mixing is measured on the symbol
itself. Then what the neighbours add is taken away from each module. The better the neighbours are known the better
that goes, so it takes a few rounds. (In radio: soft cancellation of intersymbol interference, with a channel
estimated from a known preamble. A picture of modules is no different.)

Nothing is decided here. What comes out is how light each module is likely to be; error correction says whether that
is a code.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.decode.mesh import Shades
from drivers.decode.pattern import Pattern

#: Modules on each side that are mixed into one: first by a plain filter, then by what is measured.
_NEAR, _FAR = 1, 3
#: How much evidence it takes to move a weight from where it began.
_STEADY: Final = 4.0
_ROUNDS: Final = 6
#: Rounds after which the mixing is measured anew.
_MEASURED: Final = 2
#: Of a round's outcome, what is kept of the one before: without it, two neighbours can swing for ever.
_KEPT: Final = 0.4
#: How sure the first estimate is taken to be, and the noise below which nothing is surer.
_SURE, _NOISE = 2.0, 0.15


def sharpened(seen: Shades, pattern: Pattern) -> Shades:
    """`seen` (N x N) through the filter of 3 x 3 modules that brings out best those whose shade is known."""
    known = pattern != 0
    around = _around(seen, _NEAR)
    start = np.zeros(around.shape[1], dtype=np.float32)
    start[(around.shape[1] - 1) // 2] = 1
    weights = _solved(around[known.ravel()], pattern[known], start)
    return np.asarray(around @ weights, dtype=np.float32).reshape(seen.shape)


def untangled(seen: Shades, pattern: Pattern, first: Shades) -> Shades:
    """How light each of N x N modules is likely to be, -1 to 1, from what is `seen` and a `first` estimate of it."""
    known = pattern != 0
    likely = np.where(known, pattern, np.tanh(_SURE * first)).astype(np.float32)
    for turn in range(_ROUNDS):
        around = _around(likely, _FAR)
        if turn % _MEASURED == 0:
            sure = np.abs(likely)
            mixing = _solved(around, seen.ravel(), weight=sure.ravel())
            kernel = mixing[:-1].reshape(2 * _FAR + 1, -1)
            energy = max(1e-6, float((kernel * kernel).sum()))
        rest = (seen.ravel() - around @ mixing).reshape(seen.shape)
        noise = float(np.sqrt((rest * rest * sure).mean() / energy))
        # What is left over, gathered at the module it came from, and the module's own share put back.
        own = cv2.filter2D(rest, -1, np.ascontiguousarray(kernel[::-1, ::-1]), borderType=cv2.BORDER_CONSTANT)
        now = np.tanh((own / energy + likely) / max(_NOISE, noise))
        likely = np.where(known, pattern, _KEPT * likely + (1 - _KEPT) * now).astype(np.float32)
    return likely


def _around(modules: Shades, reach: int) -> NDArray[np.float32]:
    """N² x (2 x `reach` + 1)² + 1: each module's surroundings, row by row, and a 1. Outside is the quiet zone."""
    wide = np.pad(modules, reach, constant_values=1)
    edge = 2 * reach + 1
    windows = np.lib.stride_tricks.sliding_window_view(wide, (edge, edge)).reshape(modules.size, -1)
    return np.column_stack([windows, np.ones(modules.size, dtype=np.float32)])


def _solved(
    rows: NDArray[np.float32],
    wanted: NDArray[np.float32],
    start: NDArray[np.float32] | None = None,
    weight: NDArray[np.float32] | None = None,
) -> NDArray[np.float32]:
    """The weights that make `wanted` of `rows` with the least square error, and not far from `start`, or zero."""
    begun = np.zeros(rows.shape[1], dtype=np.float32) if start is None else start
    counted = rows.T if weight is None else rows.T * weight
    square = counted @ rows + _STEADY * np.eye(rows.shape[1], dtype=np.float32)
    return np.asarray(np.linalg.solve(square, counted @ wanted + _STEADY * begun), dtype=np.float32)
