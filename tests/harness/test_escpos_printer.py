"""The printer does what it was told, says how it is in Epson's bits, and fails as real ones do."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from kiosk.errors import UsageError
from kiosk.harness.escpos_printer import EscposPrinter
from kiosk.harness.faults import NAMES
from kiosk.harness.paper import Sheet
from kiosk.harness.printer_model import RECEIVE_BUFFER

CUT = b"\x1dVB\x00"
LINE = b"\x1dv0\x00\x01\x00\x01\x00\xff"
#: 12 mm from head to cutter at 203 dpi.
BEYOND = 96


def printer_after(*chunks: bytes) -> EscposPrinter:
    printer = EscposPrinter()
    for chunk in chunks:
        printer.receive(chunk)
        printer.work()
    return printer


def asked(printer: EscposPrinter, request: bytes) -> bytes:
    printer.take_answers()
    printer.receive(request)
    printer.work()
    return printer.take_answers()


def dots(sheet: Sheet) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    return ~np.asarray(sheet.image())


# --- paper


@pytest.mark.parametrize("mode", [0, 3])
def test_a_symbol_comes_out_as_it_was_sent(
    mode: int,
    badge_bytes: Callable[..., bytes],
    content: Callable[[int], bytes],
    reader: Callable[[object], list[bytes]],
) -> None:
    """Doubled in both directions by the printer, 3 dots a module are 6."""
    printer = printer_after(badge_bytes(1, 3 if mode else 6, mode))
    [sheet] = printer.sheets
    assert printer.faults == []
    assert reader(sheet.image().convert("L")) == [content(1)]


def test_doubling_repeats_every_dot_in_both_directions(as_raster: Callable[..., bytes]) -> None:
    picture = Image.fromarray(np.random.default_rng(1).integers(0, 2, (24, 64), dtype=np.uint8) * 255).convert("1")
    twice = picture.resize((128, 48), Image.Resampling.NEAREST)
    doubled, plain = (printer_after(as_raster(p, m) + CUT).sheets[0] for p, m in ((picture, 3), (twice, 0)))
    assert doubled.rows == plain.rows
    assert any(plain.rows)


def test_a_sheet_is_what_passed_the_cutter() -> None:
    """Cut without a feed, the last 12 mm are still inside: they head the next sheet."""
    printer = printer_after(LINE * 4 + b"\x1dV\x00" + b"\x1dVB\x00")
    first, second = printer.sheets
    assert (first.height, first.blank) == (4, True)
    assert (second.height, dots(second)[:, :8].sum()) == (BEYOND, 4 * 8)


def test_what_is_fed_before_the_cut_is_on_the_sheet() -> None:
    [sheet] = printer_after(LINE + b"\x1bJ\x0a" + b"\x1bd\x01" + b"\n" + b"\x1dVB\x05").sheets
    assert sheet.height == BEYOND + 1 + 10 + 30 + 30 + 5
    assert sheet.number == 1


def test_a_cut_with_no_paper_beyond_it_gives_none() -> None:
    assert printer_after(b"\x1dV\x00" * 3).sheets == []


@pytest.mark.parametrize(
    ("settings", "at"),
    [
        (b"", 0),
        (b"\x1ba\x01", (576 - 8) // 2),
        (b"\x1ba\x02", 576 - 8),
        (b"\x1dL\x10\x00", 16),
        (b"\x1dL\x10\x00\x1dW\x40\x00\x1ba\x02", 16 + 64 - 8),
        (b"\x1ba\x02\x1b@", 0),
    ],
)
def test_a_row_lies_where_margin_width_and_side_put_it(settings: bytes, at: int) -> None:
    [sheet] = printer_after(settings + LINE + CUT).sheets
    assert list(np.flatnonzero(dots(sheet)[BEYOND])) == list(range(at, at + 8))


def test_a_raster_wider_than_the_paper_is_a_fault_and_is_cut_off() -> None:
    printer = printer_after(b"\x1dv0\x01\x25\x00\x01\x00" + b"\xff" * 37 + CUT)
    assert [(fault.offset, fault.what) for fault in printer.faults] == [
        (0, "a raster of 592 dots, wider than the paper")
    ]
    assert dots(printer.sheets[0])[BEYOND].all()


def test_text_is_a_fault_and_shows_on_the_paper() -> None:
    printer = printer_after(b"k1A2k1C" + CUT)
    assert [fault.what for fault in printer.faults] == ["text"]
    assert dots(printer.sheets[0])[BEYOND : BEYOND + 24].sum() > 500


def test_a_sheet_does_not_show_its_content_in_a_log(sheet_of: Callable[..., Sheet]) -> None:
    assert len(repr(sheet_of(1))) < 100


def test_a_sheet_is_a_picture_of_its_size_and_resolution(sheet_of: Callable[..., Sheet]) -> None:
    sheet = sheet_of(1)
    assert sheet.png().startswith(b"\x89PNG")
    assert sheet.image().size == (576, sheet.height)


# --- answers


def test_a_sound_printer_answers_in_the_documented_bits() -> None:
    printer = EscposPrinter()
    assert [asked(printer, b"\x10\x04" + bytes([n])) for n in (1, 2, 3, 4)] == [b"\x12"] * 4
    assert asked(printer, b"\x1dr\x01") == b"\x00"
    assert asked(printer, b"\x1da\xff") == b"\x10\x00\x00\x00"


@pytest.mark.parametrize(
    ("fault", "real_time", "automatic"),
    [
        ("paper_out", b"\x1a\x32\x12\x7e", b"\x18\x00\x0f\x00"),
        ("paper_near_end", b"\x12\x12\x12\x1e", b"\x10\x00\x03\x00"),
        ("cover_open", b"\x1a\x16\x12\x12", b"\x38\x00\x00\x00"),
    ],
)
def test_a_fault_shows_in_its_bits_and_no_others(fault: str, real_time: bytes, automatic: bytes) -> None:
    printer = printer_after(b"\x1da\xff")
    printer.take_answers()
    printer.fault(fault)
    assert printer.take_answers() == automatic
    assert asked(printer, b"\x10\x04\x01\x10\x04\x02\x10\x04\x03\x10\x04\x04") == real_time
    printer.repair()
    assert printer.take_answers() == b"\x10\x00\x00\x00"


def test_a_jammed_cutter_is_an_error_and_cuts_when_repaired() -> None:
    printer = printer_after(b"\x1da\xff")
    printer.fault("cutter_error")
    printer.take_answers()
    assert asked(printer, LINE + CUT) == b"\x18\x08\x00\x00"
    assert asked(printer, b"\x10\x04\x01\x10\x04\x02\x10\x04\x03\x10\x04\x04") == b"\x1a\x52\x1a\x12"
    assert printer.sheets == []
    printer.repair()
    printer.work()
    assert len(printer.sheets) == 1


def test_near_the_end_the_paper_sensor_says_so_in_order() -> None:
    printer = EscposPrinter()
    printer.fault("paper_near_end")
    assert asked(printer, LINE + b"\x1dr\x01") == b"\x03"


@pytest.mark.parametrize(("mask", "told"), [(0x00, b""), (0x08, b"\x10\x00\x03\x00"), (0x02, b""), (0x04, b"")])
def test_automatic_status_tells_of_what_was_asked_for(mask: int, told: bytes) -> None:
    printer = printer_after(b"\x1da" + bytes([mask]))
    printer.take_answers()
    printer.fault("paper_near_end")
    assert printer.take_answers() == told


def test_initialising_ends_automatic_status() -> None:
    printer = printer_after(b"\x1da\xff\x1b@")
    printer.take_answers()
    printer.fault("cover_open")
    assert printer.take_answers() == b""


def test_done_is_told_when_all_before_it_is_printed() -> None:
    printer = EscposPrinter()
    printer.receive(LINE * 10 + b"\x1d(H\x06\x0000job1" + b"\x1dr\x01")
    assert (printer.work(9), printer.take_answers()) == (9, b"")
    printer.work()
    assert printer.take_answers() == b"\x37\x22job1\x00" + b"\x00"


def test_real_time_status_is_answered_before_anything_is_printed() -> None:
    printer = EscposPrinter()
    printer.fault("cover_open")
    printer.receive(LINE * 10 + b"\x10\x04\x02")
    assert printer.take_answers() == b"\x16"


# --- faults


def test_paper_that_ends_in_the_middle_leaves_half_a_sheet_and_the_rest_goes_on_the_new_roll() -> None:
    printer = EscposPrinter()
    printer.fault("paper_out", after_rows=4)
    printer.receive(LINE * 10 + CUT + b"\x1d(H\x06\x0000job1")
    printer.work()
    assert (printer.sheets, printer.take_answers()) == ([], b"")
    printer.repair()
    printer.work()
    half, rest = printer.sheets
    assert (half.torn, dots(half).sum()) == (True, 4 * 8)
    assert (rest.torn, dots(rest).sum()) == (False, 6 * 8)
    assert printer.take_answers() == b"\x37\x22job1\x00"


def test_an_open_cover_holds_the_job_up_until_it_is_closed() -> None:
    printer = EscposPrinter()
    printer.fault("cover_open")
    printer.receive(LINE + CUT)
    printer.work()
    assert printer.sheets == []
    printer.repair()
    printer.work()
    assert len(printer.sheets) == 1


def test_a_silent_printer_prints() -> None:
    printer = EscposPrinter()
    printer.fault("silent")
    assert asked(printer, b"\x10\x04\x01\x1da\xff" + LINE + CUT + b"\x1dr\x01") == b""
    assert len(printer.sheets) == 1


def test_a_dead_printer_does_nothing() -> None:
    printer = EscposPrinter()
    printer.fault("dead")
    assert asked(printer, b"\x10\x04\x01" + LINE + CUT) == b""
    assert (printer.sheets, printer.faults, printer.room) == ([], [], RECEIVE_BUFFER)


def test_wrong_answers_are_about_other_jobs_and_break_the_fixed_bits() -> None:
    printer = EscposPrinter()
    printer.fault("wrong_answers")
    answer = asked(printer, b"\x1d(H\x06\x0000job1")
    assert (len(answer), answer[:2], answer[2:6] != b"job1") == (7, b"\x37\x22", True)
    assert asked(printer, b"\x10\x04\x01")[0] & 0x93 != 0x12


def test_garbage_answers_are_no_printers() -> None:
    printer = EscposPrinter()
    printer.fault("garbage_answers")
    assert asked(printer, b"\x10\x04\x01").startswith(b"HTTP/")


def test_a_restart_forgets_what_was_received_and_half_a_command() -> None:
    printer = EscposPrinter()
    printer.fault("cover_open")
    printer.receive(LINE + CUT + b"\x1dv0\x00\x48\x00\xff\xff")
    printer.fault("restart")
    printer.repair()
    assert asked(printer, b"\x10\x04\x01") == b"\x12"
    assert printer.sheets == []


def test_half_a_raster_swallows_what_comes_next_until_it_is_full() -> None:
    """As in the real thing: a driver that was cut off sends zeros before it says anything else."""
    printer = printer_after(b"\x1dv0\x00\x48\x00\x10\x00" + b"\xff" * 100)
    assert asked(printer, b"\x10\x04\x01") == b""
    assert asked(printer, bytes(8192) + b"\x10\x04\x01") == b"\x12"
    assert printer.faults == []


def test_the_buffer_fills_while_nothing_moves() -> None:
    printer = EscposPrinter()
    printer.fault("cover_open")
    printer.receive(LINE * 1000)
    assert printer.room == RECEIVE_BUFFER - 9000
    printer.repair()
    printer.work()
    assert printer.room == RECEIVE_BUFFER


def test_a_roll_has_an_end() -> None:
    printer = EscposPrinter()
    for _ in range(100):
        printer.receive(b"\x1bd\xff")
        printer.work()
    assert printer.condition.paper_out


@pytest.mark.parametrize(
    ("name", "arguments"),
    [("paper_outt", {}), ("paper_out", {"rows": 3}), ("slow", {}), ("disconnect_at_byte", {"byte": -1})],
)
def test_a_fault_that_is_not_there_is_refused_by_name(name: str, arguments: dict[str, int]) -> None:
    printer = EscposPrinter()
    with pytest.raises(UsageError) as refused:
        printer.fault(name, **arguments)
    assert "paper_out" in f"{refused.value} {refused.value.hint}" or name in str(refused.value)
    assert not printer.condition.offline


FAULTS = st.sampled_from([name for name in NAMES if name not in {"slow", "disconnect_at_byte"}])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(st.binary(max_size=200), FAULTS, st.none()), max_size=12), st.integers(1, 200))
def test_nothing_that_is_sent_or_goes_wrong_crashes_it(happenings: list[bytes | str | None], rows: int) -> None:
    printer = EscposPrinter()
    for happening in happenings:
        if isinstance(happening, bytes):
            printer.receive(happening)
        elif happening is None:
            printer.repair()
        else:
            printer.fault(happening)
        printer.work(rows)
        printer.take_answers()
    assert all(sheet.rows for sheet in printer.sheets)


@settings(deadline=None)
@given(st.data())
def test_sheets_faults_and_answers_do_not_depend_on_how_the_bytes_came(data: st.DataObject) -> None:
    pieces = [
        LINE * 3,
        CUT,
        b"\x1da\xff",
        b"\x1d(H\x06\x0000abcd",
        b"text\n",
        b"\x10\x04\x01",
        b"\x1dr\x01",
        b"\x1bJ\x09",
        b"\x1bz",
    ]
    stream = b"".join(data.draw(st.lists(st.sampled_from(pieces), max_size=12)))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=12)))
    chunks = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]

    def told(*chunks: bytes) -> tuple[object, ...]:
        printer = EscposPrinter()
        for chunk in chunks:
            printer.receive(chunk)
        printer.work()
        return printer.sheets, printer.faults, printer.take_answers()

    assert told(*chunks) == told(stream)
