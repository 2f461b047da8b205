"""How to hold a badge, told from drawn frames."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from drivers.scanners import sight
from drivers.wire.messages import Hint
from tests.drivers.symbols import BADGE, picture


def scene(edge: int, *, light: float = 1.0, glare: int = 0) -> NDArray[np.uint8]:
    """A frame with a badge `edge` pixels long in its middle, on a grey desk, and a reflection on it."""
    frame = np.full((480, 640), 100, dtype=np.uint8)
    code = cv2.resize(picture(BADGE), (edge, edge), interpolation=cv2.INTER_AREA)
    top, left = (480 - edge) // 2, (640 - edge) // 2
    frame[top : top + edge, left : left + edge] = code * 0.85
    if glare:
        cv2.circle(frame, (320, 240), glare, 255, -1)
    return np.clip(frame * light, 0, 255).astype(np.uint8)


@pytest.mark.parametrize(
    ("frame", "moving", "hint"),
    [
        (scene(250), False, None),
        (scene(250), True, "still"),
        (scene(90), False, "closer"),
        (scene(478), False, "further"),
        (scene(250, light=0.2), False, "dark"),
        (scene(250, light=0.2), True, "dark"),
        (scene(250, glare=90), False, "glare"),
        (scene(250, glare=90), True, "glare"),
        (scene(250)[:, :300] * 0 + 200, False, None),
    ],
    ids=["well", "moving", "far", "near", "dim", "dim and moving", "glaring", "glaring and moving", "nothing"],
)
def test_a_drawn_frame_has_its_hint(frame: NDArray[np.uint8], hint: Hint | None, *, moving: bool) -> None:
    assert sight.hint(sight.shrink(frame), moving=moving) == hint


def test_colour_is_seen_as_grey_is() -> None:
    grey = scene(90)
    assert sight.hint(sight.shrink(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR)), moving=False) == "closer"


@pytest.mark.parametrize(
    ("shape", "small"),
    [
        ((720, 1280), (90, 160)),
        ((1280, 720), (120, 68)),
        ((480, 640, 3), (120, 160)),
        ((10, 20), (10, 20)),
        ((1, 5000), (1, 160)),
    ],
)
def test_a_small_picture_fits_and_keeps_its_shape(shape: tuple[int, ...], small: tuple[int, int]) -> None:
    assert sight.shrink(np.zeros(shape, dtype=np.uint8)).shape == small


@given(arrays(np.uint8, st.tuples(st.integers(1, 24), st.integers(1, 24))), st.booleans())
def test_any_picture_has_a_hint_or_none(image: NDArray[np.uint8], moving: bool) -> None:  # noqa: FBT001
    """Whatever is held before the camera."""
    assert sight.hint(sight.shrink(image), moving=moving) in (None, "closer", "further", "still", "dark", "glare")
