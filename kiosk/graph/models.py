"""What Graph says, as frozen values. Times have their zone (UTC); a time Graph has not set is None.

Ids are in lower case: Graph writes the same id in either.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from drivers.wire.secret import Secret
from kiosk.graph.lifetimes import STANDARD_DEFAULT_DAYS
from kiosk.graph.pin import PIN_LEAST_DIGITS


class QrCodeImageDetails(msgspec.Struct, frozen=True, kw_only=True):
    """What Graph gives once, at creation.

    `binary_value` is the picture (an SVG document so far), `raw_content` the bytes the code stands for.
    `version` and `error_correction_level` are as Graph says them and describe the picture badly: go by neither.
    """

    binary_value: Secret
    raw_content: Secret
    version: int | None = None
    error_correction_level: str | None = None

    @property
    def media_type(self) -> str:
        """By the picture's own bytes: `image/svg+xml`, `image/png`, or empty for anything else."""
        picture = self.binary_value.reveal().lstrip(b"\xef\xbb\xbf \t\r\n")
        if picture.startswith(b"\x89PNG\r\n\x1a\n"):
            return "image/png"
        return "image/svg+xml" if picture.startswith((b"<svg", b"<?xml", b"<!DOCTYPE svg")) else ""


class QrCode(msgspec.Struct, frozen=True, kw_only=True):
    """A code in one of the two slots. `image` is there only in the answer that created it."""

    id: str
    start: datetime
    expire: datetime
    created: datetime | None = None
    last_used: datetime | None = None
    image: QrCodeImageDetails | None = None


class QrPin(msgspec.Struct, frozen=True, kw_only=True):
    """The PIN's state. `code` is there only in the answer that set it.

    `force_change` is true until the worker has replaced a PIN somebody else set; None where Graph does not say.
    """

    id: str | None = None
    code: Secret | None = None
    force_change: bool | None = None
    created: datetime | None = None
    updated: datetime | None = None


class QrCodePinMethod(msgspec.Struct, frozen=True, kw_only=True):
    """A person's method: a slot for each kind of code, and the PIN they share."""

    id: str
    standard: QrCode | None = None
    temporary: QrCode | None = None
    pin: QrPin | None = None
    created: datetime | None = None
    last_used: datetime | None = None
    is_usable: bool | None = None
    usability_reason: str | None = None


class User(msgspec.Struct, frozen=True, kw_only=True):
    """A person. `account_enabled` is None where the app may not read it."""

    id: str
    user_principal_name: str
    display_name: str | None = None
    account_enabled: bool | None = None
    preferred_language: str | None = None
    employee_id: str | None = None
    job_title: str | None = None


class PolicyTarget(msgspec.Struct, frozen=True, kw_only=True):
    """Whom the policy is for, or not for. `target_type` is `user` or `group`; the group `all_users` is everyone."""

    id: str
    target_type: str


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """The tenant's policy for the method. `pin_length` is the least number of digits of a new PIN.

    `standard_lifetime_days` is what the admin centre offers by default, not a limit: that is 395.
    """

    enabled: bool
    standard_lifetime_days: int = STANDARD_DEFAULT_DAYS
    pin_length: int = PIN_LEAST_DIGITS
    include_targets: tuple[PolicyTarget, ...] = ()
    exclude_targets: tuple[PolicyTarget, ...] = ()


class People(msgspec.Struct, frozen=True, kw_only=True):
    """Those who were found, in Graph's order. `more`: there are others, beyond as many as were asked for."""

    people: tuple[User, ...]
    more: bool = False


class DirectoryRole(msgspec.Struct, frozen=True, kw_only=True):
    """An Entra role somebody holds. `template_id` is the same in every tenant; `unit` is the administrative unit it
    reaches, None for the whole tenant.
    """

    template_id: str
    name: str
    unit: str | None = None
