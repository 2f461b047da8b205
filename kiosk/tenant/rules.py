"""Lifetimes and PIN rules of the QR + PIN method, as Microsoft documents them. Pure."""

from __future__ import annotations

import re
import secrets
from datetime import datetime, timedelta
from typing import Final

from kiosk.badge.kind import CodeKind
from kiosk.tenant.refusal import GraphError, bad_request

STANDARD_AT_MOST: Final = timedelta(days=395)
STANDARD_AT_LEAST: Final = timedelta(days=1)
TEMPORARY_AT_MOST: Final = timedelta(hours=12)
#: Documented; whether Entra enforces it is not known. The box does, so that a client that passes here passes there.
TEMPORARY_AT_LEAST: Final = timedelta(hours=1)
PIN_AT_LEAST: Final = 8
PIN_AT_MOST: Final = 20

_RUNS: Final = ("0123456789", "9876543210")
#: A group of two or three digits that is said twice, as in 121212, 123123, 342342.
_REPEATED: Final = re.compile(r"(\d{2,3})\1")


def check_lifetime(kind: CodeKind, start: datetime, expire: datetime, now: datetime) -> None:
    """Raise GraphError unless a code of `kind` may live from `start` to `expire`, seen from `now`.

    Microsoft documents the error code of a temporary code that lives too long; the box says the same of a standard.
    """
    life = expire - start
    if life > (STANDARD_AT_MOST if kind is CodeKind.STANDARD else TEMPORARY_AT_MOST):
        raise GraphError(400, "qrCodeLifeTimeExceedLimit", _too_long(kind))
    if life < (STANDARD_AT_LEAST if kind is CodeKind.STANDARD else TEMPORARY_AT_LEAST):
        raise bad_request(f"The lifetime of the {kind}QRCode is shorter than the minimum.")
    if expire <= now:
        raise bad_request("expireDateTime needs to be in the future.")


def _too_long(kind: CodeKind) -> str:
    if kind is CodeKind.STANDARD:
        return "StandardQRCode lifetime exceeds the limit i.e. maximum 395 days."
    return "TemporaryQRCode lifetime exceeds the limit i.e. maximum 12 hours."


def check_pin(pin: str, at_least: int) -> None:
    """Raise GraphError unless `pin` is digits, long enough for the policy (`at_least`) and not easily guessed."""
    at_least = max(at_least, PIN_AT_LEAST)
    if not (pin.isascii() and pin.isdigit()) or len(pin) < at_least:
        message = f"PIN needs to be digit only and at least {at_least} characters long."
        raise GraphError(400, "pinTooShort", message)
    if len(pin) > PIN_AT_MOST:
        raise bad_request(f"PIN needs to be at most {PIN_AT_MOST} characters long.")
    if any(run in pin for run in _RUNS) or _REPEATED.search(pin):
        raise bad_request("PIN must not contain a run of digits or a repeated sequence.")


def pin_is_good(pin: str, at_least: int) -> bool:
    """Whether `check_pin` has nothing against it."""
    try:
        check_pin(pin, at_least)
    except GraphError:
        return False
    return True


def generate_pin(digits: int) -> str:
    """A random PIN of `digits` digits (never fewer than 8) that satisfies the rules."""
    digits = max(digits, PIN_AT_LEAST)
    while True:
        pin = "".join(secrets.choice("0123456789") for _ in range(digits))
        if pin_is_good(pin, digits):
            return pin
