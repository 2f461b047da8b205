"""Decoding gives exact bytes or nothing, within its budget, and raises at no picture."""

from __future__ import annotations

import base64
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from drivers.decode import engine, sight, zbar
from drivers.decode.budget import Budget
from drivers.decode.reading import Image
from drivers.decode.rescue import LADDER
from tests.drivers.symbols import BADGE, picture

needs_zbar = pytest.mark.skipif(zbar.library() is None, reason="Debian's libzbar0 is not installed")


@settings(max_examples=40, deadline=None)
@given(st.binary(min_size=1, max_size=271))
def test_content_is_the_exact_bytes(content: bytes) -> None:
    (reading,) = engine.read(picture(content))

    assert reading.content == content
    assert (reading.engine, reading.step, reading.level) == ("zxing-cpp", "", "L")


@needs_zbar
@settings(max_examples=25, deadline=None)
@given(st.binary(min_size=1, max_size=200))
def test_zbar_gives_the_exact_bytes_too(content: bytes) -> None:
    found = zbar.read(picture(content))

    assert [reading.content for reading in found] in ([], [content]), "exact or nothing"


@needs_zbar
def test_zbar_is_not_believed_where_it_may_have_changed_the_character_set() -> None:
    """It gives the same bytes for this in UTF-8, and in Latin-1 if the symbol says so."""
    assert zbar.read(picture(BADGE.replace(b"ada@", "jürgen@".encode()))) == []


def test_corners_are_those_of_the_symbol_clockwise_from_its_top_left() -> None:
    image = np.full((400, 500), 255, dtype=np.uint8)
    symbol = picture(b"somewhere", quiet=0)
    image[100 : 100 + symbol.shape[0], 200 : 200 + symbol.shape[1]] = symbol

    (reading,) = engine.read(image)

    side = symbol.shape[0]
    expected = (200, 100, 200 + side, 100, 200 + side, 100 + side, 200, 100 + side)
    assert reading.corners == pytest.approx(expected, abs=3)


def _beside(*pictures: Image) -> Image:
    height = max(one.shape[0] for one in pictures)
    padded = [np.pad(one, ((0, height - one.shape[0]), (0, 0)), constant_values=255) for one in pictures]
    return np.concatenate(padded, axis=1)


def test_every_code_is_read_and_each_once() -> None:
    contents = [f"code {number}".encode() for number in range(10)]

    found = engine.read(_beside(*map(picture, contents)), every=True)

    assert sorted(reading.content for reading in found) == contents


def test_the_same_content_twice_is_two_symbols() -> None:
    assert len(engine.read(_beside(picture(b"twin"), picture(b"twin")), every=True)) == 2


def test_colour_pictures_are_read_as_well() -> None:
    (reading,) = engine.read(np.repeat(picture(BADGE)[..., None], 3, axis=2))

    assert reading.content == BADGE


def test_a_dark_picture_needs_help_and_says_which() -> None:
    """Eight grey levels of contrast on black with some noise: the first look sees nothing."""
    generator = np.random.default_rng(7)
    dark = 8 + picture(BADGE, scale=5).astype(np.float64) / 255 * 8 + generator.normal(0, 2, (325, 325))
    image = np.clip(dark, 0, 255).astype(np.uint8)

    (reading,) = engine.read(image)

    assert reading.content == BADGE
    assert reading.step in {step.name for step in LADDER}


def test_a_picture_with_nothing_like_a_code_gets_what_costs_little_first() -> None:
    """Lines and squares, but no finder pattern: each step once, on the whole of it, as far as the time goes."""
    scene = np.full((300, 400), 200, dtype=np.uint8)
    scene[40:60, :] = scene[:, 100:130] = 40
    scene[150:200, 200:260] = 20

    tries = list(engine._tries(scene, (), every=False))

    assert sight.suspects(scene, (), ()) == []
    assert {box for _, box in tries} == {None}
    assert len({step.name for step, _ in tries}) == len(tries) == len(LADDER) - 1
    assert max(step.expected(1_000_000) for step, _ in tries[:2]) < 5


def test_help_is_spent_where_a_symbol_is_suspected() -> None:
    scene = np.full((700, 900), 200, dtype=np.uint8)
    symbol = picture(b"here", scale=5)
    symbol[60:-60, 60:-60] = 128
    scene[400 : 400 + len(symbol), 600 : 600 + len(symbol)] = symbol
    suspects = sight.suspects(scene, (), ())

    (suspect,) = suspects
    assert suspect.trio is not None
    left, top, right, bottom = suspect.box
    assert left <= 600 < 600 + len(symbol) <= right
    assert top <= 400 < 400 + len(symbol) <= bottom
    boxes = {box for _, box in engine._tries(scene, suspects, every=False)}
    assert boxes == {suspect.box}


def test_no_step_begins_that_would_not_be_done_in_time() -> None:
    """A megapixel, no time passing: what is begun are the steps whose costs fit, one after the other."""
    begun: list[str] = []
    now = 0.0
    budget = Budget(20, lambda: now)
    for step in LADDER:
        if budget.allows(step.expected(1_000_000)):
            begun.append(step.name)
            now += step.expected(1_000_000) / 1000

    assert begun
    assert now * 1000 <= 20


def test_a_machine_half_as_fast_begins_fewer_steps() -> None:
    """The steps done took twice what they cost, so the next is taken to do the same."""
    now = 0.0
    budget = Budget(30, lambda: now)

    assert budget.allows(10)
    now = 0.018

    assert not budget.allows(10)


def test_a_machine_twice_as_fast_begins_more_steps() -> None:
    """But it is not believed to be faster than that, nor before it has done a few milliseconds' work."""
    now = 0.0
    budget = Budget(30, lambda: now)

    assert budget.allows(10)
    now = 0.005
    assert budget.allows(35)
    now = 0.006
    assert not budget.allows(45)

    assert not Budget(30, lambda: now).allows(26)


def test_without_a_budget_every_step_is_begun() -> None:
    budget = Budget(None, lambda: 1e9)

    assert all(budget.allows(step.expected(64_000_000)) for step in LADDER)
    assert not budget.over()


@settings(max_examples=20, deadline=None)
@given(arrays(np.uint8, st.tuples(st.integers(1, 60), st.integers(1, 60))))
def test_noise_reads_as_nothing(image: Image) -> None:
    assert engine.read(image, every=True) == []


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_bytes_that_are_no_picture_are_refused_in_words(data: bytes) -> None:
    with pytest.raises(engine.NotAPictureError, match="not a picture"):
        engine.unpack(data)


def test_a_picture_that_claims_to_be_enormous_is_refused() -> None:
    header = b"P5\n60000 60000\n255\n"

    with pytest.raises(engine.NotAPictureError):
        engine.unpack(header + bytes(100))


def test_base64_text_in_a_symbol_is_what_is_read() -> None:
    """The decoder decides nothing about forms: it hands out what is there."""
    encoded = base64.b64encode(random.Random(1).randbytes(150))

    (reading,) = engine.read(picture(encoded))

    assert reading.content == encoded
