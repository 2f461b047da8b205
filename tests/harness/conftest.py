"""Badges as a printer driver would send them, and a reader that was not written for any of this."""

from __future__ import annotations

import base64
from collections.abc import Callable

import numpy as np
import pytest
import segno
import zxingcpp
from PIL import Image

from kiosk.harness.escpos_printer import EscposPrinter
from kiosk.harness.paper import Sheet


def content_of(seed: int) -> bytes:
    """A badge's content as long as a version 10 symbol at level L holds."""
    rng = np.random.default_rng(seed)
    return (b"ms-qrpin:" + base64.b64encode(rng.bytes(190)))[:260]


def symbol(content: bytes, dots: int) -> Image.Image:
    """The content's symbol with a quiet zone of 4 modules, `dots` printer dots a module."""
    code = segno.make(content, version=10, error="l", boost_error=False, mode="byte")
    modules = np.array([list(row) for row in code.matrix_iter(scale=dots, border=4)], dtype=np.uint8)
    return Image.fromarray(255 * (1 - modules)).convert("1")


def raster(image: Image.Image, mode: int = 0) -> bytes:
    """GS v 0 of a 1-bit picture."""
    across = (image.width + 7) // 8
    header = b"\x1dv0" + bytes([mode]) + across.to_bytes(2, "little") + image.height.to_bytes(2, "little")
    padded = Image.new("1", (across * 8, image.height), 1)
    padded.paste(image)
    return header + padded.tobytes("raw", "1;I")


def read(picture: object) -> list[bytes]:
    """What zxing-cpp reads at its first look."""
    return [code.bytes for code in zxingcpp.read_barcodes(picture) if code.format == zxingcpp.BarcodeFormat.QRCode]


def badge(seed: int, dots: int = 6, mode: int = 0) -> bytes:
    """The bytes of one badge: centred, fed past the cutter, cut. The paper is about 100 mm long."""
    drawn = symbol(content_of(seed), dots)
    return b"\x1b@\x1ba\x01\x1bJ\x78" + raster(drawn, mode) + b"\x1bJ\xb4\x1dVB\x10"


@pytest.fixture
def badge_bytes() -> Callable[..., bytes]:
    return badge


@pytest.fixture
def content() -> Callable[[int], bytes]:
    return content_of


@pytest.fixture
def reader() -> Callable[[object], list[bytes]]:
    return read


@pytest.fixture
def as_raster() -> Callable[..., bytes]:
    return raster


@pytest.fixture
def drawn() -> Callable[[bytes, int], Image.Image]:
    return symbol


@pytest.fixture
def sheet_of() -> Callable[..., Sheet]:
    def printed(seed: int, dots: int = 6) -> Sheet:
        printer = EscposPrinter()
        printer.receive(badge(seed, dots))
        printer.work()
        assert not printer.faults
        return printer.sheets[0]

    return printed
