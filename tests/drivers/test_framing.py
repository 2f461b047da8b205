"""Framing: any split of the bytes gives the same scans, and no bytes crash it or fill its memory."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.scanners.framing import Dropped, Framer, Read, Shape

LINE = Shape()
SHAPES = [
    LINE,
    Shape(suffixes=(b"\r\n",)),
    Shape(suffixes=(b"\x03",), prefix=b"\x02"),
    Shape(suffixes=(b"abcab",), max_length=12),
    Shape(suffixes=(b"\r",), max_length=5, answers=(b"\x06", b"\x04\xd0")),
    Shape(suffixes=(b"\t",), aim=False, code_ids=((b"s", "QR Code"), (b"sx", "other"))),
    Shape(suffixes=(), max_length=9),
]
#: Bytes that mean something to one of the shapes, and others.
TELLING = st.one_of(
    st.sampled_from(
        [b"\r", b"\n", b"\x02", b"\x03", b"\t", b"abcab", b"abc", b"]Q1", b"]", b"\x06", b"\x04\xd0", b"s"]
    ),
    st.binary(max_size=6),
)


def frames(shape: Shape, *chunks: bytes) -> list[Read | Dropped]:
    """What comes of the chunks, and of the silence after them."""
    framer = Framer(shape)
    found = [event for chunk in chunks for event in framer.feed(chunk, 0.0)]
    return found + list(framer.silent(shape.gap))


def read(shape: Shape, data: bytes) -> list[tuple[bytes, str]]:
    return [(event.content, event.symbology) for event in frames(shape, data) if isinstance(event, Read)]


@pytest.mark.parametrize("shape", SHAPES)
@settings(max_examples=40, deadline=None)
@given(pieces=st.lists(TELLING, max_size=20), cuts=st.lists(st.integers(0, 60), max_size=8))
def test_any_split_of_the_bytes_gives_the_same(shape: Shape, pieces: list[bytes], cuts: list[int]) -> None:
    data = b"".join(pieces)
    places = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    chunks = [data[begin:end] for begin, end in pairwise(places)]

    assert frames(shape, *chunks) == frames(shape, data)
    assert frames(shape, *(bytes([byte]) for byte in data)) == frames(shape, data)


@pytest.mark.parametrize("shape", SHAPES)
@settings(max_examples=40, deadline=None)
@given(data=st.binary(max_size=400))
def test_no_bytes_crash_it_and_none_are_held_for_ever(shape: Shape, data: bytes) -> None:
    framer = Framer(shape)
    for event in framer.feed(data, 0.0):
        assert isinstance(event, Dropped) or 0 < len(event.content) + 1 <= shape.max_length + 1
    assert len(framer._pending) <= shape.max_length + 5
    list(framer.silent(shape.gap))
    assert framer.due is None


@settings(deadline=None)
@given(contents=st.lists(st.binary(min_size=1, max_size=40).filter(lambda one: b"\x03" not in one), max_size=6))
def test_binary_content_comes_out_byte_for_byte(contents: list[bytes]) -> None:
    shape = Shape(suffixes=(b"\x03",), aim=False)

    assert read(shape, b"".join(content + b"\x03" for content in contents)) == [(one, "") for one in contents]


@pytest.mark.parametrize(
    ("suffix", "sent"), [((b"\r", b"\n"), b"one\r\ntwo\rthree\n"), ((b"\r\n",), b"one\r\ntwo\r\nthree\r\n")]
)
def test_lines_end_as_they_end(suffix: tuple[bytes, ...], sent: bytes) -> None:
    assert read(Shape(suffixes=suffix), sent) == [(b"one", ""), (b"two", ""), (b"three", "")]


def test_only_the_suffix_asked_for_ends_a_scan() -> None:
    assert read(Shape(suffixes=(b"\t",)), b"a\rb\nc\x03\t") == [(b"a\rb\nc\x03", "")]


@pytest.mark.parametrize(
    ("sent", "content", "symbology"),
    [
        (b"]Q1badge", b"badge", "QR Code"),
        (b"]C0x", b"x", "Code 128"),
        (b"]d2x", b"x", "Data Matrix"),
        (b"]Y0x", b"x", "]Y0"),
        (b"]Q", b"]Q", ""),
        (b"x]Q1", b"x]Q1", ""),
    ],
)
def test_an_aim_identifier_names_the_symbology(sent: bytes, content: bytes, symbology: str) -> None:
    assert read(LINE, sent + b"\r") == [(content, symbology)]


def test_an_aim_identifier_is_content_where_the_scanner_sends_none() -> None:
    assert read(Shape(aim=False), b"]Q1x\r") == [(b"]Q1x", "")]


def test_the_longest_of_the_scanners_own_identifiers_is_cut() -> None:
    shape = Shape(code_ids=((b"s", "QR Code"), (b"sP", "PDF417")))

    assert read(shape, b"s1\rsP2\rx3\r") == [(b"1", "QR Code"), (b"2", "PDF417"), (b"x3", "")]


def test_what_stands_before_the_prefix_is_noise_and_a_scan_without_it_is_none() -> None:
    shape = Shape(suffixes=(b"\x03",), prefix=b"\x02")

    found = frames(shape, b"noise\x02one\x03two\x03\x02three\x03")

    assert found == [Read(b"one"), Dropped("a scan came without its prefix"), Read(b"three")]


def test_answers_to_commands_are_no_part_of_a_scan() -> None:
    shape = Shape(answers=(b"\x04\xd0",))

    assert frames(shape, b"\x04\xd0\x04\xd0one\r\x04\xd0") == [Read(b"one")]


def test_too_long_a_scan_is_said_once_and_the_next_one_is_whole() -> None:
    """A megabyte without a suffix is one event, and never more than a scan of it is held."""
    framer = Framer(LINE)
    found = [event for _ in range(1024) for event in framer.feed(bytes(1024), 0.0)]

    assert found == [Dropped("a scan was longer than 7168 bytes")]
    assert len(framer._pending) <= LINE.max_length
    assert list(framer.feed(b"rest\rnext\r", 0.0)) == [Read(b"next")]


def test_silence_ends_a_scan_without_suffix() -> None:
    framer = Framer(Shape(suffixes=(), gap=0.25))

    assert list(framer.feed(b"on", 1.0)) == []
    assert framer.due == 1.25
    assert list(framer.silent(1.125)) == []
    assert list(framer.feed(b"e", 1.125)) == []
    assert list(framer.silent(1.25)) == []
    assert list(framer.silent(1.375)) == [Read(b"one")]


def test_silence_voids_a_scan_whose_suffix_is_missing() -> None:
    """The rest was lost; glued to the next one it would be a code that nobody has."""
    framer = Framer(LINE)
    list(framer.feed(b"half a ba", 0.0))

    assert list(framer.silent(1.0)) == [Dropped("a scan was cut off: its suffix did not come")]
    assert list(framer.feed(b"whole\r", 2.0)) == [Read(b"whole")]


def test_what_follows_a_lost_piece_is_dropped_up_to_the_suffix_or_the_silence_after_it() -> None:
    """Not up to the silence before it: what came late would be taken for a scan of its own."""
    framer = Framer(Shape(suffixes=(), gap=0.25, by_key=True))

    assert list(framer.void("lost", 10.0)) == [Dropped("lost")]
    assert list(framer.silent(10.125)) == []
    assert list(framer.feed(b"rest", 10.125)) == []
    assert list(framer.end()) == []
    assert list(framer.feed(b"next", 10.125)) + list(framer.end()) == [Read(b"next")]
    assert list(framer.void("lost", 20.0)) == [Dropped("lost")]
    assert list(framer.silent(20.25)) == []
    assert list(framer.feed(b"other", 21.0)) + list(framer.end()) == [Read(b"other")]


def test_content_is_not_in_what_is_shown_of_a_scan() -> None:
    assert "badge" not in repr(Read(b"badge"))


@pytest.mark.parametrize(
    ("sent", "content"),
    [
        (rb"]Q2\000026caf\\\\e\r", rb"caf\\e"),
        (b"]Q2plain\r", b"plain"),
        (rb"]Q4\000003a\000026b\r", b"ab"),
        (rb"]Q2\\\\000026\r", rb"\\000026"),
        (rb"]Q1\000026x\r", rb"\000026x"),
    ],
)
def test_eci_escapes_are_no_content(sent: bytes, content: bytes) -> None:
    """Where the identifier announces them, and nowhere else."""
    assert read(Shape(), sent.replace(rb"\r", b"\r")) == [(content, "QR Code")]


@pytest.mark.parametrize("broken", [b"C:\\temp", b"\\00002", b"x\\"])
def test_content_that_is_not_escaped_as_was_announced_is_no_scan(broken: bytes) -> None:
    """Exact bytes or nothing."""
    framer = Framer(Shape())

    assert list(framer.feed(b"]Q2" + broken + b"\r", 0)) == [Dropped("a scan's ECI escapes are broken")]
