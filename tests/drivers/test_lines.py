"""The wire's framing: any split of the bytes gives the same messages, and no bytes do harm."""

from __future__ import annotations

import itertools
import os
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.loop import speak
from drivers.wire import lines
from drivers.wire.messages import (
    Cancel,
    Code,
    Commit,
    Configure,
    Decode,
    Error,
    FromDriver,
    FromStation,
    Health,
    Hello,
    Message,
    Outcome,
    Page,
    Ping,
    Prepare,
    Prepared,
    Scan,
)
from drivers.wire.secret import Secret

CONTENT = b"ms-qrpin:v1|ada@example.com|\x00\xff|key"
STATION: list[Message] = [
    Configure(kind="pictures", options={"paths": ["a.png"]}),
    Ping(),
    Decode(request="r", bytes=Secret(b"\x89PNG"), all=True, budget_ms=12.5),
    Prepare(job="j", page=Page(width=8, height=1, dpi=203, rows=Secret(b"\xaa"))),
    Commit(job="j"),
    Cancel(job="j"),
]
DRIVER: list[Message] = [
    Hello(version=1, kind="camera", identity="x", capabilities=("scan",)),
    Scan(
        seq=1, codes=(Code(content=Secret(CONTENT), corners=(0.0, 1.0), engine="e", version=10, level="L"),), ms=1.5
    ),
    Prepared(job="j", read=(Secret(CONTENT),)),
    Outcome(job="j", result="unknown", reason="silent"),
    Error(reason="no", about="j"),
]


def _feed(reader: lines.LineReader[Any], data: bytes, cuts: list[int]) -> list[Any]:
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [message for start, end in itertools.pairwise(edges) for message in reader.feed(data[start:end])]


@given(st.lists(st.integers(min_value=0), max_size=20))
def test_any_split_gives_the_same_messages(cuts: list[int]) -> None:
    for sent, reader in ((STATION, lines.from_station()), (DRIVER, lines.from_driver())):
        data = b"".join(lines.encode(message) for message in sent)

        assert _feed(reader, data, cuts) == sent


@given(st.lists(st.binary(max_size=200).map(lambda noise: noise.replace(b"\n", b""))))
def test_a_bad_line_costs_itself_alone(noise: list[bytes]) -> None:
    reader = lines.from_station()
    data = b"".join(line + b"\n" + lines.encode(Ping()) for line in noise)

    heard = list(reader.feed(data))

    assert [message for message in heard if isinstance(message, Ping)] == [Ping()] * len(noise)


def test_fields_of_a_newer_peer_are_ignored() -> None:
    (message,) = lines.from_station().feed(b'{"type":"commit","job":"j","colour":"red"}\n')

    assert message == Commit(job="j")


@pytest.mark.parametrize(
    "line",
    [b'{"type":"wash"}', b'{"job":"j"}', b'{"type":"commit"}', b'{"type":"commit","job":7}', b"[]", b"", b"\xff"],
)
def test_what_is_no_message_says_so(line: bytes) -> None:
    (message,) = lines.from_station().feed(line + b"\n")

    assert isinstance(message, lines.WireError)
    assert not message.fatal


@pytest.mark.parametrize("ending", [b"", b"\n"])
def test_a_line_over_the_cap_ends_the_conversation(ending: bytes) -> None:
    with pytest.raises(lines.WireError) as caught:
        list(lines.from_driver().feed(b'"' + b"a" * lines.MAX_LINE + ending))
    assert caught.value.fatal


def test_nothing_over_the_cap_is_sent() -> None:
    page = Page(width=8, height=lines.MAX_LINE, dpi=203, rows=Secret(bytes(lines.MAX_LINE)))

    with pytest.raises(lines.WireError):
        lines.encode(Prepare(job="j", page=page))


@pytest.mark.parametrize("union", [FromStation, FromDriver])
def test_every_message_of_the_table_has_its_own_name(union: Any) -> None:
    tags = [kind.__struct_config__.tag for kind in union.__args__]

    assert len(set(tags)) == len(tags)


def test_what_is_too_long_for_a_line_is_said_to_be() -> None:
    """A picture with hundreds of the largest codes costs its answer and not the driver."""
    ours, theirs = os.pipe()
    many = tuple(Code(content=Secret(bytes(2953))) for _ in range(300))
    say = speak(theirs)
    for message in (Scan(seq=1, codes=many, source="a.png"), Scan(seq=2, codes=many), Health(state="ok")):
        say(message)
    os.close(theirs)
    with os.fdopen(ours, "rb") as wire:
        first, second, third = lines.from_driver().feed(wire.read())

    assert isinstance(first, Error)
    assert isinstance(second, Error)
    assert (first.about, second.about, third) == ("a.png", "scan", Health(state="ok"))
    assert "longer than a line may be" in first.reason


def test_no_error_about_a_bad_secret_repeats_it() -> None:
    (message,) = lines.from_driver().feed(b'{"type":"prepared","job":"j","read":["not base64 but secret"]}\n')

    assert isinstance(message, lines.WireError)
    assert "secret" not in str(message)


def test_messages_show_no_secrets() -> None:
    assert "ms-qrpin" not in repr(DRIVER)
    with pytest.raises(TypeError):
        msgspec.json.encode(DRIVER)
