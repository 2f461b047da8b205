"""ESC/POS bytes say exactly the page, and answers are told apart however they come."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from drivers.printers import escpos
from drivers.printers.page import Dots, pack, unpack
from drivers.wire.messages import Page
from drivers.wire.secret import Secret
from kiosk.harness.escpos_printer import EscposPrinter

pages = arrays(np.bool_, st.tuples(st.integers(1, 300), st.integers(1, 576)))


def _printed(job: bytes, width: int = 576) -> EscposPrinter:
    printer = EscposPrinter(width)
    printer.receive(job)
    printer.work()
    return printer


@settings(max_examples=60, deadline=None)
@given(pages)
def test_what_a_printer_draws_is_the_page(page: Dots) -> None:
    printer = _printed(escpos.job(page, width=576, number=7))

    (sheet,) = printer.sheets
    drawn = ~np.asarray(sheet.image(), dtype=np.bool_)
    assert printer.faults == []
    top = _first_inked(page)
    if top is not None:
        inked = np.trim_zeros(page.any(axis=1).astype(int)).size
        start = _first_inked(drawn)
        assert start is not None
        left = int(np.flatnonzero(drawn.any(axis=0))[0]) - int(np.flatnonzero(page.any(axis=0))[0])
        assert 0 <= left < 8, "moved aside by a few dots at most"
        window = drawn[start : start + inked, left : left + page.shape[1]]
        assert (window == page[top : top + inked]).all()


def _first_inked(dots: Dots) -> int | None:
    rows = np.flatnonzero(dots.any(axis=1))
    return int(rows[0]) if len(rows) else None


@given(pages)
def test_pages_travel_unchanged(page: Dots) -> None:
    assert (unpack(pack(page, 203)) == page).all()


@pytest.mark.parametrize(("width", "height", "size"), [(8, 2, 1), (9, 1, 1), (0, 0, 0), (8, 1, 2)])
def test_a_page_whose_rows_do_not_fit_is_refused(width: int, height: int, size: int) -> None:
    with pytest.raises(ValueError, match="no page"):
        unpack(Page(width=width, height=height, dpi=203, rows=Secret(bytes(size))))


def test_a_page_wider_than_the_printer_is_refused() -> None:
    with pytest.raises(ValueError, match="600 dots wide, the printer prints 576"):
        escpos.job(np.ones((5, 600), dtype=np.bool_), width=576, number=1)


@pytest.mark.parametrize("command", [b"\x10\x04\x01", b"\x10\x05\x02", b"\x10\x14\x08"])
def test_no_real_time_command_hides_in_the_picture(command: bytes) -> None:
    """Printers obey these even inside picture data; one of them empties the buffer."""
    page = np.unpackbits(np.frombuffer(command * 10, dtype=np.uint8).reshape(1, -1), axis=1).astype(np.bool_)

    assert command not in escpos.job(page, width=576, number=1)


def test_blank_rows_cost_a_byte_each() -> None:
    tall = np.zeros((400, 576), dtype=np.bool_)
    tall[0] = tall[-1] = True

    assert len(escpos.job(tall, width=576, number=1)) < 400 + 2 * 80 + 60


def test_it_never_opens_a_drawer_nor_feeds_by_itself() -> None:
    job = escpos.job(np.ones((20, 100), dtype=np.bool_), width=576, number=1)

    assert b"\x1bp" not in job
    assert job.startswith(escpos.INITIALISE)


ANSWERS: list[tuple[bytes, escpos.Answer]] = [
    (b"\x12", escpos.RealTime(0x12)),
    (b"\x1e", escpos.RealTime(0x1E)),
    (b"\x00", escpos.Ordered(0)),
    (b"\x0c", escpos.Ordered(0x0C)),
    (b"\x10\x00\x00\x00", escpos.Automatic(b"\x10\x00\x00\x00")),
    (b"\x38\x0c\x0c\x0f", escpos.Automatic(b"\x38\x0c\x0c\x0f")),
    (b"\x37\x22" + b"0042" + b"\x00", escpos.Completed(b"0042")),
]


@given(st.lists(st.sampled_from(ANSWERS)), st.lists(st.integers(min_value=0), max_size=20))
def test_answers_are_told_apart_however_they_are_split(
    sent: list[tuple[bytes, escpos.Answer]], cuts: list[int]
) -> None:
    data = b"".join(raw for raw, _ in sent)
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    reader = escpos.Answers()

    heard = [answer for start, end in zip(edges, edges[1:], strict=False) for answer in reader.feed(data[start:end])]  # noqa: RUF007

    assert heard == [answer for _, answer in sent]


@given(st.binary(max_size=200))
def test_no_answer_does_harm(data: bytes) -> None:
    list(escpos.Answers().feed(data))


@pytest.mark.parametrize(
    ("status", "faults"),
    [
        ({1: 0x12, 2: 0x12, 3: 0x12, 4: 0x12}, []),
        ({2: 0x16}, ["cover open"]),
        ({2: 0x32}, ["paper out"]),
        ({4: 0x72}, ["paper out"]),
        ({3: 0x1A}, ["cutter error"]),
        ({3: 0x32}, ["printer error"]),
        ({1: 0x1A}, ["offline"]),
        ({1: 0x1A, 2: 0x16}, ["cover open"]),
    ],
)
def test_status_bits_mean_what_epson_says(status: dict[int, int], faults: list[str]) -> None:
    assert escpos.faults(status) == faults
