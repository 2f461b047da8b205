"""The parser takes what Epson documents, tells of everything else, and never minds how the bytes were split."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kiosk.harness.escpos_commands import (
    AutomaticStatus,
    Command,
    Cut,
    Feed,
    FeedLines,
    Initialise,
    Justify,
    LeftMargin,
    PrintWidth,
    ProtocolFault,
    RasterBegins,
    ReportDone,
    ReportNow,
    ReportPaper,
    Row,
    Text,
)
from kiosk.harness.escpos_parser import Parser


def parsed(*chunks: bytes) -> list[Command]:
    parser = Parser()
    return [command for chunk in chunks for command in parser.feed(chunk)]


@pytest.mark.parametrize(
    ("data", "command"),
    [
        (b"\x1b@", Initialise()),
        (b"\x1bJ\xff", Feed(255)),
        (b"\x1bd\x03", FeedLines(3)),
        (b"\n", FeedLines(1)),
        (b"\x1ba\x31", Justify(1)),
        (b"\x1ba\x02", Justify(2)),
        (b"\x1dL\x10\x01", LeftMargin(272)),
        (b"\x1dW\x00\x02", PrintWidth(512)),
        (b"\x1da\xff", AutomaticStatus(255)),
        (b"\x1dr\x01", ReportPaper()),
        (b"\x1dr\x31", ReportPaper()),
        (b"\x1d(H\x06\x0000id42", ReportDone(b"id42")),
        (b"\x1dV\x00", Cut(None)),
        (b"\x1dV\x31", Cut(None)),
        (b"\x1dVA\x05", Cut(5)),
        (b"\x1dVB\x00", Cut(0)),
        (b"\x10\x04\x04", ReportNow(4)),
    ],
)
def test_a_documented_command_is_understood(data: bytes, command: Command) -> None:
    assert parsed(data) == [command]


@pytest.mark.parametrize(
    ("mode", "wide", "tall"), [(0, False, False), (1, True, False), (2, False, True), (51, True, True)]
)
def test_a_raster_is_its_rows(*, mode: int, wide: bool, tall: bool) -> None:
    commands = parsed(b"\x1dv0" + bytes([mode]) + b"\x02\x00\x02\x00" + b"\xaa\x10\x04\x01")
    assert commands == [
        RasterBegins(16, 2, wide, tall),
        Row(b"\xaa\x10", wide, tall),
        Row(b"\x04\x01", wide, tall),
    ]


def test_a_status_request_inside_a_raster_is_dots_and_no_request() -> None:
    commands = parsed(b"\x1dv0\x00\x03\x00\x01\x00" + b"\x10\x04\x01")
    assert commands[1] == Row(b"\x10\x04\x01", False, False)


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"\x1bt\x00", "unknown command 1b 74"),
        (b"\x1d(k\x03\x00123", "unknown command 1d 28 6b"),
        (b"\x1d(H\x06\x0000\x01\x02\x03\x04", "unknown command 1d 28 48"),
        (b"\x1dr\x02", "unknown command 1d 72 02"),
        (b"\x1dV\x09", "unknown command 1d 56 09"),
        (b"\x1ba\x09", "unknown command 1b 61 09"),
        (b"\x1dv0\x04\x01\x00\x01\x00", "unknown command 1d 76 30"),
        (b"\x1dv0\x00\x00\x00\x01\x00", "unknown command 1d 76 30"),
        (b"\x10\x04\x05", "unknown command 10 04 05"),
        (b"\x10\x05\x01", "unknown command 10 05"),
        (b"\x0d", "unknown control character 0x0d"),
    ],
)
def test_anything_else_is_a_fault_where_it_began(data: bytes, what: str) -> None:
    assert parsed(b"\0\0" + data)[0] == ProtocolFault(2, what)


def test_an_unknown_command_with_a_length_is_passed_over_whole() -> None:
    assert parsed(b"\x1d(k\x04\x00\x1b@\x1b@\x1bJ\x01")[1:] == [Feed(1)]


def test_a_run_of_text_is_one_fault_and_its_characters() -> None:
    assert parsed(b"ab\nc") == [
        ProtocolFault(0, "text"),
        Text(97),
        Text(98),
        FeedLines(1),
        ProtocolFault(3, "text"),
        Text(99),
    ]


def test_padding_between_commands_is_nothing() -> None:
    assert parsed(bytes(8192) + b"\x1b@" + bytes(3)) == [Initialise()]


def test_a_fault_shows_no_more_than_the_command_itself() -> None:
    """What follows it may be a piece of a code."""
    [fault] = parsed(b"\x1d(k\x20\x00" + b"ms-qrpin:secret-secret-secret-se")
    assert "secret" not in repr(fault)


PIECES = [
    b"\x1b@",
    b"\x1bJ\x05",
    b"\x1bd\x02",
    b"\n",
    b"\x1ba\x01",
    b"\x1dL\x08\x00",
    b"\x1dW\x80\x01",
    b"\x1da\xff",
    b"\x1dr\x01",
    b"\x1d(H\x06\x0000abcd",
    b"\x1d(k\x03\x00xyz",
    b"\x1dVB\x07",
    b"\x1dV\x00",
    b"\x10\x04\x01",
    b"\x10\x04\x09",
    b"\0\0",
    b"hello",
    b"\x1dv0\x03\x02\x00\x03\x00\x10\x04\x01\x1b@\n",
    b"\x1dv0\x00\x48\x00\x01\x00" + bytes(range(72)),
    b"\x1b",
    b"\x1d",
]


@st.composite
def streams(draw: st.DrawFn) -> bytes:
    """Mostly commands, some of them mangled, some noise."""
    pieces = draw(st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=12)), max_size=25))
    return b"".join(pieces)


@st.composite
def split(draw: st.DrawFn, stream: bytes) -> list[bytes]:
    cuts = sorted(draw(st.lists(st.integers(0, len(stream)), max_size=30)))
    return [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]


@settings(deadline=None)
@given(st.data())
def test_how_the_bytes_are_split_makes_no_difference(data: st.DataObject) -> None:
    stream = data.draw(streams())
    whole = parsed(stream)
    assert parsed(*data.draw(split(stream))) == whole
    assert parsed(*(bytes([byte]) for byte in stream)) == whole


@settings(deadline=None)
@given(st.binary(max_size=400))
@example(b"\x1d(" + b"\xff" * 300)
def test_any_bytes_are_taken(stream: bytes) -> None:
    parser = Parser()
    list(parser.feed(stream))
    assert 0 <= parser.offset <= len(stream)
