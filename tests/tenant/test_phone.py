"""Signing in at a shared phone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from kiosk.badge.kind import CodeKind
from kiosk.clock import ManualClock
from kiosk.tenant.method import NewCode
from kiosk.tenant.model import Tenant
from kiosk.tenant.phone import Phone, Result
from kiosk.tenant.seed import ADA, LAYLA

PIN, CHANGED = "09599786", "56745799"


@pytest.fixture
def content(tenant: Tenant) -> bytes:
    """Layla's new badge, valid for 30 days from tomorrow minus a day; her PIN is already her own."""
    now = tenant.clock.now()
    new = tenant.create_method(LAYLA.id, now, now + timedelta(days=30), PIN)
    tenant.change_pin(LAYLA.id, PIN, CHANGED)
    return new.code.content.reveal()


@pytest.fixture
def phone(tenant: Tenant) -> Phone:
    """A phone."""
    return Phone(tenant)


def test_accepted_is_noted_as_used(tenant: Tenant, phone: Phone, content: bytes, clock: ManualClock) -> None:
    """lastUsedDateTime is the moment of the sign-in."""
    clock.advance(5)
    answer = phone.sign_in(content, CHANGED)
    assert (answer.result, answer.user) == (Result.ACCEPTED, LAYLA)
    assert tenant.code(LAYLA.id, CodeKind.STANDARD).last_used == clock.now()


def test_a_new_pin_must_be_changed_first(tenant: Tenant, phone: Phone) -> None:
    """Nothing is used until a good and different PIN is given."""
    now = tenant.clock.now()
    content = tenant.create_method(LAYLA.id, now, now + timedelta(days=30), PIN).code.content.reveal()
    for new_pin in (None, PIN, "1234", "12121212"):
        assert phone.sign_in(content, PIN, new_pin).result is Result.MUST_CHANGE_PIN
    assert tenant.code(LAYLA.id, CodeKind.STANDARD).last_used is None
    assert phone.sign_in(content, PIN, CHANGED).result is Result.ACCEPTED
    assert phone.sign_in(content, PIN).result is Result.WRONG_PIN
    assert phone.sign_in(content, CHANGED).result is Result.ACCEPTED


def test_a_longer_policy_asks_for_a_longer_pin(tenant: Tenant, phone: Phone, content: bytes) -> None:
    """Raising pinLength makes people change at their next sign-in."""
    tenant.policy = replace(tenant.policy, pin_length=10)
    assert phone.sign_in(content, CHANGED).result is Result.MUST_CHANGE_PIN
    assert phone.sign_in(content, CHANGED, "5674579913").result is Result.ACCEPTED


def test_ten_wrong_pins_lock_for_a_minute(phone: Phone, content: bytes, clock: ManualClock) -> None:
    """The right PIN does not help until the minute is over; a right one in between starts the count anew."""
    for _ in range(9):
        assert phone.sign_in(content, "00000000").result is Result.WRONG_PIN
    assert phone.sign_in(content, CHANGED).result is Result.ACCEPTED
    answers = [phone.sign_in(content, "00000000").result for _ in range(10)]
    assert answers == [Result.WRONG_PIN] * 9 + [Result.LOCKED]
    clock.advance(59)
    assert phone.sign_in(content, CHANGED).result is Result.LOCKED
    clock.advance(1)
    assert phone.sign_in(content, CHANGED).result is Result.ACCEPTED


def test_revoked_codes_never_sign_in(tenant: Tenant, phone: Phone, content: bytes) -> None:
    """Neither when the code was deleted, nor when the whole method was, nor when a new one took its place."""
    now = tenant.clock.now()
    tenant.delete_code(LAYLA.id, CodeKind.STANDARD)
    assert phone.sign_in(content, CHANGED).result is Result.REVOKED
    written = tenant.write_code(LAYLA.id, CodeKind.STANDARD, now, now + timedelta(days=30))
    assert isinstance(written, NewCode)
    assert phone.sign_in(content, CHANGED).result is Result.REVOKED
    assert phone.sign_in(written.content.reveal(), CHANGED).result is Result.ACCEPTED
    tenant.delete_method(LAYLA.id)
    assert phone.sign_in(written.content.reveal(), CHANGED).result is Result.REVOKED


def test_a_code_has_its_time(tenant: Tenant, phone: Phone, clock: ManualClock) -> None:
    """Not before its start, and not from its expiry on."""
    now = clock.now()
    written = tenant.write_code(ADA.id, CodeKind.TEMPORARY, now + timedelta(hours=1), now + timedelta(hours=3))
    assert isinstance(written, NewCode)
    seen = []
    for _ in range(4):
        seen.append(phone.sign_in(written.content.reveal(), "00000000").result)
        clock.advance(3600)
    assert seen == [Result.NOT_YET_VALID, Result.WRONG_PIN, Result.WRONG_PIN, Result.EXPIRED]


def test_accounts_and_policy(tenant: Tenant, phone: Phone, content: bytes) -> None:
    """A good code and PIN of somebody who may not sign in."""
    tenant.change_user(replace(LAYLA, account_enabled=False))
    assert phone.sign_in(content, CHANGED).result is Result.ACCOUNT_DISABLED
    tenant.change_user(replace(LAYLA, signed_in_before=False))
    assert phone.sign_in(content, CHANGED).result is Result.INCORRECT_QR_CODE
    tenant.change_user(replace(LAYLA, user_principal_name="layla@contoso-stores.example"))
    assert phone.sign_in(content, CHANGED).result is Result.INCORRECT_QR_CODE
    tenant.change_user(LAYLA)
    tenant.policy = replace(tenant.policy, enabled=False)
    assert phone.sign_in(content, CHANGED).result is Result.POLICY_DISALLOWS


def test_content_nobody_issued(phone: Phone, content: bytes) -> None:
    """A forgery with a known id, a code of nobody, and what is no badge at all."""
    forged = content[:-4] + b"AAAA"
    for seen in (
        forged,
        content.replace(b"layla", b"hina", 1),
        b"ms-qrpin:v1|a|b|c",
        b"https://example.com",
        b"\xff",
    ):
        assert phone.sign_in(seen, CHANGED).result is Result.INCORRECT_QR_CODE
