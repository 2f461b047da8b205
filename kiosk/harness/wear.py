"""What a year in a pocket does to a thermal print."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from kiosk.harness.texture import Grey, blurred, clouds, distance_to_line

#: The share of scratches that take ink off.
_SCRAPED_OFF: Final = 0.6


@dataclass(frozen=True)
class Wear:
    """How much of each. `fade`: the share of its blackness the ink lost, from 0 to 1, in the mean.

    `creases`, `scratches`, `specks` are counts; `rubbed` is the share lost in one corner of the print, from 0 to 1;
    `grime` is what the white lost.
    """

    fade: float = 0.0
    creases: int = 0
    scratches: int = 0
    specks: int = 0
    rubbed: float = 0.0
    grime: float = 0.0


def worn(paper: Grey, dots_per_mm: float, wear: Wear, rng: np.random.Generator) -> Grey:
    """The paper, `dots_per_mm` pixels a millimetre, after all that. What it does is `rng`'s choice."""
    lost = _faded(paper, dots_per_mm, wear, rng)
    shade = np.ones_like(paper)
    for _ in range(wear.creases):
        _crease(lost, shade, dots_per_mm, rng)
    for _ in range(wear.scratches):
        _scratch(lost, shade, dots_per_mm, rng)
    white = np.float32(np.quantile(paper, 0.9))
    faded = paper + (white - paper) * np.clip(lost, 0, 1)
    soiled = faded * shade * (1 - wear.grime * (1 + 0.35 * clouds(faded.shape, (90, 90), rng)))
    return np.clip(_specked(soiled, dots_per_mm, wear.specks, rng), 0, 1).astype(np.float32)


def _faded(paper: Grey, scale: float, wear: Wear, rng: np.random.Generator) -> Grey:
    """The share of the ink that is gone, everywhere: in patches, and more towards one corner."""
    height, width = paper.shape
    patches = wear.fade * (1 + 0.16 * clouds((height, width), (14 * scale, 14 * scale), rng))
    fibres = 0.05 * clouds((height, width), (0.3 * scale, 0.3 * scale), rng)
    x, y = np.arange(width, dtype=np.float32)[None, :], np.arange(height, dtype=np.float32)[:, None]
    corner = rng.integers(0, 2, size=2)
    far = np.hypot(x - corner[0] * width, y - corner[1] * height) / (16 * scale)
    rubbed = wear.rubbed * np.exp(-(far**2)) * (1 + 0.5 * clouds((height, width), (scale, scale), rng))
    lost: Grey = (patches + fibres * (wear.fade > 0) + rubbed).astype(np.float32)
    return lost


def _crease(lost: Grey, shade: Grey, scale: float, rng: np.random.Generator) -> None:
    """A fold across: ink cracked off along a wavering line, one flank in the light and the other in shadow."""
    height, width = lost.shape
    point = (width * rng.uniform(0.3, 0.7), height * rng.uniform(0.15, 0.9))
    beside, _ = distance_to_line((height, width), point, rng.choice([0, 0, 90]) + rng.normal(0, 12))
    beside = beside / np.float32(scale) + 0.16 * clouds((height, width), (5 * scale, 5 * scale), rng)
    cracked = np.exp(-((beside / 0.13) ** 2)) * np.clip(
        0.5 + 0.4 * clouds((height, width), (scale, scale), rng), 0, 1
    )
    lost += cracked.astype(np.float32)
    shade *= (1 - 0.09 * np.sign(beside) * np.exp(-np.abs(beside) / 1.4)).astype(np.float32)


def _scratch(lost: Grey, shade: Grey, scale: float, rng: np.random.Generator) -> None:
    """A short thin line: ink scraped off, or, where a nail heated the paper, a dark one."""
    height, width = lost.shape
    point = (width * rng.uniform(0.1, 0.9), height * rng.uniform(0.1, 0.9))
    beside, along = distance_to_line((height, width), point, rng.uniform(0, 180))
    length = rng.uniform(4, 14) * scale
    line = np.exp(-((beside / (0.07 * scale)) ** 2)) * (np.abs(along) < length)
    if rng.random() < _SCRAPED_OFF:
        lost += (0.9 * line).astype(np.float32)
    else:
        shade *= (1 - 0.3 * line).astype(np.float32)


def _specked(paper: Grey, scale: float, specks: int, rng: np.random.Generator) -> Grey:
    """Dirt: dark dots of a few tenths of a millimetre, and some smudges. A snippet of paper stays clean."""
    height, width = paper.shape
    dirt = np.zeros_like(paper)
    reach = int(2 * scale)
    if min(paper.shape) <= 2 * reach:
        return paper
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    for _ in range(specks):
        row, column = int(rng.integers(reach, height - reach)), int(rng.integers(reach, width - reach))
        radius = scale * rng.choice([0.12, 0.2, 0.9], p=[0.6, 0.3, 0.1])
        strength = 0.12 if radius > 0.5 * scale else rng.uniform(0.3, 0.7)
        spot = strength * np.exp(-((np.hypot(x, y) / radius) ** 4))
        near = dirt[row - reach : row + reach + 1, column - reach : column + reach + 1]
        np.maximum(near, spot.astype(np.float32), out=near)
    return paper * (1 - blurred(dirt, 0.08 * scale))
