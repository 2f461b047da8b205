"""ESC/POS bytes say exactly the page, and answers are told apart however they come."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from drivers.printers import escpos, raster
from drivers.printers import escpos_answers as answers
from drivers.printers.page import Dots, pack, unpack
from drivers.wire.messages import Page
from drivers.wire.secret import Secret
from kiosk.harness.escpos_commands import RasterBegins, Row
from kiosk.harness.escpos_parser import Parser
from kiosk.harness.escpos_printer import EscposPrinter

pages = arrays(np.bool_, st.tuples(st.integers(1, 300), st.integers(1, 576)))


def _job(page: Dots, *, width: int = 576, double: bool = True) -> bytes:
    return escpos.job(escpos.page(page, width=width, double=double), escpos.process_id(7) + escpos.ORDERED_STATUS)


def _printed(job: bytes, width: int = 576) -> EscposPrinter:
    printer = EscposPrinter(width)
    printer.receive(job)
    printer.work()
    return printer


@settings(max_examples=60, deadline=None)
@given(pages)
def test_what_a_printer_draws_is_the_page(page: Dots) -> None:
    printer = _printed(_job(page))

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
        escpos.page(np.ones((5, 600), dtype=np.bool_), width=576, double=True)


@pytest.mark.parametrize("command", [b"\x10\x04\x01", b"\x10\x05\x02", b"\x10\x14\x08"])
def test_no_real_time_command_hides_in_the_picture(command: bytes) -> None:
    """Printers obey these even inside picture data; one of them empties the buffer."""
    page = np.unpackbits(np.frombuffer(command * 10, dtype=np.uint8).reshape(1, -1), axis=1).astype(np.bool_)

    assert command not in _job(page)


def test_blank_rows_cost_half_a_byte_each_or_a_byte_where_dots_cannot_be_doubled() -> None:
    tall = np.zeros((400, 576), dtype=np.bool_)
    tall[0] = tall[-1] = True

    assert len(_job(tall)) < 200 + 2 * 80 + 70
    assert len(_job(tall, double=False)) < 400 + 2 * 80 + 60


def test_what_is_made_of_squares_goes_out_at_double_size() -> None:
    modules = np.random.default_rng(1).random((57, 57)) < 0.5
    symbol = np.zeros((300, 576), dtype=np.bool_)
    symbol[20:248, 174:402] = np.kron(modules, np.ones((4, 4), dtype=np.bool_))

    doubled, plain = (escpos.page(symbol, width=576, double=double) for double in (True, False))

    assert b"\x1dv0\x03" in doubled
    assert b"\x1dv0\x03" not in plain
    assert len(doubled) < len(plain) / 3.5


@settings(max_examples=40, deadline=None)
@given(arrays(np.bool_, st.tuples(st.integers(1, 40), st.integers(1, 40))), st.integers(1, 6), st.booleans())
def test_every_dot_lies_where_the_page_has_it(modules: Dots, scale: int, double: bool) -> None:  # noqa: FBT001
    """Cropped, centred, doubled, or none of it: the paper shows the page and nothing else."""
    symbol = np.kron(modules, np.ones((scale, scale), dtype=np.bool_))
    page = np.pad(symbol, ((7, 12), (10, 0)))
    printer = _printed(_job(page, double=double))

    assert printer.faults == []
    (sheet,) = printer.sheets
    drawn = ~np.asarray(sheet.image(), dtype=np.bool_)
    top = drawn.shape[0] - page.shape[0]
    expected = np.zeros((page.shape[0], 576), dtype=np.bool_)
    expected[:, : page.shape[1]] = page
    asides = [aside for aside in range(8) if (np.roll(expected, aside, axis=1) == drawn[top : top + len(page)]).all()]
    assert asides or _after_the_head(drawn, expected)


def _after_the_head(drawn: Dots, expected: Dots) -> bool:
    beyond = 96
    window = drawn[beyond : beyond + len(expected)]
    return any((np.roll(expected, aside, axis=1)[: len(window)] == window).all() for aside in range(8))


def test_a_page_nothing_can_save_from_a_real_time_command_is_refused() -> None:
    """As wide as the printer, so that it cannot be moved, and at single size."""
    row = np.unpackbits(np.frombuffer(b"\x80" + b"\x10\x05\x02" * 23 + b"\x00\x01", dtype=np.uint8)).astype(np.bool_)

    with pytest.raises(ValueError, match="real-time command"):
        escpos.page(row.reshape(1, -1), width=576, double=True)


def test_a_page_without_a_dot_is_blank_paper() -> None:
    assert escpos.page(np.zeros((20, 576), dtype=np.bool_), width=576, double=True) == (
        b"\x1dv0\x03\x01\x00\x0a\x00" + bytes(10)
    )


def test_no_command_holds_more_than_can_be_flushed() -> None:
    tall = np.random.default_rng(2).random((1000, 576)) < 0.5
    data = escpos.page(tall, width=576, double=False)

    printer = EscposPrinter(576)
    rows = [len(command.bits) for command in printer._parser.feed(data) if isinstance(command, Row)]
    heights = [
        command.height * command.width // 8 for command in Parser().feed(data) if isinstance(command, RasterBegins)
    ]
    assert len(rows) == 1000
    assert max(heights) <= raster.BAND == len(escpos.FLUSH)


def test_it_never_opens_a_drawer_nor_feeds_by_itself() -> None:
    job = _job(np.ones((20, 100), dtype=np.bool_))

    assert b"\x1bp" not in job
    assert job.startswith(escpos.INITIALISE)


ANSWERS: list[tuple[bytes, answers.Answer]] = [
    (b"\x12", answers.RealTime(0x12)),
    (b"\x1e", answers.RealTime(0x1E)),
    (b"\x00", answers.Ordered(0)),
    (b"\x0c", answers.Ordered(0x0C)),
    (b"\x10\x00\x00\x00", answers.Automatic(b"\x10\x00\x00\x00")),
    (b"\x38\x0c\x0c\x0f", answers.Automatic(b"\x38\x0c\x0c\x0f")),
    (b"\x37\x22" + b"0042" + b"\x00", answers.Completed(b"0042")),
    (b"\x37\x25\x00", answers.Cleared()),
]


@given(st.lists(st.sampled_from(ANSWERS)), st.lists(st.integers(min_value=0), max_size=20))
def test_answers_are_told_apart_however_they_are_split(
    sent: list[tuple[bytes, answers.Answer]], cuts: list[int]
) -> None:
    data = b"".join(raw for raw, _ in sent)
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    reader = answers.Answers()

    heard = [answer for start, end in zip(edges, edges[1:], strict=False) for answer in reader.feed(data[start:end])]  # noqa: RUF007

    assert heard == [answer for _, answer in sent]


@given(st.binary(max_size=200))
def test_no_answer_does_harm(data: bytes) -> None:
    list(answers.Answers().feed(data))


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
    assert answers.faults(status) == faults
