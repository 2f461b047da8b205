"""Every template's symbol, worn as far as docs/media.md promises, still reads with three unrelated decoders."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from functools import cache

import cv2
import numpy as np
import pytest
import zxingcpp
from numpy.typing import NDArray
from PIL import Image

from drivers.printers.page import unpack
from drivers.wire.profiles import profiles
from drivers.wire.secret import Secret
from kiosk.badge.kind import CodeKind
from kiosk.badge.page import Artwork, Printer, compose
from kiosk.badge.parts import code
from kiosk.badge.qr import from_content
from kiosk.badge.template import fitting, packaged
from kiosk.harness.print_wear import LIMITS, PrintWear, seen, worn
from kiosk.stationery import nobodys

#: As long as any content Graph is known to make, at the level of its own symbols: the least there is to correct.
CONTENT = nobodys("nobody@example.invalid", random=False).reveal()
SYMBOL = from_content(Secret(CONTENT), level="l")
#: Places at which each kind of damage is tried.
SEEDS = 6


def _artwork() -> Artwork:
    expires = datetime(2027, 12, 21, 18, 0, tzinfo=UTC)
    return Artwork("Ada Okafor", "Contoso", "gate 3", CodeKind.STANDARD, expires, "1a253da5")


@cache
def printed_symbol(profile: str) -> tuple[NDArray[np.bool_], int]:
    """The symbol as it stands on the page for this printer, its quiet zone around it, and dots a module has."""
    named = profiles()[profile]
    drawn = compose(SYMBOL, _artwork(), Printer(named.width, named.dpi, named.height))
    page, alone = unpack(drawn.page), ~np.asarray(code(SYMBOL, drawn.module))
    fits = cv2.matchTemplate(page.astype(np.uint8), alone.astype(np.uint8), cv2.TM_SQDIFF)
    _, _, (left, top), _ = cv2.minMaxLoc(fits)
    there = page[top : top + alone.shape[0], left : left + alone.shape[1]]
    assert (there == alone).all(), "the whole symbol and all of its quiet zone are on the page"
    return there, drawn.module


def zxing(picture: NDArray[np.uint8]) -> list[bytes]:
    return [bytes(found.bytes) for found in zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode)]


def zbar(picture: NDArray[np.uint8]) -> list[bytes]:
    pyzbar = pytest.importorskip("pyzbar.pyzbar", reason="libzbar0 is not installed", exc_type=ImportError)
    found = pyzbar.decode(Image.fromarray(picture), symbols=[pyzbar.ZBarSymbol.QRCODE])
    return [one.data for one in found]


def opencv(picture: NDArray[np.uint8]) -> list[bytes]:
    text, _, _ = cv2.QRCodeDetectorAruco().detectAndDecode(picture)
    return [text.encode()] if text else []


def test_every_template_is_among_them() -> None:
    chosen = {fitting(Printer(named.width, named.dpi, named.height)).title for named in profiles().values()}
    assert chosen == {template.title for template in packaged().values() if template.document == "badge"}


@pytest.mark.parametrize("profile", profiles())
def test_the_page_has_the_whole_symbol(profile: str) -> None:
    dots, module = printed_symbol(profile)
    assert dots.shape[0] == module * (SYMBOL.size + 8)


def _different() -> list[str]:
    """Of printers that print the very same symbol, the first."""
    first: dict[tuple[int, int], str] = {}
    for profile, named in profiles().items():
        first.setdefault((named.dpi, printed_symbol(profile)[1]), profile)
    return list(first.values())


@pytest.mark.parametrize("profile", _different())
@pytest.mark.parametrize("wear", LIMITS)
def test_at_its_limit_it_still_reads(wear: str, profile: str) -> None:
    """zbar looks at one point of each module: a white line right through a column of them is a column lost to it."""
    dots, module = printed_symbol(profile)
    unread = Counter[str]()
    for seed in range(SEEDS):
        paper = worn(dots, profiles()[profile].dpi, LIMITS[wear], np.random.default_rng(seed))
        picture = seen(paper, module)
        unread.update(decoder.__name__ for decoder in (zxing, zbar, opencv) if decoder(picture) != [CONTENT])

    may_fail = {"zbar": 1} if wear == "dead column" else {}
    assert {name: times for name, times in unread.items() if times > may_fail.get(name, 0)} == {}


def test_far_beyond_the_limits_it_does_not_read() -> None:
    """The wear is real: the promise could be broken."""
    dots = ~np.asarray(code(SYMBOL, 4))
    for wear in (PrintWear(bloom=2), PrintWear(dropout=0.6), PrintWear(fade=0.99), PrintWear(creases=6)):
        paper = worn(dots, 203, wear, np.random.default_rng(1))
        assert zxing(seen(paper, 4)) == []
