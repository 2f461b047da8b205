"""A badge's content is known for one in whichever form a symbol carries it."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.wire.content import PREFIX, badge_content


@given(st.binary(max_size=300).map(lambda rest: PREFIX + rest.strip()))
def test_raw_base64_and_base64url_are_one_content(content: bytes) -> None:
    encoded = base64.b64encode(content)

    forms = [content, encoded, base64.urlsafe_b64encode(content), encoded.rstrip(b"="), encoded + b"\r\n"]

    assert {badge_content(form) for form in forms} == {content.strip()}


@given(st.binary())
def test_no_bytes_raise(content: bytes) -> None:
    badge_content(content)


@pytest.mark.parametrize("content", [b"", b"https://example.com", b"qrpin:v1", b"MS-OTHER:", b"bXMt"])
def test_other_codes_are_not_badges(content: bytes) -> None:
    assert badge_content(content) is None


def test_a_damaged_encoding_is_still_treated_as_a_secret() -> None:
    damaged = base64.b64encode(PREFIX) + b"!!!"

    assert badge_content(damaged) == damaged
