"""Modules that blur has run together are told apart, by what is known of the symbol before it is read."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import segno
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from drivers.decode import locate, rectify, zxing
from drivers.decode.change import sharpen
from drivers.decode.interference import sharpened, untangled
from drivers.decode.locate import Trio
from drivers.decode.mesh import Shades
from drivers.decode.pattern import Pattern, known, side
from drivers.decode.reading import Image
from tests.drivers.symbols import BADGE, picture


def _symbol(version: int, content: bytes = b"blurred") -> Shades:
    """1 where a module is light, -1 where it is dark."""
    matrix = segno.make_qr(content, version=version, mode="byte").matrix
    return np.where(np.array(matrix) > 0, -1, 1).astype(np.float32)


def _mixed(symbol: Shades, kernel: NDArray[np.float32], noise: float, seed: int) -> Shades:
    """Each module with what its neighbours add, and noise; around them is the light quiet zone."""
    wide = cv2.filter2D(np.pad(symbol, 8, constant_values=1), -1, kernel, borderType=cv2.BORDER_REPLICATE)
    grain = np.random.default_rng(seed).normal(0, noise, symbol.shape)
    return np.asarray(wide[8:-8, 8:-8] + grain, dtype=np.float32)


def _defocused(sigma: float) -> NDArray[np.float32]:
    line = cv2.getGaussianKernel(7, sigma)
    return np.asarray(line @ line.T, dtype=np.float32)


def _smeared() -> NDArray[np.float32]:
    """A hand that moves by two and a half modules, not along an axis."""
    kernel = np.zeros((7, 7), dtype=np.float32)
    kernel[3, 2:5] = 0.3
    kernel[2, 4] = kernel[4, 2] = 0.12
    return kernel / kernel.sum()


def _wrong(shades: Shades, symbol: Shades, pattern: Pattern) -> int:
    return int(((shades > 0) != (symbol > 0))[pattern == 0].sum())


@pytest.mark.parametrize(
    ("kernel", "share"), [(_defocused(0.65), 0.1), (_smeared(), 0.4)], ids=["defocused", "smeared"]
)
@pytest.mark.parametrize("version", [2, 5, 10])
def test_what_neighbours_add_is_taken_away(version: int, kernel: NDArray[np.float32], share: float) -> None:
    """Most modules that the plain sample takes for the other shade come out right."""
    symbol, pattern = _symbol(version), known(version)
    seen = _mixed(symbol, kernel, noise=0.1, seed=version)

    first = sharpened(seen, pattern)
    likely = untangled(seen, pattern, first)

    plain = _wrong(seen, symbol, pattern)
    assert plain > 0.04 * side(version) ** 2
    assert _wrong(first, symbol, pattern) < plain
    assert _wrong(likely, symbol, pattern) <= share * plain


def test_a_badge_smeared_by_a_hand_is_read_by_its_mesh() -> None:
    """Four pixels a module and a smear of six, out of focus besides: zxing-cpp reads nothing, sharpened or not."""
    image = _smeared_badge()

    assert zxing.read(image) == []
    assert zxing.read(sharpen(2, 4)(image)) == []
    (reading,) = rectify.read(image, _located(image), hurry=lambda: False)
    assert reading.content == BADGE


def test_in_a_hurry_nothing_is_untangled() -> None:
    image = _smeared_badge()

    assert list(rectify.read(image, _located(image), hurry=lambda: True)) == []


def _located(image: Image) -> list[Trio]:
    return locate.trios(locate.finders(image, contrast=5, share=0.06))


def _smeared_badge() -> Image:
    clean = np.pad(picture(BADGE, scale=4), 60, constant_values=255)
    kernel = np.zeros((15, 15), dtype=np.float32)
    cv2.line(kernel, (4, 6), (10, 9), 1.0)
    blurred = cv2.GaussianBlur(cv2.filter2D(clean, -1, kernel / kernel.sum()), (0, 0), 0.8)
    grain = np.random.default_rng(3).normal(0, 2, blurred.shape)
    return np.clip(blurred * 0.7 + 30 + grain, 0, 255).astype(np.uint8)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 12), st.data())
def test_any_shades_give_numbers_and_leave_what_is_known(version: int, data: st.DataObject) -> None:
    size, pattern = side(version), known(version)
    shades = arrays(np.float32, (size, size), elements=st.floats(-1.5, 1.5, width=32), fill=st.just(0.0))
    seen = data.draw(shades)

    likely = untangled(seen, pattern, sharpened(seen, pattern))

    assert np.isfinite(likely).all()
    assert np.abs(likely).max() <= 1
    assert (likely[pattern != 0] == pattern[pattern != 0]).all()


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 10))
def test_noise_is_no_code_however_it_is_untangled(seed: int, version: int) -> None:
    size, pattern = side(version), known(version)
    seen = np.random.default_rng(seed).normal(0, 0.7, (size, size)).astype(np.float32)
    seen = np.where(pattern == 0, seen, pattern * 0.8).astype(np.float32)

    for shades in (first := sharpened(seen, pattern), untangled(seen, pattern, first)):
        assert zxing.read_modules(np.where(pattern == 0, shades, pattern) > 0) == []
