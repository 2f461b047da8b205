"""Those who may approve with their badge and a station PIN, and the trying of that PIN."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from drivers.wire.secret import Secret
from kiosk.registry.audit import Writing, append
from kiosk.registry.connection import is_duplicate
from kiosk.registry.errors import DuplicateError, NotFoundError, RegistryError
from kiosk.registry.schema import SUPERVISORS

#: Failures that cost nothing; after them the wait doubles, up to the longest.
_FREE: Final = 2
_FIRST_WAIT: Final = timedelta(seconds=5)
_LONGEST_WAIT: Final = timedelta(hours=1)

#: RFC 9106's second recommendation, argon2-cffi's default: 64 MiB, 3 passes, 4 lanes.
_HASHER: Final = PasswordHasher()


@dataclass(frozen=True)
class Supervisor:
    """A person who may approve here. `not_before`: no PIN is tried until then."""

    user_id: str
    upn: str
    failures: int
    not_before: datetime | None
    added_at: datetime


class PinDelayedError(RegistryError):
    """Too many wrong PINs: none is tried before `not_before`."""

    def __init__(self, not_before: datetime) -> None:
        super().__init__("too many wrong PINs", hint=f"wait until {not_before:%H:%M:%S} UTC")
        self.not_before = not_before


def wait_after(failures: int) -> timedelta:
    """How long no PIN is tried after so many wrong ones in a row."""
    over = failures - _FREE
    return timedelta(0) if over <= 0 else min(_FIRST_WAIT * 2 ** min(over - 1, 20), _LONGEST_WAIT)


def hashed(pin: Secret) -> str:
    """argon2id of a PIN, with a salt of its own. Takes some 0.1 s."""
    return _HASHER.hash(pin.reveal())


def add(writing: Writing, user_id: str, upn: str, pin_hash: str, *, at: datetime, actor: str | None = None) -> None:
    """Let a person approve. Raises DuplicateError when they are one already."""
    row = {"user_id": user_id, "upn": upn, "pin_hash": pin_hash, "failures": 0, "not_before": None, "added_at": at}
    try:
        writing.connection.execute(insert(SUPERVISORS), row)
    except IntegrityError as error:
        if not is_duplicate(error):
            raise
        raise DuplicateError(
            "this person is a supervisor already", hint="remove them first to set another PIN"
        ) from None
    append(writing, "supervisor_added", at=at, actor=actor, subject=user_id)


def remove(writing: Writing, user_id: str, *, at: datetime, actor: str | None = None) -> None:
    """Let a person approve no more. Raises NotFoundError."""
    if not writing.connection.execute(delete(SUPERVISORS).where(SUPERVISORS.c.user_id == user_id)).rowcount:
        raise NotFoundError("this person is no supervisor here", hint="kiosk supervisor list names them")
    append(writing, "supervisor_removed", at=at, actor=actor, subject=user_id)


def everyone(connection: Connection) -> tuple[Supervisor, ...]:
    """All of them, by UPN."""
    columns = [SUPERVISORS.c[name] for name in ("user_id", "upn", "failures", "not_before", "added_at")]
    return tuple(Supervisor(*row) for row in connection.execute(select(*columns).order_by(SUPERVISORS.c.upn)))


def try_pin(writing: Writing, user_id: str, pin: Secret, *, at: datetime) -> bool:
    """Whether the PIN is theirs; a wrong one lengthens the wait for the next. For who is no supervisor it is wrong.

    The failure is on the disk before anybody is told. Raises PinDelayedError, and then has not looked at the PIN.
    """
    connection = writing.connection
    row = connection.execute(select(SUPERVISORS).where(SUPERVISORS.c.user_id == user_id)).one_or_none()
    if row is not None and row.not_before is not None and at < row.not_before:
        raise PinDelayedError(row.not_before)
    right = _matches(row.pin_hash if row is not None else _nobodys(), pin) and row is not None
    if row is not None:
        failures = 0 if right else row.failures + 1
        wait = wait_after(failures)
        values = {"failures": failures, "not_before": at + wait if wait else None}
        connection.execute(update(SUPERVISORS).where(SUPERVISORS.c.user_id == user_id).values(values))
    append(writing, "pin_right" if right else "pin_wrong", at=at, subject=user_id)
    return right


def _matches(pin_hash: str, pin: Secret) -> bool:
    try:
        return _HASHER.verify(pin_hash, pin.reveal())
    except (Argon2Error, InvalidHashError):
        return False


def _nobodys() -> str:
    """A hash no PIN has, so that who is no supervisor takes as long."""
    return "$argon2id$v=19$m=65536,t=3,p=4$bm9ib2R5bm9ib2R5bm9ibw$Tm90IGFueWJvZHkncyBoYXNoIGF0IGFsbCwgbm8uLi4"
