"""The rules for PINs, and a PIN that keeps them.

Digits only, 8 to 20 of them; a tenant's policy may ask for more than 8. Not in it: 0123456789, 9876543210, or a group
of two or three digits twice in a row (Microsoft Entra documentation of the QR code method, which gives 121212, 123123
and 342342 as examples). A PIN may begin with 0.
"""

from __future__ import annotations

import re
import secrets
from typing import Final

from drivers.wire.secret import Secret
from kiosk.graph.errors import PinRejected

PIN_LEAST_DIGITS: Final = 8
PIN_MOST_DIGITS: Final = 20

_RUNS = (b"0123456789", b"9876543210")
_REPEATED = re.compile(rb"([0-9]{2,3})\1")
_DIGITS = b"0123456789"


def check_pin(pin: Secret, *, least: int = PIN_LEAST_DIGITS) -> None:
    """`least` is the policy's `pin_length`. Raises PinRejected, saying which rule and nothing of the PIN."""
    broken = _broken_rule(pin.reveal(), least)
    if broken:
        raise PinRejected(f"that PIN is not allowed: {broken}")


def generate_pin(length: int = PIN_LEAST_DIGITS) -> Secret:
    """`length` digits, every allowed PIN as likely as any other. Raises PinRejected for a length out of 8 to 20."""
    if not PIN_LEAST_DIGITS <= length <= PIN_MOST_DIGITS:
        raise PinRejected("a PIN has 8 to 20 digits")
    while True:
        pin = bytes(secrets.choice(_DIGITS) for _ in range(length))
        if not _broken_rule(pin, length):
            return Secret(pin)


def _broken_rule(pin: bytes, least: int) -> str:
    if re.fullmatch(rb"[0-9]*", pin) is None:
        return "it has something other than the digits 0 to 9"
    if not max(least, PIN_LEAST_DIGITS) <= len(pin) <= PIN_MOST_DIGITS:
        return f"it needs {max(least, PIN_LEAST_DIGITS)} to {PIN_MOST_DIGITS} digits"
    if any(run in pin for run in _RUNS):
        return "it counts up or down through all ten digits"
    return "it has a group of two or three digits twice in a row" if _REPEATED.search(pin) else ""
