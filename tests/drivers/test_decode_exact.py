"""Whatever is held before a camera: exact bytes or nothing, one symbology, and no exception."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
import pytest
import segno
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from drivers.decode import engine, locate, rectify, sight, zbar, zxing
from drivers.decode.reading import Image, Reading
from drivers.decode.watcher import Watcher
from tests.drivers.symbols import BADGE, picture

Engine: TypeAlias = Callable[[Image], Sequence[Reading]]
_EVERY_BYTE = bytes(range(256))


def _by_mesh(image: Image) -> list[Reading]:
    found = locate.trios(sight.finders(image))
    return list(rectify.read(image, found, hurry=lambda: False))


def _by_modules(image: Image) -> list[Reading]:
    return zxing.read_modules(image[2::4, 2::4][4:-4, 4:-4] > 127)


_ENGINES: dict[str, Engine] = {
    "zxing-cpp": zxing.read,
    "zxing-cpp with one threshold": lambda image: zxing.read(image, global_threshold=True),
    "mesh": _by_mesh,
    "modules": _by_modules,
    "the engine": engine.read,
    "the watcher": lambda image: Watcher().look(image),
}
if zbar.library() is not None:
    _ENGINES["zbar"] = zbar.read


@pytest.mark.parametrize("name", _ENGINES)
@pytest.mark.parametrize(
    "content", [_EVERY_BYTE, _EVERY_BYTE[::-1], b"\x00", b"\x00" * 40, b"\xef\xbb\xbfabc", BADGE]
)
def test_every_byte_value_comes_through_every_engine_unchanged(name: str, content: bytes) -> None:
    found = [reading.content for reading in _ENGINES[name](picture(content))]

    assert found == [content] or (name == "zbar" and found == [] and content.startswith(b"\xef"))


def _drawn(code: segno.QRCode, scale: int = 5) -> Image:
    modules = np.array([[bool(module) for module in row] for row in code.matrix], dtype=np.bool_)
    dots = np.kron(np.pad(modules, 4), np.ones((scale, scale), dtype=np.bool_))
    return np.where(dots, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("name", [name for name in _ENGINES if name != "modules"])
def test_a_part_of_a_structured_append_is_its_own_bytes_or_nothing_and_raises_nothing(name: str) -> None:
    content = "one code in several symbols " * 12
    for code in segno.make_sequence(content, symbol_count=3, mode="byte", error="l"):
        for reading in _ENGINES[name](_drawn(code)):
            assert reading.content.decode() in content


@pytest.mark.parametrize("name", [name for name in _ENGINES if name != "modules"])
@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-15", "shift-jis"])
def test_a_character_set_named_in_the_symbol_changes_no_byte(name: str, encoding: str) -> None:
    text = "Jürgen" if encoding != "shift-jis" else "ヤマダ"
    code = segno.make_qr(text, mode="byte", encoding=encoding, eci=True)

    for reading in _ENGINES[name](_drawn(code)):
        assert reading.content == text.encode(encoding)


@pytest.mark.parametrize(
    "change", [lambda image: image[:, ::-1], lambda image: 255 - image], ids=["mirror", "invert"]
)
def test_mirrored_and_inverted_symbols_are_read(change: Callable[[Image], Image]) -> None:
    (reading,) = engine.read(change(picture(BADGE)))

    assert reading.content == BADGE


def test_a_micro_qr_code_is_no_code_here() -> None:
    image = _drawn(segno.make_micro("289"), 8)

    assert zxingcpp.read_barcodes(image), "zxing-cpp itself would read it"
    assert engine.read(image, every=True) == []
    assert list(Watcher().look(image)) == []


@pytest.mark.parametrize("symbology", ["RMQRCode", "Aztec", "DataMatrix", "PDF417", "Code128"])
def test_other_symbologies_are_no_code_here(symbology: str) -> None:
    made = zxingcpp.create_barcode("ABC123", getattr(zxingcpp.BarcodeFormat, symbology))
    image = np.pad(np.asarray(made.to_image(scale=5), dtype=np.uint8), 40, constant_values=255)

    assert engine.read(image, every=True, budget_ms=200) == []


def test_only_model_2_is_asked_for() -> None:
    assert zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCodeModel2) == zxing._FORMATS


_SHAPES = st.one_of(
    st.tuples(st.integers(1, 80), st.integers(1, 80)), st.tuples(st.integers(1, 50), st.integers(1, 50), st.just(3))
)


@settings(max_examples=50, deadline=None)
@given(image=arrays(np.uint8, _SHAPES), every=st.booleans())
def test_noise_of_any_shape_is_no_code(image: Image, *, every: bool) -> None:
    assert engine.read(image, every=every, budget_ms=30) == []


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from([np.float32, np.float64, np.int16, np.uint16, np.bool_]),
    st.lists(st.integers(0, 5), min_size=0, max_size=4),
)
def test_what_is_no_picture_is_refused_in_words(kind: type[np.generic], shape: list[int]) -> None:
    image = np.zeros(shape, dtype=kind)

    with pytest.raises(engine.NotAPictureError, match="H x W"):
        engine.read(image)  # type: ignore[arg-type]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 6), min_size=0, max_size=4))
def test_shapes_that_are_no_picture_are_refused(shape: list[int]) -> None:
    image = np.zeros(shape, dtype=np.uint8)
    if image.size and (image.ndim == 2 or image.shape[2:] == (3,)):
        assert engine.read(image) == []
    else:
        with pytest.raises(engine.NotAPictureError):
            engine.read(image)


@pytest.mark.parametrize("shape", [(1, 1), (1, 20_000), (20_000, 1), (2, 3), (1, 1, 3), (3000, 4000)])
def test_the_smallest_and_the_largest_are_looked_at(shape: tuple[int, ...]) -> None:
    assert engine.read(np.full(shape, 90, dtype=np.uint8), every=True, budget_ms=100) == []


def _views() -> dict[str, NDArray[np.uint8]]:
    plain = picture(BADGE)
    wide = np.repeat(np.repeat(plain, 2, axis=0), 2, axis=1)
    colour = np.repeat(plain[..., None], 3, axis=2)
    return {
        "every other pixel": wide[::2, ::2],
        "turned": plain.T[::-1],
        "a column order": np.asfortranarray(plain),
        "colour backwards": colour[::-1, ::-1],
        "channels swapped": colour[..., ::-1],
    }


@pytest.mark.parametrize("view", _views())
def test_pixels_may_lie_in_any_order(view: str) -> None:
    image = _views()[view]

    assert [reading.content for reading in engine.read(image)] == [BADGE]
    assert [reading.content for reading in Watcher().look(image)] == [BADGE]


def test_grain_costs_no_time() -> None:
    """Sensor noise is full of what may be the edge of something; it is smoothed or left, not searched."""
    rng = np.random.default_rng(8)
    for deviation in (8, 20, 60):
        noise = np.clip(128 + rng.normal(0, deviation, (720, 1280)), 0, 255).astype(np.uint8)
        assert sight.suspects(noise, (), ()) == []
