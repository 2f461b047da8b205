"""Content is taken apart strictly in what is relied on, indifferently in the rest, and never raises."""

from __future__ import annotations

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.wire.secret import Secret
from kiosk.badge.content import Badge, Unreadable, digest, parse, short_id

CODE_ID = "1a253da5-3f9a-457d-bd9c-de1aab9a2e59"
CONTENT = f"ms-qrpin:v1|ada@example.com|{CODE_ID}|3763…key|more".encode()


def test_a_badge_says_whose_and_which_it_is() -> None:
    badge = parse(Secret(CONTENT))

    assert badge == Badge("ada@example.com", CODE_ID, digest(CONTENT))


def test_raw_and_base64_are_the_same_code() -> None:
    assert parse(Secret(base64.b64encode(CONTENT))) == parse(Secret(CONTENT))
    assert digest(base64.b64encode(CONTENT)) == digest(CONTENT)


def test_ids_are_compared_in_lower_case() -> None:
    badge = parse(Secret(CONTENT.replace(CODE_ID.encode(), CODE_ID.upper().encode())))

    assert isinstance(badge, Badge)
    assert badge.code_id == CODE_ID


def test_the_digest_is_not_the_plain_hash_of_the_content() -> None:
    """A SHA-256 that something else logged must not match the registry."""
    assert digest(CONTENT) != hashlib.sha256(CONTENT).digest()
    assert len(digest(CONTENT)) == 32


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"https://example.com", Unreadable.NOT_A_BADGE),
        (b"", Unreadable.NOT_A_BADGE),
        (b"ms-qrpin:" + bytes(4000), Unreadable.NOT_A_BADGE),
        (CONTENT.replace(b":v1|", b":v2|"), Unreadable.UNKNOWN_VERSION),
        (b"ms-qrpin:", Unreadable.UNKNOWN_VERSION),
        (b"ms-qrpin:v1", Unreadable.MALFORMED),
        (f"ms-qrpin:v1|ada@example.com|{CODE_ID}".encode(), Unreadable.MALFORMED),
        (CONTENT.replace(b"ada@example.com", b""), Unreadable.MALFORMED),
        (CONTENT.replace(b"ada@example.com", b"ada"), Unreadable.MALFORMED),
        (CONTENT.replace(b"ada", b"a\x1b[2Jda"), Unreadable.MALFORMED),
        (CONTENT.replace(b"ada", b"a\xff"), Unreadable.MALFORMED),
        (CONTENT.replace(CODE_ID.encode(), b"not-a-guid"), Unreadable.MALFORMED),
    ],
)
def test_what_is_no_badge_says_why(content: bytes, why: Unreadable) -> None:
    assert parse(Secret(content)) is why


@given(st.one_of(st.binary(), st.binary().map(lambda rest: b"ms-qrpin:v1|" + rest)))
def test_no_bytes_raise(content: bytes) -> None:
    parse(Secret(content))
    digest(content)


@given(st.binary(min_size=1, max_size=100), st.binary(min_size=1, max_size=100))
def test_other_content_has_another_digest(one: bytes, other: bytes) -> None:
    assert (digest(CONTENT + one) == digest(CONTENT + other)) == (
        (CONTENT + one).strip() == (CONTENT + other).strip()
    )


def test_the_short_id_is_what_a_person_can_read_out() -> None:
    assert short_id(CODE_ID) == "1A253DA5"
