"""Lifetimes and PIN rules, case by case."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.badge.kind import CodeKind
from kiosk.tenant.refusal import GraphError
from kiosk.tenant.rules import check_lifetime, check_pin, generate_pin

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
STANDARD, TEMPORARY = CodeKind.STANDARD, CodeKind.TEMPORARY


@pytest.mark.parametrize(
    ("kind", "start", "life", "code"),
    [
        (STANDARD, 0, timedelta(days=395), None),
        (STANDARD, 0, timedelta(days=395, seconds=1), "qrCodeLifeTimeExceedLimit"),
        (STANDARD, 0, timedelta(days=1), None),
        (STANDARD, 0, timedelta(hours=23, minutes=59), "badRequest"),
        (STANDARD, -300, timedelta(days=365), None),
        (STANDARD, -300, timedelta(days=300), "badRequest"),
        (STANDARD, 30, timedelta(days=395), None),
        (TEMPORARY, 0, timedelta(hours=12), None),
        (TEMPORARY, 0, timedelta(hours=12, seconds=1), "qrCodeLifeTimeExceedLimit"),
        (TEMPORARY, 0, timedelta(hours=1), None),
        (TEMPORARY, 0, timedelta(minutes=6), "badRequest"),
        (TEMPORARY, 2, timedelta(hours=3), None),
        (STANDARD, 0, timedelta(days=-1), "badRequest"),
    ],
)
def test_lifetime(kind: CodeKind, start: int, life: timedelta, code: str | None) -> None:
    """A standard code lives 1 to 395 days, a temporary one 1 to 12 hours, from a start that may be past or future."""
    begin = NOW + timedelta(days=start)
    if code is None:
        check_lifetime(kind, begin, begin + life, NOW)
    else:
        with pytest.raises(GraphError) as refused:
            check_lifetime(kind, begin, begin + life, NOW)
        assert (refused.value.status, refused.value.code) == (400, code)


@pytest.mark.parametrize(
    ("pin", "at_least", "code"),
    [
        ("09599786", 8, None),
        ("0959978", 8, "pinTooShort"),
        ("0959978a", 8, "pinTooShort"),
        ("٠٩٥٩٩٧٨٦", 8, "pinTooShort"),
        ("", 8, "pinTooShort"),
        ("09599786", 10, "pinTooShort"),
        ("09599786", 4, None),
        ("95997860318427501364", 8, None),
        ("959978603184275013642", 8, "badRequest"),
        ("40123456789", 8, "badRequest"),
        ("98765432107", 8, "badRequest"),
        ("12121299", 8, "badRequest"),
        ("12312399", 8, "badRequest"),
        ("99342342", 8, "badRequest"),
    ],
)
def test_pin(pin: str, at_least: int, code: str | None) -> None:
    """8 to 20 digits, at least as many as the policy says, no run of all ten and no repeated group."""
    if code is None:
        check_pin(pin, at_least)
    else:
        with pytest.raises(GraphError) as refused:
            check_pin(pin, at_least)
        assert (refused.value.status, refused.value.code) == (400, code)
        assert not pin or pin not in str(refused.value)


@given(st.integers(1, 20))
def test_generated_pins_satisfy_the_rules(digits: int) -> None:
    """Whatever length the policy asks for."""
    pin = generate_pin(digits)
    assert len(pin) == max(digits, 8)
    check_pin(pin, digits)
