"""Photographs of codes with what they hold, as they are and turned or made smaller."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

import cv2
import numpy as np

from drivers.decode import engine
from drivers.decode.reading import Image

#: The middles of the codes found, x and y in pixels.
Centres: TypeAlias = list[tuple[float, float]]


@dataclass(frozen=True)
class Picture:
    """One picture. `half`: 0 or 1. `symbols`: how many it holds, 0 if nobody said; `corners`: eight numbers each."""

    image: Image
    half: int
    symbols: int
    corners: list[list[float]]

    def found(self, centres: Centres) -> int:
        """How many of its symbols these are the middles of."""
        if not self.corners:
            return min(len(centres), self.symbols, 1)
        outlines = [np.array(corners, dtype=np.float32).reshape(4, 2) for corners in self.corners]
        return sum(any(cv2.pointPolygonTest(one, at, measureDist=False) >= 0 for at in centres) for one in outlines)

    def changed(self, degrees: float, scale: float) -> Picture:
        """Turned anticlockwise by `degrees` and made `scale` times as large, on a canvas that holds all of it."""
        high, wide = self.image.shape
        turn = cv2.getRotationMatrix2D((wide / 2, high / 2), degrees, scale)
        across, down = np.abs(turn[:, :2]) @ (wide, high)
        turn[:, 2] += (across / 2 - wide / 2, down / 2 - high / 2)
        # What becomes smaller is smoothed first, as a lens and a sensor would.
        source = cv2.GaussianBlur(self.image, (0, 0), 0.35 / scale) if scale < 1 else self.image
        size = round(float(across)), round(float(down))
        image = cv2.warpAffine(source, turn, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        outlines = [np.reshape(one, (-1, 2)) @ turn[:, :2].T + turn[:, 2] for one in self.corners]
        return replace(self, image=np.asarray(image, dtype=np.uint8), corners=[o.ravel().tolist() for o in outlines])


def pictures(folder: Path) -> Iterator[Picture]:
    """Those in `folder`, by name; `expected.json` beside or above it says what they hold."""
    labels = _labels(folder)
    for file in sorted(folder.iterdir()):
        try:
            image = engine.unpack(file.read_bytes())
        except engine.NotAPictureError:
            continue
        label = labels.get(file.name, {})
        half = hashlib.sha256(file.name.encode()).digest()[-1] & 1
        yield Picture(image, half, label.get("symbols", 0), label.get("corners") or [])


def _labels(folder: Path) -> dict[str, dict[str, Any]]:
    for place in (folder, folder.parent):
        if (place / "expected.json").is_file():
            rows = json.loads((place / "expected.json").read_text(encoding="utf-8"))
            return {Path(row["file"]).name: row for row in rows}
    return {}
