"""PINs keep Entra's rules, and a refusal does not repeat the PIN."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.wire.secret import Secret
from kiosk.graph.errors import PinRejected
from kiosk.graph.pin import check_pin, generate_pin
from kiosk.tenant.rules import pin_is_good


@given(st.integers(8, 20))
def test_a_generated_pin_keeps_the_rules(length: int) -> None:
    pin = generate_pin(length)
    check_pin(pin, least=length)
    digits = pin.reveal_text()
    assert len(digits) == length
    assert re.fullmatch("[0-9]+", digits)
    assert not any(digits[i : i + n] == digits[i + n : i + 2 * n] for n in (2, 3) for i in range(length))


@given(st.text("0123456789", min_size=6, max_size=22), st.integers(8, 12))
def test_the_client_and_the_tenant_agree_on_every_pin_short_enough(digits: str, least: int) -> None:
    try:
        check_pin(Secret(digits), least=least)
    except PinRejected:
        allowed = False
    else:
        allowed = True
    assert allowed == pin_is_good(digits, least)


def test_a_pin_may_begin_with_nought() -> None:
    check_pin(Secret("09599786"))


@pytest.mark.parametrize(
    ("pin", "least"),
    [
        ("1234567", 8),
        ("095997864", 10),
        ("0" * 21, 8),
        ("0959978a", 8),
        ("٠٩٥٩٩٧٨٦", 8),
        ("", 8),
        ("50123456789", 8),
        ("0123456789", 8),
        ("9876543210", 8),
        ("90121212", 8),
        ("91231235", 8),
        ("34234270", 8),
    ],
)
def test_a_pin_that_breaks_a_rule_is_refused_unsaid(pin: str, least: int) -> None:
    with pytest.raises(PinRejected) as caught:
        check_pin(Secret(pin), least=least)
    assert not pin or pin not in str(caught.value)


@pytest.mark.parametrize("length", [7, 21])
def test_a_length_no_pin_has(length: int) -> None:
    with pytest.raises(PinRejected):
        generate_pin(length)
