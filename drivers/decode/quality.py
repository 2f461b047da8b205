"""How good a symbol is that was read, measured in the manner of ISO/IEC 15415 on the picture it was read in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.decode import engine
from drivers.decode.codewords import Block, Modules, blocks, codewords, errors, format_of, order
from drivers.decode.pattern import side
from drivers.decode.reading import Image, Reading
from drivers.wire.messages import Quality

#: Light modules around a symbol (ISO/IEC 18004, 6.3.8).
QUIET: Final = 4
#: Pixels a module is drawn with before it is measured, and the middle of it that is: an aperture of half a module.
_FINE, _APERTURE = 8, 4
#: Coordinates of four corners.
_CORNERS: Final = 8
#: The steps of modulation, and the unused error correction each grade asks for (ISO/IEC 15415, 7.8).
_MODULATIONS: Final = (0.5, 0.4, 0.3, 0.2)
_UNUSED: Final = (0.62, 0.5, 0.37, 0.25)


def of(image: Image, reading: Reading) -> Quality | None:
    """The quality of what was read in a picture; None where the engine says too little, or it is not flat."""
    if reading.version is None or len(reading.corners) != _CORNERS:
        return None
    return measure(engine.grey(image), reading.corners, reading.version)


def measure(image: Image, corners: Sequence[float], version: int) -> Quality | None:
    """The quality of a flat symbol at `corners` (x1, y1 to x4, y4, clockwise from its top left, in pixels).

    Contrast is relative to the paper's own white: a camera knows no reflectances. None where the modules sampled
    between the corners are no symbol, as on a badge that is curled.
    """
    shades = _sampled(image, corners, side(version))
    inner = shades[QUIET:-QUIET, QUIET:-QUIET]
    light, dark = float(shades.max()), float(shades.min())
    if light <= dark:
        return None
    threshold = (light + dark) / 2
    modules: Modules = inner < threshold
    named = format_of(modules)
    if named is None:
        return None
    level, mask = named
    dealt = blocks(version, level)
    wrong = _wrong(codewords(modules, mask), dealt)
    if wrong is None:
        return None
    modulation = 2 * np.abs(inner - threshold) / (light - dark)
    return Quality(
        contrast=round((light - dark) / light, 3),
        modulation=_modulation(modulation, version, dealt, wrong),
        quiet_zone=round(_quiet(shades, threshold), 3),
        unused_correction=round(_unused(dealt, wrong), 3),
    )


def _sampled(image: Image, corners: Sequence[float], size: int) -> NDArray[np.float64]:
    """The mean grey of each module and of the quiet zone around them, 0 to 255."""
    low, high = QUIET * _FINE, (QUIET + size) * _FINE
    # Pixels are squares here and points to OpenCV, half a pixel apart.
    flat = np.array([(low, low), (high, low), (high, high), (low, high)], dtype=np.float32) - np.float32(0.5)
    seen = np.array(corners, dtype=np.float32).reshape(4, 2) - np.float32(0.5)
    across = (size + 2 * QUIET) * _FINE
    view = cv2.getPerspectiveTransform(seen, flat)
    drawn = cv2.warpPerspective(
        image, view, (across, across), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    cells = drawn.reshape(size + 2 * QUIET, _FINE, size + 2 * QUIET, _FINE).astype(np.float64)
    edge = (_FINE - _APERTURE) // 2
    shades: NDArray[np.float64] = cells[:, edge:-edge, :, edge:-edge].mean(axis=(1, 3))
    return shades


def _wrong(read: NDArray[np.uint8], dealt: tuple[Block, ...]) -> list[int] | None:
    found: list[int] = []
    for block in dealt:
        count = errors(read[list(block.at)], block.correction)
        if count is None:
            return None
        found.append(count)
    return found


def _unused(dealt: tuple[Block, ...], wrong: Sequence[int]) -> float:
    """Of the block that has least left: the share of its error correction it did not need."""
    shares = [1 - 2 * count / block.correction for block, count in zip(dealt, wrong, strict=True)]
    return max(0.0, min(shares))


def _modulation(modulation: NDArray[np.float64], version: int, dealt: tuple[Block, ...], wrong: list[int]) -> float:
    """The highest step of modulation that error correction makes up for: what is below counts as damaged."""
    least = modulation.ravel()[order(version)].min(axis=1)
    best = 0.0
    for step in _MODULATIONS:
        weak = [max(count, int((least[list(b.at)] < step).sum())) for b, count in zip(dealt, wrong, strict=True)]
        unused = _unused(dealt, weak)
        grade = next((value for value, share in zip(_MODULATIONS, _UNUSED, strict=True) if unused >= share), 0.0)
        best = max(best, min(step, grade))
    return best


def _quiet(shades: NDArray[np.float64], threshold: float) -> float:
    """The share of the quiet zone that is light."""
    around = np.ones(shades.shape, dtype=np.bool_)
    around[QUIET:-QUIET, QUIET:-QUIET] = False
    return float((shades[around] > threshold).mean())
