"""The label printer takes what Zebra documents, tells of everything else, and answers as the real one does."""

from __future__ import annotations

import base64
import binascii
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.harness.byte_parser import ProtocolFault
from kiosk.harness.faults import NAMES
from kiosk.harness.printer_model import RECEIVE_BUFFER
from kiosk.harness.zpl_printer import ZplPrinter


def _z64(data: bytes) -> bytes:
    text = base64.b64encode(zlib.compress(data))
    return b":Z64:%s:%04x" % (text, binascii.crc_hqx(text, 0))


def label(rows: int = 10, *, reprint: bytes = b"") -> bytes:
    data = b"\xff" * rows
    return b"^XA%s^PW64^LL%d^FO8,0^GFA,%d,%d,1,%s^FS^XZ\r\n" % (reprint, rows, rows, rows, _z64(data))


def printer_after(data: bytes) -> ZplPrinter:
    printer = ZplPrinter(64)
    printer.receive(data)
    printer.work()
    return printer


def asked(printer: ZplPrinter, question: bytes) -> bytes:
    printer.take_answers()
    printer.receive(question)
    printer.work()
    return printer.take_answers()


def test_a_label_comes_out_as_long_as_it_was_said_to_be() -> None:
    printer = printer_after(label(10))

    (sheet,) = printer.sheets
    assert (sheet.rows, sheet.torn, printer.faults) == (b"\0\xff\0\0\0\0\0\0" * 10, False, [])


@pytest.mark.parametrize("encode", [_z64, lambda data: data.hex().encode(), None])
def test_graphics_may_be_z64_b64_or_hexadecimal(encode: object) -> None:
    data = b"\xa5\x3c"
    text = base64.b64encode(data)
    field = encode(data) if callable(encode) else b":B64:%s:%04x" % (text, binascii.crc_hqx(text, 0))

    printer = printer_after(b"^XA^LL2^FO0,0^GFA,2,2,1," + field + b"^FS^XZ")

    assert printer.faults == []
    assert [row[0] for row in (printer.sheets[0].rows[:8], printer.sheets[0].rows[8:])] == [0xA5, 0x3C]


def test_host_status_and_odometer_are_answered_at_once() -> None:
    printer = printer_after(label() * 3)

    status = asked(printer, b"~HS")
    assert status.count(b"\x02") == status.count(b"\x03\r\n") == 3
    assert [len(line.split(b",")) for line in status.splitlines()] == [12, 11, 2]
    assert asked(printer, b'! U1 getvar "odometer.total_label_count"\r\n') == b'"3"'
    assert asked(printer, b'! U1 getvar "device.unknown"\r\n') == b'"?"'


def test_what_waits_is_told() -> None:
    printer = ZplPrinter(64)
    printer.receive(label(10) * 3)
    printer.work(5)

    printer.receive(b"~HS")

    first, second, _ = printer.take_answers().splitlines()
    assert (first.split(b",")[4], second.split(b",")[8]) == (b"002", b"00000001")


@pytest.mark.parametrize("fault", ["paper_out", "head_open", "cover_open", "ribbon_out", "silent", "dead"])
def test_while_it_cannot_print_host_status_is_not_answered(fault: str) -> None:
    """As Zebra documents: no answer on media out, ribbon out or head open."""
    printer = ZplPrinter(64)
    printer.fault(fault)

    assert asked(printer, b"~HS") == b""
    printer.repair()
    assert asked(printer, b"~HS")


def test_a_label_that_was_spoilt_is_printed_again_unless_that_was_forbidden() -> None:
    for reprint, sheets in ((b"^JZY", [True, False]), (b"", [True, False]), (b"^JZN", [True])):
        printer = ZplPrinter(64)
        printer.fault("paper_out", after_rows=4)
        printer.receive(label(10, reprint=reprint))
        printer.work()
        assert printer.sheets == []
        printer.repair()
        printer.work()
        assert [sheet.torn for sheet in printer.sheets] == sheets
        assert printer.odometer == len(sheets) - 1


