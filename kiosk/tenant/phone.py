"""The shared phone: what Entra's sign-in page would answer to a scanned code and a typed PIN."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from kiosk.tenant.content import content_digest, named_in
from kiosk.tenant.method import Code, Method, Standing
from kiosk.tenant.model import Tenant
from kiosk.tenant.people import User
from kiosk.tenant.rules import pin_is_good

#: Entra's smart lockout as it comes: ten wrong in a row, a minute.
WRONG_PINS: Final = 10
LOCKED_FOR: Final = timedelta(seconds=60)


class Result(StrEnum):
    """What the sign-in page says."""

    ACCEPTED = "accepted"
    MUST_CHANGE_PIN = "must_change_pin"
    WRONG_PIN = "wrong_pin"
    LOCKED = "locked"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    REVOKED = "revoked"
    INCORRECT_QR_CODE = "incorrect_qr_code"
    ACCOUNT_DISABLED = "account_disabled"
    POLICY_DISALLOWS = "policy_disallows"


@dataclass(frozen=True, slots=True)
class SignIn:
    """The answer, and whose code it was where the tenant knows."""

    result: Result
    user: User | None = None


@dataclass(slots=True)
class _Failures:
    in_a_row: int = 0
    locked_until: datetime | None = None


@dataclass(slots=True)
class Phone:
    """A phone at a tenant. It remembers wrong PINs, which lock the account for a while."""

    tenant: Tenant
    _failures: dict[str, _Failures] = field(default_factory=dict)

    def sign_in(self, content: bytes, pin: str, new_pin: str | None = None) -> SignIn:
        """Try to sign in. With `must_change_pin` and a good `new_pin` the PIN is changed and the answer accepted.

        Of a code that was not issued here, or whose content is not the issued one, the page says only that it is
        incorrect; and so it does where the person has never signed in by another method, or where the UPN inside
        the code is no longer theirs.
        """
        named = named_in(content)
        owner = self.tenant.owners.get(named[1]) if named else None
        if named is None or owner is None or owner[1] != content_digest(content):
            return SignIn(Result.INCORRECT_QR_CODE)
        user = self.tenant.users.get(owner[0])
        if user is None or user.user_principal_name != named[0]:
            return SignIn(Result.INCORRECT_QR_CODE, user)
        return SignIn(self._judge(user, named[1], pin, new_pin), user)

    def _judge(self, user: User, code_id: str, pin: str, new_pin: str | None) -> Result:
        method = self.tenant.methods.get(user.id)
        code = next((each for each in method.codes if each.id == code_id), None) if method else None
        if method is None or code is None:
            return Result.REVOKED
        return self._against_account(user, code) or self._against_pin(user, method, code, pin, new_pin)

    def _against_account(self, user: User, code: Code) -> Result | None:
        standing = code.standing(self.tenant.clock.now())
        checks = (
            (not user.account_enabled, Result.ACCOUNT_DISABLED),
            (not self.tenant.allows(user.id), Result.POLICY_DISALLOWS),
            (not user.signed_in_before, Result.INCORRECT_QR_CODE),
            (standing is Standing.EXPIRED, Result.EXPIRED),
            (standing is Standing.NOT_YET_VALID, Result.NOT_YET_VALID),
        )
        return next((result for refused, result in checks if refused), None)

    def _against_pin(self, user: User, method: Method, code: Code, pin: str, new_pin: str | None) -> Result:
        now = self.tenant.clock.now()
        failures = self._failures.setdefault(user.id, _Failures())
        if failures.locked_until is not None and now < failures.locked_until:
            return Result.LOCKED
        if not method.pin.is_right(pin):
            return self._wrong(failures, now)
        self._failures.pop(user.id)
        at_least = self.tenant.policy.pin_length
        if method.pin.must_change or method.pin.length < at_least:
            if new_pin is None or new_pin == pin or not pin_is_good(new_pin, at_least):
                return Result.MUST_CHANGE_PIN
            self.tenant.change_pin(user.id, pin, new_pin)
        self.tenant.used(user.id, code.kind)
        return Result.ACCEPTED

    def _wrong(self, failures: _Failures, now: datetime) -> Result:
        failures.in_a_row += 1
        if failures.in_a_row < WRONG_PINS:
            return Result.WRONG_PIN
        failures.in_a_row = 0
        failures.locked_until = now + LOCKED_FOR
        return Result.LOCKED
