"""A motion JPEG stream gives the same frames however it is split, and never grows without end."""

from __future__ import annotations

import itertools

import cv2
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from drivers.scanners.motion_jpeg import MAX_FRAME, Frames


def _jpeg(seed: int) -> bytes:
    noise = np.random.default_rng(seed).integers(0, 256, (24, 32), dtype=np.uint8)
    return bytes(cv2.imencode(".jpg", noise)[1])


FRAMES = [_jpeg(seed) for seed in range(3)]


@given(st.lists(st.integers(min_value=0), max_size=30))
def test_any_split_gives_the_same_frames(cuts: list[int]) -> None:
    data = b"noise before" + b"".join(FRAMES)
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    frames = Frames()

    found = [frame for start, end in itertools.pairwise(edges) for frame in frames.feed(data[start:end])]

    assert found == FRAMES


@given(st.binary(max_size=1000))
def test_noise_gives_no_trouble(data: bytes) -> None:
    list(Frames().feed(data))


def test_a_frame_that_was_cut_off_does_not_spoil_the_next() -> None:
    assert list(Frames().feed(FRAMES[0][:-40] + FRAMES[1])) == [FRAMES[1]]


def test_a_frame_without_an_end_is_thrown_away() -> None:
    frames = Frames()
    list(frames.feed(b"\xff\xd8\xff" + bytes(MAX_FRAME)))

    assert list(frames.feed(FRAMES[0])) == [FRAMES[0]]
