"""What the tenant holds of one person's method, and the policy that governs all of them. Frozen values."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Self

from drivers.wire.secret import Secret
from kiosk.badge.kind import CodeKind


class Standing(StrEnum):
    """Where a code is in its life."""

    NOT_YET_VALID = "not_yet_valid"
    ACTIVE = "active"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Code:
    """A standard or temporary code. Of its content only `digest` (SHA-256) is kept: enough to know it again."""

    id: str
    kind: CodeKind
    start: datetime
    expire: datetime
    created: datetime
    digest: bytes = field(repr=False)
    last_used: datetime | None = None

    def standing(self, now: datetime) -> Standing:
        """Where this code is in its life at `now`. It ends at `expire` exactly."""
        if now >= self.expire:
            return Standing.EXPIRED
        return Standing.ACTIVE if now >= self.start else Standing.NOT_YET_VALID

    def holds_its_place(self, now: datetime) -> bool:
        """Whether it keeps another of its kind from being created: it does until it expires, begun or not."""
        return self.standing(now) is not Standing.EXPIRED


@dataclass(frozen=True, slots=True)
class Pin:
    """A PIN, kept as a salted digest. `length` is what a later, longer policy is compared with."""

    id: str
    length: int
    must_change: bool
    created: datetime
    updated: datetime
    salt: bytes = field(repr=False)
    digest: bytes = field(repr=False)

    @classmethod
    def made(
        cls, pin_id: str, pin: str, now: datetime, *, must_change: bool, created: datetime | None = None
    ) -> Self:
        """A PIN set at `now`; `created` is when the first PIN with this id was."""
        salt = secrets.token_bytes(16)
        return cls(pin_id, len(pin), must_change, created or now, now, salt, _digest(salt, pin))

    def is_right(self, pin: str) -> bool:
        """Whether `pin` is this PIN."""
        return hmac.compare_digest(self.digest, _digest(self.salt, pin))


def _digest(salt: bytes, pin: str) -> bytes:
    return hashlib.sha256(salt + pin.encode("utf-8", "surrogatepass")).digest()


@dataclass(frozen=True, slots=True)
class Method:
    """A person's QR + PIN method: at most one code of each kind, and one PIN that both share."""

    id: str
    created: datetime
    pin: Pin
    standard: Code | None = None
    temporary: Code | None = None

    def code(self, kind: CodeKind) -> Code | None:
        """The code in the slot `kind`."""
        return self.standard if kind is CodeKind.STANDARD else self.temporary

    @property
    def codes(self) -> tuple[Code, ...]:
        """The codes there are."""
        return tuple(code for code in (self.standard, self.temporary) if code)

    def is_active(self, now: datetime) -> bool:
        """Whether it keeps another method from being created: while any of its codes has not expired."""
        return any(code.holds_its_place(now) for code in self.codes)


@dataclass(frozen=True, slots=True)
class Target:
    """Whom a policy means: `kind` user or group, `id` theirs; the group `all_users` is everybody."""

    kind: str
    id: str


@dataclass(frozen=True, slots=True)
class Policy:
    """The tenant's qrCodePinAuthenticationMethodConfiguration."""

    enabled: bool = True
    pin_length: int = 8
    standard_lifetime_days: int = 365
    include: tuple[Target, ...] = (Target("group", "all_users"),)
    exclude: tuple[Target, ...] = ()


@dataclass(frozen=True, slots=True)
class NewCode:
    """A code just created, with the content that is given out this once."""

    code: Code
    content: Secret


@dataclass(frozen=True, slots=True)
class NewPin:
    """A PIN just set, with the digits that are given out this once."""

    pin: Pin
    digits: Secret


@dataclass(frozen=True, slots=True)
class NewMethod:
    """A method just created, with the secrets that are given out this once."""

    method: Method
    code: NewCode
    pin: NewPin
