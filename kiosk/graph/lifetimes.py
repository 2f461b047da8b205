"""How long a code may live, checked before the call (Microsoft Entra documentation of the QR code method)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from kiosk.badge.kind import CodeKind
from kiosk.graph.errors import LifetimeExceeded

STANDARD_LEAST: Final = timedelta(days=1)
STANDARD_MOST: Final = timedelta(days=395)
TEMPORARY_LEAST: Final = timedelta(hours=1)
TEMPORARY_MOST: Final = timedelta(hours=12)
#: What a tenant's policy says unless somebody changed it.
STANDARD_DEFAULT_DAYS: Final = 365

_LIMITS = {
    CodeKind.STANDARD: (STANDARD_LEAST, STANDARD_MOST, "a standard code lasts 1 to 395 days"),
    CodeKind.TEMPORARY: (TEMPORARY_LEAST, TEMPORARY_MOST, "a temporary code lasts 1 to 12 hours"),
}


def check_lifetime(kind: CodeKind, *, start: datetime, expire: datetime, now: datetime) -> None:
    """Both ends of the lifetime count. All times have their zone. Raises LifetimeExceeded.

    For an extension, `start` is the start the code has: Graph counts the 395 days from there.
    """
    least, most, rule = _LIMITS[kind]
    check_expiry(expire, now=now)
    if not least <= expire - start <= most:
        raise LifetimeExceeded(f"{rule}; this would be {_length(expire - start)}")


def check_expiry(expire: datetime, *, now: datetime) -> None:
    """The expiry lies ahead. Raises LifetimeExceeded."""
    if expire <= now:
        raise LifetimeExceeded("the code would have expired already", hint="Check the station's clock and the date.")


def stamp(time: datetime) -> str:
    """As Graph writes it: UTC, whole seconds; a fraction is dropped. A time without a zone is a ValueError."""
    if time.tzinfo is None:
        raise ValueError("a time sent to Graph needs its zone")
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _length(span: timedelta) -> str:
    hours = span / timedelta(hours=1)
    return f"{hours / 24:.1f} days" if abs(hours) >= 48 else f"{hours:.1f} hours"  # noqa: PLR2004 - two days
