"""Photographs as ESC/POS: dithered dots are full of what printers would obey in the middle of a picture."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from drivers.printers import escpos
from drivers.printers.page import Dots, unpack
from drivers.wire.profiles import profiles
from kiosk.badge.kind import CodeKind
from kiosk.badge.page import Artwork, Printer, compose, symbol_of
from kiosk.harness.escpos_commands import Justify, Row
from kiosk.harness.escpos_parser import Parser
from kiosk.harness.printer_file import printed
from kiosk.stationery import nobodys
from kiosk.tenant.portrait import portrait

_OBEYED = re.compile(rb"\x10[\x04\x05\x14][\x00-\x1f]")
#: What real-time commands are made of, and what is often beside them in a photograph's dots.
_BYTES = st.sampled_from([0x10, 0x04, 0x05, 0x14, 0x01, 0x00, 0xFF])


@settings(max_examples=80, deadline=None)
@given(arrays(np.uint8, st.tuples(st.integers(1, 24), st.integers(1, 40)), elements=_BYTES), st.booleans())
def test_rows_that_hold_real_time_commands_are_sent_in_windows_of_their_own(
    packed: NDArray[np.uint8],
    double: bool,  # noqa: FBT001
) -> None:
    """Dot for dot the page, or refused in words; never a command in it."""
    packed[:, 0] |= 0x80
    page = np.unpackbits(packed, axis=1).astype(np.bool_)
    try:
        data = escpos.page(page, width=576, double=double)
    except ValueError as refused:
        assert "real-time command" in str(refused)  # noqa: PT017
        return

    assert _OBEYED.search(data) is None
    printer = printed(data + escpos.CUT, "escpos", 576, 203)
    assert printer.faults == []
    drawn = ~np.asarray(printer.sheets[0].image(), dtype=np.bool_)[96 : 96 + len(page)]
    assert _is_beside(np.pad(page, ((0, 0), (0, 576 - page.shape[1])))[: len(drawn)], drawn)


@pytest.mark.parametrize("profile", [name for name in profiles() if name.startswith("receipt")])
@pytest.mark.parametrize("number", range(3))
def test_a_badge_with_a_photograph_can_be_printed(number: int, profile: str) -> None:
    """On every receipt printer there is a profile of, at double size or not; and it shows every dot."""
    width, dpi = profiles()[profile].width, profiles()[profile].dpi
    paper = Printer(width, dpi)
    symbol = symbol_of(nobodys("nobody@example.invalid", random=False), paper)
    expires = datetime(2027, 12, 21, tzinfo=UTC)
    artwork = Artwork("Ada Okafor", "", "", CodeKind.STANDARD, expires, "1a253da5", photo=portrait(number))
    drawn = compose(symbol, artwork, paper)
    assert drawn.left_out == ()
    dots = unpack(drawn.page)

    for double in (True, False):
        data = escpos.page(dots, width=width, double=double)

        assert _OBEYED.search(data) is None
        assert _is_beside(*(_cropped(rows) for rows in (dots, _drawn_by_hand(data, width))))


def _is_beside(meant: Dots, drawn: Dots) -> bool:
    """Whether they are the same but for the few dots a page may be moved aside by."""
    return meant.shape == drawn.shape and any((np.roll(meant, aside, axis=1) == drawn).all() for aside in range(8))


def _cropped(rows: Dots) -> Dots:
    inked = np.flatnonzero(rows.any(axis=1))
    return rows[inked[0] : inked[-1] + 1]


def _drawn_by_hand(data: bytes, width: int) -> Dots:
    """What these rasters draw on a printer of any even width; the simulated ones have heads of whole bytes."""
    side, rows = 0, list[Dots]()
    for command in Parser().feed(data):
        match command:
            case Justify(side=side):
                pass
            case Row(bits, wide, tall):
                dots = np.unpackbits(np.frombuffer(bits, np.uint8)).astype(np.bool_).repeat(2 if wide else 1)
                left = (width - len(dots)) // 2 if side else 0
                rows += [np.pad(dots, (left, max(0, width - left - len(dots))))[:width]] * (2 if tall else 1)
    return np.array(rows)
