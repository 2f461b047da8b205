"""What a print head and a pocket do to the dots of a symbol, each by itself and by a stated amount.

`wear.py` ages a whole sheet as a camera sees it; here one thing happens at a time, so that limits can be stated.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from kiosk.harness.texture import Frame, Grey, blurred, clouds, distance_to_line

#: Pixels a dot is shown with.
SCALE: Final = 2
_MM_PER_INCH: Final = 25.4
_PAPER, _INK = 0.92, 0.06
#: Pixels a module has in a picture.
_PIXELS: Final = 8


@dataclass(frozen=True)
class PrintWear:
    """How much of each. What is not named does not happen.

    `bloom`: dots by which black grows at each edge, paper too hot; negative, too cold. `dropout`: the share of dots
    that stay white. `dead_columns`: elements of the head that are burnt out, each a white line down the symbol.
    `fade`: the share of its blackness all ink has lost. `scratches`: lines of `scratch_mm` across the symbol with no
    ink left. `creases`: folds from side to side, ink cracked off in `crease_mm`. `glare`: a lamp's reflection, its
    radius as a share of the symbol's side.
    """

    bloom: float = 0.0
    dropout: float = 0.0
    dead_columns: int = 0
    fade: float = 0.0
    scratches: int = 0
    scratch_mm: float = 0.1
    creases: int = 0
    crease_mm: float = 0.3
    glare: float = 0.0


#: Up to here a symbol of any packaged template reads with zxing-cpp, zbar and OpenCV: what `docs/media.md` promises,
#: and where it says that zbar now and then does not.
LIMITS: Final = {
    "bloom": PrintWear(bloom=0.5),
    "thin": PrintWear(bloom=-0.5),
    "dropout": PrintWear(dropout=0.02),
    "dead column": PrintWear(dead_columns=1),
    "fade": PrintWear(fade=0.8),
    "scratch": PrintWear(scratches=1, scratch_mm=0.1),
    "crease": PrintWear(creases=1, crease_mm=0.2),
    "glare": PrintWear(glare=0.08),
}


def worn(dots: NDArray[np.bool_], dpi: int, wear: PrintWear, rng: np.random.Generator) -> Frame:
    """The dots (True is black) after all that, SCALE pixels a dot. Where it strikes is `rng`'s choice."""
    printed = dots & (rng.random(dots.shape) >= wear.dropout)
    columns = np.flatnonzero(dots.any(axis=0))
    if wear.dead_columns and columns.size:
        printed = printed.copy()
        printed[:, rng.choice(np.arange(columns[0], columns[-1] + 1), wear.dead_columns, replace=False)] = False
    ink = np.kron(printed, np.ones((SCALE, SCALE))).astype(np.float32)
    ink = _grown(ink, round(wear.bloom * SCALE))
    per_mm = dpi * SCALE / _MM_PER_INCH
    for _ in range(wear.scratches):
        ink *= _line(ink.shape, wear.scratch_mm * per_mm / 2, rng.uniform(0, 180), rng)
    for _ in range(wear.creases):
        ink *= _line(ink.shape, wear.crease_mm * per_mm / 2, rng.normal(0, 8), rng)
    paper = _PAPER - (_PAPER - _INK) * (1 - wear.fade) * blurred(ink, SCALE / 3)
    if wear.glare:
        paper = _lit(paper, wear.glare, rng)
    return _frame(paper * 255)


def seen(paper: Frame, module: int) -> Frame:
    """The paper as a camera right in front of it sees it: 8 pixels a module, a lens that blurs by a seventh of one.

    `module`: dots a module has. Decoders are made for this, and not for single dots.
    """
    pixels = module * SCALE
    soft = blurred(paper.astype(np.float32), pixels / 7)
    size = (round(paper.shape[1] * _PIXELS / pixels), round(paper.shape[0] * _PIXELS / pixels))
    small = Image.fromarray(soft).resize(size, Image.Resampling.BOX)
    return _frame(np.asarray(small, dtype=np.float32))


def _frame(grey: Grey) -> Frame:
    return np.clip(grey, 0, 255).astype(np.uint8)


def _grown(ink: Grey, by: int) -> Grey:
    """Black grown by so many pixels at every edge, or shrunk."""
    for _ in range(abs(by)):
        padded = np.pad(ink, 1, mode="edge")
        height, width = ink.shape
        near = [padded[y : y + height, x : x + width] for y, x in ((1, 1), (0, 1), (2, 1), (1, 0), (1, 2))]
        ink = np.max(near, axis=0) if by > 0 else np.min(near, axis=0)
    return ink


def _line(shape: tuple[int, ...], half: float, angle: float, rng: np.random.Generator) -> Grey:
    """What is left of the ink beside a line across the symbol: nothing within `half` pixels of it."""
    height, width = shape
    middle = (width * rng.uniform(0.3, 0.7), height * rng.uniform(0.3, 0.7))
    beside, _ = distance_to_line((height, width), middle, angle)
    wavering = beside + 0.4 * half * clouds((height, width), (12 * half + 2, 12 * half + 2), rng)
    return (np.abs(wavering) > half).astype(np.float32)


def _lit(paper: Grey, radius: float, rng: np.random.Generator) -> Grey:
    """A round highlight that washes out what is under it, softer towards its edge."""
    height, width = paper.shape
    reach = radius * min(height, width)
    # Off the finder patterns, which no decoder does without.
    x, y = width * rng.uniform(0.45, 0.7), height * rng.uniform(0.45, 0.7)
    far = np.hypot(np.arange(width)[None, :] - x, np.arange(height)[:, None] - y)
    light = np.clip(2 * (1 - far / reach), 0, 1)
    lit: Grey = (paper + (1 - paper) * light).astype(np.float32)
    return lit
