"""Live video: a badge is read in the frames a camera gives, and an idle scene costs next to nothing."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.decode import locate, rectify, zxing
from drivers.decode.engine import NotAPictureError
from drivers.decode.fusion import Ballot
from drivers.decode.motion import Motion
from drivers.decode.pattern import known
from drivers.decode.reading import Image
from drivers.decode.rescue import LADDER
from drivers.decode.watcher import Watcher
from tests.drivers.symbols import BADGE, picture

_FRAME = 1 / 30


class Ticking:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Counting:
    """A clock that goes on by a fixed time whenever it is looked at, so that budgets end without real time."""

    def __init__(self, step: float) -> None:
        self.now, self._step = 0.0, step

    def __call__(self) -> float:
        self.now += self._step
        return self.now


def _scene(symbol: Image | None = None, at: tuple[int, int] = (120, 90)) -> Image:
    scene = np.full((480, 640), 170, dtype=np.uint8)
    scene += (np.arange(640) // 8 % 2 * 6).astype(np.uint8)
    if symbol is not None:
        x, y = at
        scene[y : y + symbol.shape[0], x : x + symbol.shape[1]] = symbol
    return scene


def _curled(image: Image, depth: float) -> Image:
    height, width = image.shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    across = (x - width / 2) / (width / 2)
    source_x = (np.arcsin(np.clip(across * 0.95, -1, 1)) / np.arcsin(0.95) + 1) * width / 2
    source_y = y - depth * np.sqrt(1 - (across * 0.9) ** 2)
    bent = cv2.remap(image, source_x.astype(np.float32), source_y.astype(np.float32), 1, borderValue=255)
    return np.asarray(bent, dtype=np.uint8)


def _unreadable() -> Image:
    """A symbol whose finders are clear and whose rest is grey."""
    symbol = picture(BADGE, scale=5)
    edge = symbol.shape[0]
    symbol[20:-20, 60 + 20 : edge - 60 - 20] = 128
    symbol[60 + 20 : edge - 60 - 20, 20:-20] = 128
    return symbol


def test_a_clear_badge_is_read_in_the_first_frame_and_every_other() -> None:
    watcher = Watcher()
    for _ in range(3):
        (reading,) = watcher.look(_scene(picture(BADGE)))
        assert (reading.content, reading.step) == (BADGE, "")
        assert watcher.in_sight


def test_a_curled_badge_is_read_with_help_that_it_names() -> None:
    image = _curled(np.pad(picture(b"https://example.com/badge", scale=6), 160, constant_values=255), 130)
    watcher = Watcher(clock=Ticking())
    found = [reading for _ in range(12) for reading in watcher.look(image)]

    assert found
    assert {reading.content for reading in found} == {b"https://example.com/badge"}
    assert found[0].step


def test_the_ladder_goes_on_where_the_last_frame_stopped() -> None:
    """No frame has the time for more than a few steps; after some, every step has had its turn."""
    clock = Counting(0.004)
    watcher = Watcher(clock=clock, budget_ms=25)
    turns = []
    for shift in range(40):
        watcher.look(_scene(_unreadable(), at=(120 + shift % 5, 90)))
        if watcher._track:
            turns.append(watcher._track.tried)

    steps = np.diff(turns)
    assert (steps >= 0).all(), "the same symbol all along"
    assert steps.max() < len(LADDER) / 2
    assert turns[-1] > len(LADDER)


def test_the_mesh_goes_on_where_the_last_frame_left_it() -> None:
    """A little bending in each frame ends where all of it in one frame does."""
    image = _curled(np.pad(picture(BADGE, scale=5), 130, constant_values=255), 60)
    (trio,) = locate.trios(locate.finders(image, contrast=10, share=0.04))
    ballot, fits = Ballot(), []
    for _ in range(7):
        calls = iter(range(1000))
        list(rectify.read(image, [trio], hurry=lambda calls=calls: next(calls) > 40, ballot=ballot))
        if ballot.sheet:
            fits.append((ballot.sheet.stage, ballot.sheet.version))

    assert len(fits) > 3, "it is not read at once, else this shows nothing"
    assert {version for _, version in fits} == {10}
    stages = [stage for stage, _ in fits]
    assert stages == sorted(stages)
    assert stages[-1] > stages[0]


def test_something_like_a_code_is_in_sight_and_a_desk_is_not() -> None:
    watcher = Watcher(clock=Ticking())
    watcher.look(_scene())
    assert not watcher.in_sight

    watcher.look(_scene(_unreadable()))
    assert watcher.in_sight


def test_a_symbol_elsewhere_is_another_one() -> None:
    watcher = Watcher(clock=Ticking())
    for _ in range(2):
        watcher.look(_scene(_unreadable(), at=(10, 20)))
    assert watcher._track is not None
    before = watcher._track.ballot

    for _ in range(2):
        watcher.look(_scene(_unreadable(), at=(310, 120)))

    assert watcher._track is not None
    assert watcher._track.ballot is not before


def test_a_scene_in_which_nothing_moves_is_looked_at_four_times_a_second() -> None:
    clock = Ticking()
    watcher = Watcher(clock=clock)
    looked = []
    for _ in range(150):
        watcher.look(_scene())
        looked.append(watcher._looked)
        clock.now += _FRAME

    assert len(set(looked[-60:])) <= 9, "two seconds at rest"
    watcher.look(_scene(picture(BADGE)))
    assert watcher.moving
    assert watcher.in_sight, "and at once when something moves"


def test_an_unreadable_code_that_lies_still_is_given_up() -> None:
    clock = Ticking()
    watcher = Watcher(clock=clock)
    scene = _scene(_unreadable())
    for _ in range(8):
        watcher.look(scene)
        clock.now += 10 * _FRAME
    assert watcher._track is not None
    tried = watcher._track.tried
    assert tried >= 2 * len(LADDER)
    for _ in range(30):
        assert watcher.look(scene) == []
        clock.now += 10 * _FRAME

    assert watcher._track.tried == tried


def test_nothing_of_a_frame_is_kept_but_a_sixty_fourth_of_its_pixels() -> None:
    watcher = Watcher(clock=Ticking())
    frame = _scene(_unreadable())
    for _ in range(2):
        watcher.look(frame)
    votes = watcher._track.ballot._votes if watcher._track else {}
    reference = watcher._motion._reference

    assert reference is not None
    assert reference.size == frame.size / 64
    assert all(seen.size <= 177 * 177 for seen in votes.values())
    assert len(votes) <= 3


@pytest.mark.parametrize("noise", [0.0, 3.0, 12.0])
def test_noise_is_no_motion_and_a_hand_is(noise: float) -> None:
    rng = np.random.default_rng(5)

    def frame(scene: Image) -> Image:
        return np.clip(scene + rng.normal(0, noise, scene.shape), 0, 255).astype(np.uint8)

    motion = Motion()
    motion.seen(frame(_scene()))
    assert not any(motion.seen(frame(_scene())) for _ in range(20))
    assert motion.seen(frame(_scene(picture(BADGE))))


def test_the_light_going_out_is_motion() -> None:
    motion = Motion()
    motion.seen(_scene())

    assert motion.seen(_scene() // 8)


@settings(max_examples=4, deadline=None)
@given(st.integers(0, 1 << 32))
def test_frames_vote_on_what_none_of_them_shows(seed: int) -> None:
    """Each frame shows a seventh of its modules wrongly, others in each."""
    rng = np.random.default_rng(seed)
    true = np.where(_modules(BADGE), -1.0, 1.0).astype(np.float32)
    ballot, found = Ballot(), None
    pattern = known(10)
    for _ in range(8):
        wrong = rng.random(true.shape) < 0.15
        seen = np.where(wrong, -0.6 * true, true).astype(np.float32)
        assert zxing.read_modules(np.where(pattern == 0, seen, pattern) > 0) == []
        found = found or ballot.count(10, seen)

    assert found is not None
    assert found.content == BADGE


def _modules(content: bytes) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    return picture(content, scale=1, quiet=0) == 0


def test_frames_that_show_nothing_vote_for_nothing() -> None:
    rng = np.random.default_rng(3)
    ballot = Ballot()

    assert not any(ballot.count(10, rng.normal(0, 1, (57, 57)).astype(np.float32)) for _ in range(20))


@pytest.mark.parametrize("image", [np.zeros((4, 4)), np.zeros((0, 5), np.uint8), np.zeros((2, 2, 4), np.uint8)])
def test_what_is_no_frame_is_refused_in_words(image: Image) -> None:
    with pytest.raises(NotAPictureError):
        Watcher().look(image)


@settings(max_examples=30, deadline=None)
@given(high=st.integers(1, 70), wide=st.integers(1, 70), colour=st.booleans(), seed=st.integers(0, 1 << 32))
def test_frames_of_any_size_may_follow_each_other(high: int, wide: int, *, colour: bool, seed: int) -> None:
    watcher = Watcher()
    shape = (high, wide, 3) if colour else (high, wide)
    noise = np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)

    for image in (noise, noise[::2, ::2], noise[::-1]):
        assert list(watcher.look(image)) == []


def test_what_frames_show_together_is_marked_so() -> None:
    assert rectify.FUSED not in {step.name for step in LADDER}
