"""What a driver prints reaches the log in whole lines, so that the log's scrubber sees a secret in one piece."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from kiosk.devices.output import MAX_LINE, MAX_OUTPUT, OutputLines
from kiosk.log import scrub

SECRET = "ms-qrpin:v1|ada@contoso.example|0a0a|secretkey"


def said(data: bytes, cuts: list[int]) -> list[str]:
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    lines = OutputLines()
    out = [line for start, end in itertools.pairwise(edges) for line in lines.feed(data[start:end])]
    return [*out, *lines.end()]


@given(st.lists(st.integers(min_value=0), max_size=20))
def test_any_split_gives_the_same_lines_and_no_secret_passes(cuts: list[int]) -> None:
    data = f"before\n\nwith {SECRET} in it\nx{SECRET}".encode()
    lines = said(data, cuts)
    assert lines == ["before", f"with {SECRET} in it", f"x{SECRET}"]
    assert "secretkey" not in repr(scrub(lines))


@given(st.integers(0, MAX_LINE + 100), st.lists(st.integers(min_value=0), max_size=5))
def test_a_secret_across_the_cap_of_a_line_leaves_no_second_half(before: int, cuts: list[int]) -> None:
    """The rest of a line that is too long is not logged at all."""
    lines = said(b"." * before + SECRET.encode() + b"\nafter\n", cuts)
    assert lines[1] == "after"
    assert len(lines[0]) <= MAX_LINE + 2
    assert "secretkey" not in repr(scrub(lines))


def test_a_process_that_never_stops_talking_fills_no_log() -> None:
    lines = OutputLines()
    logged = sum(len(line) for _ in range(1000) for line in lines.feed(b"y" * 99 + b"\n"))
    assert logged <= MAX_OUTPUT + MAX_LINE
