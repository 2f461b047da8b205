"""Decoding gives exact bytes or nothing, within its budget, and raises at no picture."""

from __future__ import annotations

import base64
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from drivers.decode import engine, zbar
from drivers.decode.reading import Image
from drivers.decode.rescue import LADDER
from drivers.decode.step import Step
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
def test_zbar_reads_a_badge_with_an_umlaut_unchanged() -> None:
    content = BADGE.replace(b"ada@", "jürgen@".encode())

    (reading,) = zbar.read(picture(content))

    assert reading.content == content


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


def test_no_step_begins_that_would_not_be_done_in_time() -> None:
    """A megapixel, no time passing: what is begun are the steps whose costs fit, one after the other."""
    begun: list[str] = []
    now = 0.0
    budget = engine.Budget(20, 1.0, lambda: now)
    for step in LADDER:
        if budget.allows(step):
            begun.append(step.name)
            now += step.cost / 1000

    assert begun
    assert now * 1000 <= 20


def test_a_machine_half_as_fast_begins_fewer_steps() -> None:
    """The steps done took twice what they cost, so the next is taken to do the same."""
    now = 0.0
    budget = engine.Budget(30, 1.0, lambda: now)
    first = Step("first", 10, lambda task: [])

    assert budget.allows(first)
    now = 0.018

    assert not budget.allows(first)


def test_without_a_budget_every_step_is_begun() -> None:
    budget = engine.Budget(None, 64.0, lambda: 1e9)

    assert all(budget.allows(step) for step in LADDER)
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
