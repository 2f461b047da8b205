"""What is known of a QR code before it is read: the function patterns of ISO/IEC 18004."""

from __future__ import annotations

from functools import cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

#: N x N for N modules a side: 1 where a module is light, -1 where it is dark, 0 where the content decides.
Pattern: TypeAlias = NDArray[np.float32]

VERSIONS = range(1, 41)
#: The first version that a symbol names beside its finders.
FIRST_NAMED = 7
_VERSION_DIVISOR = 0x1F25


def side(version: int) -> int:
    """Modules along an edge."""
    return 17 + 4 * version


@cache
def known(version: int) -> Pattern:
    """The finder, alignment and timing patterns and the separators of a version. Read only."""
    size = side(version)
    pattern = np.zeros((size, size), dtype=np.float32)
    pattern[6, :] = pattern[:, 6] = np.where(np.arange(size) % 2, 1, -1)
    for row in (centres := _alignment_centres(version)):
        for column in centres:
            if (row, column) not in {(6, 6), (6, size - 7), (size - 7, 6)}:
                pattern[row - 2 : row + 3, column - 2 : column + 3] = _rings(2, -1, 1, -1)
    finder = _rings(4, -1, -1, 1, -1, 1)
    pattern[:8, :8] = finder[1:, 1:]
    pattern[:8, -8:] = finder[1:, :-1]
    pattern[-8:, :8] = finder[:-1, 1:]
    pattern[size - 8, 8] = -1
    pattern.setflags(write=False)
    return pattern


@cache
def version_bits(version: int) -> NDArray[np.bool_]:
    """The version information of versions 7 to 40 (7.10 of the standard): 18 bits, lowest first, True is dark."""
    word = version << 12
    for bit in range(17, 11, -1):
        if word >> bit & 1:
            word ^= _VERSION_DIVISOR << (bit - 12)
    return np.array([(version << 12 | word) >> bit & 1 for bit in range(18)], dtype=np.bool_)


def _rings(reach: int, *shades: int) -> Pattern:
    """A square of 2 x `reach` + 1 modules, `shades` from its middle outwards."""
    offsets = np.abs(np.arange(-reach, reach + 1))
    return np.asarray(shades, dtype=np.float32)[np.maximum(offsets[:, None], offsets[None, :])]


def _alignment_centres(version: int) -> list[int]:
    """Table E.1 of the standard, which is a first of 6 and even steps back from the last."""
    if version == 1:
        return []
    count = version // 7 + 2
    step = (version * 8 + count * 3 + 5) // (count * 4 - 4) * 2
    return [6, *(side(version) - 7 - step * back for back in reversed(range(count - 1)))]
