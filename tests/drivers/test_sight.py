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
    ("frame", "quick", "hint"),
    [
        (scene(250), False, None),
        (scene(250), True, "still"),
        (scene(90), False, "closer"),
        (scene(478), False, "further"),
        (scene(478), True, "further"),
        (scene(250, glare=30), False, "glare"),
        (scene(250, light=0.2), False, "dark"),
        (scene(250, light=0.2), True, "dark"),
        (scene(250, glare=90), False, "glare"),
        (scene(250, glare=90), True, "glare"),
        (scene(250)[:, :300] * 0 + 200, False, None),
    ],
    ids=[
        "well",
        "quick",
        "far",
        "near",
        "near and quick",
        "a small reflection",
        "dim",
        "dim and quick",
        "glaring",
        "glaring and quick",
        "nothing",
    ],
)
def test_a_drawn_frame_has_its_hint(frame: NDArray[np.uint8], hint: Hint | None, *, quick: bool) -> None:
    assert sight.hint(sight.shrink(frame), quick=quick) == hint


def test_white_paper_is_no_reflection() -> None:
    """However bright it is, as in a camera that exposes for a dark room."""
    frame = np.full((480, 640), 60, dtype=np.uint8)
    code = cv2.resize(picture(BADGE), (250, 250), interpolation=cv2.INTER_AREA)
    frame[115:365, 195:445] = code
    assert sight.hint(sight.shrink(frame), quick=False) is None


@pytest.mark.parametrize(("pixels", "seconds", "quick"), [(3, 0.1, True), (3, 0.5, False), (0, 0.1, False)])
def test_what_moves_fast_is_told_from_what_does_not(pixels: int, seconds: float, *, quick: bool) -> None:
    small = sight.shrink(scene(250))
    assert sight.quick(small, np.roll(small, pixels, axis=1), seconds) is quick


def test_speed_is_of_two_pictures_alike() -> None:
    """A camera may change its size; two pictures of one moment have no speed."""
    small = sight.shrink(scene(250))
    assert not sight.quick(small, small[:, :80], 0.1)
    assert not sight.quick(small, np.roll(small, 9), 0.0)


@pytest.mark.parametrize(
    ("frame", "held"),
    [
        (scene(90), True),
        (scene(478), True),
        (scene(250, light=0.2), True),
        (np.full((480, 640), 100, dtype=np.uint8), False),
        (255 - scene(90), False),
    ],
    ids=["paper", "too near", "dark", "a bare desk", "something dark with a pattern"],
)
def test_what_may_be_a_badge_is_told_from_what_is_none(frame: NDArray[np.uint8], *, held: bool) -> None:
    assert sight.may_be_held_up(sight.shrink(frame)) is held


def test_colour_is_seen_as_grey_is() -> None:
    grey = scene(90)
    assert sight.hint(sight.shrink(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR)), quick=False) == "closer"


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
def test_any_picture_has_a_hint_or_none(image: NDArray[np.uint8], quick: bool) -> None:  # noqa: FBT001
    """Whatever is held before the camera."""
    assert sight.hint(sight.shrink(image), quick=quick) in (None, "closer", "further", "still", "dark", "glare")
