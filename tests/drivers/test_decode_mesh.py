"""Symbols are located without being read, and a mesh reads those that lie on no flat sheet."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import segno
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from drivers.decode import engine, locate, rectify, zxing
from drivers.decode.mesh import bend, fit, shades
from drivers.decode.pattern import VERSIONS, known, side
from drivers.decode.reading import Image, Reading
from tests.drivers.symbols import BADGE, picture

_FINDING = {"contrast": 20, "share": 0.05}


@pytest.mark.parametrize("version", VERSIONS)
def test_the_known_pattern_is_that_of_every_symbol_of_its_version(version: int) -> None:
    symbol = segno.make_qr(b"any", version=version, mode="byte")
    light = np.array([[1 if not module else -1 for module in row] for row in symbol.matrix])
    pattern = known(version)

    assert pattern.shape == light.shape == (side(version), side(version))
    assert (light[pattern != 0] == pattern[pattern != 0]).all()


def _framed(symbol: Image, margin: int = 80) -> Image:
    return np.pad(symbol, margin, constant_values=255)


def _turned(image: Image, degrees: float) -> Image:
    height, width = image.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 0.8)
    return np.asarray(cv2.warpAffine(image, turn, (width, height), borderValue=255), dtype=np.uint8)


def _curled(image: Image, depth: float) -> Image:
    """As on a can: every column slides down, those in the middle most, and the sides are squeezed."""
    height, width = image.shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    across = (x - width / 2) / (width / 2)
    source_x = (np.arcsin(np.clip(across * 0.95, -1, 1)) / np.arcsin(0.95) + 1) * width / 2
    source_y = y - depth * np.sqrt(1 - (across * 0.9) ** 2)
    return np.asarray(cv2.remap(image, source_x.astype(np.float32), source_y.astype(np.float32), 1, borderValue=255))


def _located(image: Image) -> list[Reading]:
    found = locate.trios(locate.finders(image, **_FINDING))  # type: ignore[arg-type]
    return list(rectify.read(image, found, hurry=lambda: False))


@settings(max_examples=30, deadline=None)
@given(st.floats(0, 360), st.integers(2, 14))
def test_a_symbol_turned_anyway_is_located_and_read_by_its_mesh(degrees: float, version: int) -> None:
    code = segno.make_qr(b"turned", version=version, mode="byte", error="m")
    dots = np.kron(
        np.pad(np.array([[not module for module in row] for row in code.matrix]), 4, constant_values=True),
        np.ones((5, 5)),
    )
    image = _turned(_framed((dots * 255).astype(np.uint8)), degrees)

    (reading,) = _located(image)

    assert reading.content == b"turned"
    assert reading.holds((image.shape[1] / 2, image.shape[0] / 2))


def test_a_symbol_curled_round_a_can_is_read_by_the_mesh_alone() -> None:
    content = b"https://example.com/badge"
    image = _curled(_framed(picture(content, scale=6), 160), 130)

    assert zxing.read(image) == [], "else this shows nothing"
    (reading,) = engine.read(image)
    assert reading.content == content
    assert reading.step.startswith("mesh")


def test_corners_are_those_of_the_symbol() -> None:
    symbol = picture(b"somewhere", scale=5, quiet=0)
    image = _framed(symbol, 100)

    (reading,) = _located(image)

    far = 100 + symbol.shape[0]
    assert reading.corners == pytest.approx((100, 100, far, 100, far, far, 100, far), abs=3)


def test_a_mirrored_symbol_is_not_taken_for_one_that_is_not() -> None:
    image = np.ascontiguousarray(_framed(picture(b"mirrored", scale=5))[:, ::-1])

    for trio in locate.trios(locate.finders(image, **_FINDING)):  # type: ignore[arg-type]
        across, down = trio.across, trio.down
        assert across[0] * down[1] > across[1] * down[0]


def test_bending_never_makes_the_fit_worse() -> None:
    field = shades(_framed(picture(BADGE, scale=4)), 4, 8)
    size = side(10)
    steps = np.arange(size, dtype=np.float32) * 4.2 + 90
    mesh = np.array(np.meshgrid(steps, steps), dtype=np.float32)

    bent = bend(field, mesh, known(10), knots=3, steps=(1.0, 0.5), hurry=lambda: False)

    assert fit(field, bent, known(10)) > fit(field, mesh, known(10))


def test_in_a_hurry_nothing_is_bent_and_nothing_is_read() -> None:
    image = _framed(picture(BADGE))
    found = locate.trios(locate.finders(image, **_FINDING))  # type: ignore[arg-type]

    assert found
    assert list(rectify.read(image, found, hurry=lambda: True)) == []


@settings(max_examples=60, deadline=None)
@given(arrays(np.uint8, st.tuples(st.integers(1, 90), st.integers(1, 90))))
def test_any_picture_can_be_searched(image: Image) -> None:
    assert _located(image) == []


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 1 << 32), st.sampled_from([3, 5, 8]))
def test_checkered_noise_reads_as_nothing(seed: int, module: int) -> None:
    """Squares of random shade are what a symbol is made of."""
    squares = np.random.default_rng(seed).integers(0, 2, (50, 60), dtype=np.uint8) * 255

    assert engine.read(np.kron(squares, np.ones((module, module), dtype=np.uint8)), every=True) == []
