"""Every template's symbol, worn as far as docs/media.md promises, still reads with three unrelated decoders."""

from __future__ import annotations

from datetime import UTC, datetime

import cv2
import numpy as np
import pytest
import zxingcpp
from numpy.typing import NDArray
from PIL import Image

from drivers.wire.secret import Secret
from kiosk.badge.kind import CodeKind
from kiosk.badge.page import Artwork, Printer, compose
from kiosk.badge.parts import code
from kiosk.badge.qr import from_content
from kiosk.harness.print_wear import LIMITS, PrintWear, seen, worn
from kiosk.stationery import nobodys

#: As long as any content Graph is known to make, at the level of its own symbols: the least there is to correct.
CONTENT = nobodys("nobody@example.invalid", random=False).reveal()
SYMBOL = from_content(Secret(CONTENT), level="l")
PRINTERS = {
    "receipt-58": Printer(384, 203),
    "receipt-80": Printer(576, 203),
    "receipt-80, 180 dpi": Printer(512, 180),
    "label-2x2": Printer(406, 203, 406),
    "label-2x2, 300 dpi": Printer(600, 300, 600),
}


def zxing(picture: NDArray[np.uint8]) -> list[bytes]:
    return [bytes(found.bytes) for found in zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode)]


def zbar(picture: NDArray[np.uint8]) -> list[bytes]:
    pyzbar = pytest.importorskip("pyzbar.pyzbar", reason="libzbar0 is not installed", exc_type=ImportError)
    found = pyzbar.decode(Image.fromarray(picture), symbols=[pyzbar.ZBarSymbol.QRCODE])
    return [one.data for one in found]


def opencv(picture: NDArray[np.uint8]) -> list[bytes]:
    text, _, _ = cv2.QRCodeDetectorAruco().detectAndDecode(picture)
    return [text.encode()] if text else []


@pytest.mark.parametrize("printer", PRINTERS)
@pytest.mark.parametrize("wear", LIMITS)
def test_at_its_limit_it_still_reads(wear: str, printer: str) -> None:
    drawn = compose(SYMBOL, _artwork(), PRINTERS[printer])
    dots = ~np.asarray(code(SYMBOL, drawn.module))

    for seed in range(2):
        paper = worn(dots, drawn.page.dpi, LIMITS[wear], np.random.default_rng(seed))
        picture = seen(paper, drawn.module)
        for decoder in (zxing, zbar, opencv):
            assert decoder(picture) == [CONTENT], f"{decoder.__name__}, seed {seed}"


def test_far_beyond_the_limits_it_does_not_read() -> None:
    """The wear is real: the promise could be broken."""
    dots = ~np.asarray(code(SYMBOL, 4))
    for wear in (PrintWear(bloom=2), PrintWear(dropout=0.6), PrintWear(fade=0.99), PrintWear(creases=6)):
        paper = worn(dots, 203, wear, np.random.default_rng(1))
        assert zxing(seen(paper, 4)) == []


def _artwork() -> Artwork:
    expires = datetime(2027, 12, 21, 18, 0, tzinfo=UTC)
    return Artwork("Ada Okafor", "Contoso", "gate 3", CodeKind.STANDARD, expires, "1a253da5")