def test_cancelling_forgets_what_waits_and_half_a_format() -> None:
    printer = ZplPrinter(64)
    printer.fault("head_open")
    printer.receive(label() * 2 + b"^XA^PW64~JA")
    printer.repair()
    printer.work()

    assert printer.sheets == []
    assert printer_after(b"^XA^PW64~JA" + label()).faults == []


def test_a_printer_that_prints_twice_counts_twice() -> None:
    printer = ZplPrinter(64)
    printer.fault("duplicate_print")
    printer.receive(label())
    printer.work()

    first, second = printer.sheets
    assert (first.rows == second.rows, printer.odometer) == (True, 2)


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"hello^XA", "text"),
        (b'! U1 setvar "x" "y"\r\n', "unknown line"),
        (b"^XA^BQN,2,4^FS", "unknown command ^BQ"),
        (b"^XA^PW1^FS", "unknown command ^PW"),
        (b"^XA^PW12,3^FS", "unknown command ^PW"),
        (b"^XA^MD31^FS", "unknown command ^MD"),
        (b"^XA^FO1^FS", "unknown command ^FO"),
        (b"^XA^GFA,2,2,1,:Z64:AAAA:0000^FS", "unknown command ^GF"),
        (b"^XA^GFA,3,3,2,aabbcc^FS", "unknown command ^GF"),
        (b"^XA^GFA,2,2,1,aabbcc^FS", "unknown command ^GF"),
        (b"^XA^GFB,1,1,1,a^FS", "unknown command ^GF"),
        (b"~JR^XA", "unknown command ~JR"),
    ],
)
def test_anything_else_is_a_fault(data: bytes, what: str) -> None:
    assert [fault.what for fault in printer_after(data).faults] == [what]


def test_a_graphic_whose_check_sum_is_wrong_is_a_fault_and_not_drawn() -> None:
    broken = label().replace(b":Z64:eJ", b":Z64:eI")

    printer = printer_after(broken)

    assert [fault.what for fault in printer.faults] == ["unknown command ^GF"]
    assert printer.sheets[0].blank


def test_commands_outside_a_format_and_formats_inside_one_are_faults() -> None:
    assert [fault.what for fault in printer_after(b"^FS").faults] == ["a command outside a format"]
    assert [fault.what for fault in printer_after(b"^XA^XA").faults] == ["a format begins inside another"]
    assert [fault.what for fault in printer_after(label(4).replace(b"^LL4", b"^LL3")).faults] == [
        "a graphic longer than the label"
    ]


def test_the_buffer_fills_while_nothing_moves() -> None:
    printer = ZplPrinter(64)
    printer.fault("ribbon_out")
    printer.receive(label() * 200)
    assert printer.room < RECEIVE_BUFFER - 200 * 20
    printer.repair()
    printer.work()
    assert printer.room == RECEIVE_BUFFER


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_labels_faults_and_answers_do_not_depend_on_how_the_bytes_came(data: st.DataObject) -> None:
    pieces = [
        label(3),
        b"~HS",
        b"~JA",
        b"text",
        b'! U1 getvar "odometer.total_label_count"\r\n',
        b"^XA^PR3^XZ",
        b"\r\n",
    ]
    stream = b"".join(data.draw(st.lists(st.sampled_from(pieces), max_size=8)))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=12)))
    chunks = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]

    def told(*chunks: bytes) -> tuple[object, ...]:
        printer = ZplPrinter(64)
        for chunk in chunks:
            printer.receive(chunk)
        printer.work()
        faults = [fault for fault in printer.faults if fault.what != "text"]
        return printer.sheets, faults, printer.take_answers()

    assert told(*chunks) == told(stream)


SUDDEN = st.sampled_from([name for name in NAMES if name not in {"slow", "disconnect_at_byte"}])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(st.binary(max_size=200), st.just(label()), SUDDEN, st.none()), max_size=12))
def test_nothing_that_is_sent_or_goes_wrong_crashes_it(happenings: list[bytes | str | None]) -> None:
    printer = ZplPrinter(64)
    for happening in happenings:
        if isinstance(happening, bytes):
            printer.receive(happening)
        elif happening is None:
            printer.repair()
        else:
            printer.fault(happening)
        printer.work(100)
        printer.take_answers()
    assert all(isinstance(fault, ProtocolFault) for fault in printer.faults)
