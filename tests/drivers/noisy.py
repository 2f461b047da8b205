"""Frames such as a camera gives: no two alike."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray


def frames(picture: NDArray[np.uint8], *, spread: float = 3.0, seed: int = 0) -> Callable[[], bytes]:
    """A maker of JPEGs of `picture`, each with noise of its own."""
    rng = np.random.default_rng(seed)

    def make() -> bytes:
        noisy = picture + rng.normal(0, spread, picture.shape)
        return bytes(cv2.imencode(".jpg", np.clip(noisy, 0, 255).astype(np.uint8))[1])

    return make
