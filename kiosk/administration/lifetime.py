"""From what was typed to the life of a code. Pure."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Final

from kiosk.badge.kind import CodeKind
from kiosk.errors import UsageError
from kiosk.graph.errors import LifetimeExceeded
from kiosk.graph.lifetimes import STANDARD_LEAST, TEMPORARY_LEAST, check_expiry, check_lifetime

#: Hours of a temporary code nobody gave a length, as in Microsoft's admin centre.
TEMPORARY_DEFAULT_HOURS: Final = 3.0
_LEAST: Final = {CodeKind.STANDARD: STANDARD_LEAST, CodeKind.TEMPORARY: TEMPORARY_LEAST}
_LAST_SECOND: Final = time(23, 59, 59)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What was typed; None for what was not. Times are ISO 8601 and, without a zone, the site's own."""

    days: int | None = None
    hours: float | None = None
    start: str | None = None
    expire: str | None = None


@dataclass(frozen=True)
class Lifetime:
    """From when until when a code is to be good (UTC, whole seconds)."""

    start: datetime
    expire: datetime


def lifetime(kind: CodeKind, asked: Asked, *, default_days: int, zone: tzinfo, now: datetime) -> Lifetime:
    """The life asked for. Raises UsageError for what cannot be: told before anything is sent."""
    _require_sense(kind, asked)
    start = _moment("--start", asked.start, zone) if asked.start else now.replace(microsecond=0)
    if asked.expire:
        expire = _moment("--expire", asked.expire, zone, whole_day=True)
    elif kind is CodeKind.STANDARD:
        expire = start + _length(days=default_days if asked.days is None else asked.days)
    else:
        expire = start + _length(hours=TEMPORARY_DEFAULT_HOURS if asked.hours is None else asked.hours)
    try:
        check_lifetime(kind, start=start, expire=expire, now=now)
    except LifetimeExceeded as wrong:
        raise UsageError(wrong.reason, hint=wrong.hint) from None
    return Lifetime(start.astimezone(UTC), expire.astimezone(UTC))


def new_expiry(asked: Asked, *, start: datetime, zone: tzinfo, now: datetime) -> datetime:
    """The expiry to give a standard code that began at `start`; `days` count from now. Raises UsageError."""
    expire = _expiry(asked, zone, now)
    try:
        check_lifetime(CodeKind.STANDARD, start=start, expire=expire, now=now)
    except LifetimeExceeded as wrong:
        hint = f"it began {start.astimezone(zone):%Y-%m-%d %H:%M}, and Graph counts 395 days from there"
        raise UsageError(wrong.reason, hint=hint) from None
    return expire


def require_expiry(asked: Asked, *, zone: tzinfo, now: datetime) -> None:
    """Raises UsageError for an expiry that no code could be given, whenever it began."""
    if (asked.days is None) == (asked.expire is None):
        raise UsageError("a code is extended by --days or until --expire", hint="give one of the two")
    try:
        check_expiry(_expiry(asked, zone, now), now=now)
    except LifetimeExceeded as wrong:
        raise UsageError(wrong.reason, hint=wrong.hint) from None


def marked(kind: CodeKind, life: Lifetime) -> Lifetime:
    """`life` with its last minute at random: by it a code whose answer was lost is known for ours."""
    spare = timedelta(seconds=secrets.randbelow(60) + 1)
    shorter = life.expire - spare
    return Lifetime(life.start, shorter if shorter - life.start >= _LEAST[kind] else life.expire + spare)


def _require_sense(kind: CodeKind, asked: Asked) -> None:
    if kind is CodeKind.TEMPORARY and asked.days is not None:
        raise UsageError("a temporary code lives for hours, not days", hint="use --hours, 1 to 12")
    if kind is CodeKind.STANDARD and asked.hours is not None:
        raise UsageError("a standard code lives for days, not hours", hint="use --days, 1 to 395")
    if asked.expire and (asked.days is not None or asked.hours is not None):
        raise UsageError("--expire and a length contradict each other", hint="give one of the two")


def _expiry(asked: Asked, zone: tzinfo, now: datetime) -> datetime:
    if asked.expire:
        return _moment("--expire", asked.expire, zone, whole_day=True).astimezone(UTC)
    return (now + _length(days=asked.days or 0)).replace(microsecond=0)


def _length(*, days: int = 0, hours: float = 0.0) -> timedelta:
    try:
        return timedelta(days=days, seconds=round(hours * 3600))
    except (OverflowError, ValueError):
        raise UsageError("that is no length of time", hint="days: 1 to 395; hours: 1 to 12") from None


def _moment(option: str, text: str, zone: tzinfo, *, whole_day: bool = False) -> datetime:
    """A time as typed. With `whole_day`, a date alone means that day's last second, else its first."""
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{option}: {text!r} is no time", hint="like 2027-01-31 or 2027-01-31T18:00") from None
    if whole_day and len(text) <= len("2027-01-31"):
        when = datetime.combine(when.date(), _LAST_SECOND)
    return (when.replace(tzinfo=zone) if when.tzinfo is None else when).replace(microsecond=0)
