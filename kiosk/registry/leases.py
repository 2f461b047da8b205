"""One replacement for a person at a time, across processes: a lease with a fencing number.

Whoever holds the lease checks it in the very transaction that notes an intent, so a holder that was asleep past its
end does nothing after somebody else took over. A clock that jumps forward ends leases early, which the check notices;
one that jumps back makes them last longer, at most as far as it jumped, unless their process is gone.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Row, and_, delete, func, insert, or_, select, union, update

from kiosk.registry.errors import RegistryError
from kiosk.registry.schema import CODES, ELSEWHERE, LEASES, REPLACEMENTS, WORK_LIST_ROWS

_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")
_PID_NAMESPACE: Final = Path("/proc/self/ns/pid")
#: Whose row keeps the largest fence of those whose rows were dropped.
_NOBODY: Final = ""


@dataclass(frozen=True)
class Lease:
    """The right to replace this person's code until `until`. `fence` is larger than that of any lease before."""

    user_id: str
    holder: str
    fence: int
    until: datetime


class LeaseHeldError(RegistryError):
    """Somebody else is replacing this person's code: `holder`, until `until`."""

    def __init__(self, holder: str, until: datetime) -> None:
        super().__init__(
            "somebody else is making a badge for this person now",
            hint=f"wait until it is finished, at the latest at {until:%H:%M:%S} UTC",
        )
        self.holder = holder
        self.until = until


class LeaseLostError(RegistryError):
    """The lease has ended, or somebody else has it: do nothing more to this person's codes."""


def this_process(label: str = "") -> str:
    """A holder's name that tells others on this machine whether its process still runs."""
    return f"{_text_of(_BOOT_ID)}:{_namespace()}:{os.getpid()}:{label}"


def take(connection: Connection, user_id: str, holder: str, *, at: datetime, seconds: float) -> Lease:
    """Take a person's lease. One whose process is gone is broken. Raises LeaseHeldError."""
    row = _row(connection, user_id)
    if row is not None and row.holder is not None and row.until > at and not is_gone(row.holder):
        raise LeaseHeldError(row.holder, row.until)
    fence = _forgotten(connection) if row is None else row.fence
    lease = Lease(user_id, holder, fence + 1, at + timedelta(seconds=seconds))
    values = {"fence": lease.fence, "holder": holder, "until": lease.until}
    if row is None:
        connection.execute(insert(LEASES).values(user_id=user_id, **values))
    else:
        connection.execute(update(LEASES).where(LEASES.c.user_id == user_id).values(values))
    return lease


def renew(connection: Connection, lease: Lease, *, at: datetime, seconds: float) -> Lease:
    """The same lease, with `seconds` from `at`. Raises LeaseLostError when it was given back, or somebody took it.

    One that ran out and that nobody took is renewed: its fence is still the last, and a clock that jumped ahead is
    no reason to leave a worker half-way.
    """
    row = _row(connection, lease.user_id)
    if row is None or row.fence != lease.fence or row.holder is None:
        raise _lost()
    longer = Lease(lease.user_id, lease.holder, lease.fence, at + timedelta(seconds=seconds))
    connection.execute(update(LEASES).where(LEASES.c.user_id == lease.user_id).values(until=longer.until))
    return longer


def release(connection: Connection, lease: Lease) -> None:
    """Give it back. Nothing happens to a lease that somebody else has by now."""
    mine = (LEASES.c.user_id == lease.user_id) & (LEASES.c.fence == lease.fence)
    connection.execute(update(LEASES).where(mine).values(holder=None, until=None))


def check(connection: Connection, lease: Lease, *, at: datetime) -> None:
    """Raises LeaseLostError unless this lease still holds at `at`, by what is kept and not by `lease.until`."""
    row = _row(connection, lease.user_id)
    if row is None or row.fence != lease.fence or row.holder is None or row.until <= at:
        raise _lost()


def _lost() -> LeaseLostError:
    return LeaseLostError(
        "the right to change this person's codes has run out",
        hint="look the worker up again: somebody else may be making their badge",
    )


def forget(connection: Connection, people: Iterable[str] | None = None) -> None:
    """Drop the rows of these people, or of everybody, that are not held and that nothing else here names.

    The largest of their fences is kept, and the next lease of anybody new begins above it: a fence is never given
    twice, not even to who comes back.
    """
    named = [select(table.c.user_id) for table in (CODES, ELSEWHERE, REPLACEMENTS, WORK_LIST_ROWS)]
    free = and_(LEASES.c.holder.is_(None), LEASES.c.user_id != _NOBODY, LEASES.c.user_id.not_in(union(*named)))
    if people is not None:
        free = and_(free, LEASES.c.user_id.in_(list(people)))
    largest = connection.execute(select(func.max(LEASES.c.fence)).where(free)).scalar_one()
    if largest is None:
        return
    fence = max(int(largest), _forgotten(connection))
    connection.execute(delete(LEASES).where(or_(free, LEASES.c.user_id == _NOBODY)))
    connection.execute(insert(LEASES).values(user_id=_NOBODY, fence=fence, holder=None, until=None))


def is_gone(holder: str) -> bool:
    """Whether the process that `this_process` named there is known to have ended. False for any other name."""
    boot, _, rest = holder.partition(":")
    namespace, _, rest = rest.partition(":")
    pid = rest.partition(":")[0]
    if not (boot and namespace and pid.isdigit() and _text_of(_BOOT_ID)):
        return False
    if boot != _text_of(_BOOT_ID):
        return True  # the file is on a local disk, and the machine has been started since
    return namespace == _namespace() and not _runs(int(pid))


def _forgotten(connection: Connection) -> int:
    """The largest fence of the rows that were dropped."""
    row = _row(connection, _NOBODY)
    return 0 if row is None else int(row.fence)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _row(connection: Connection, user_id: str) -> Row[Any] | None:
    return connection.execute(select(LEASES).where(LEASES.c.user_id == user_id)).one_or_none()


def _namespace() -> str:
    try:
        return str(_PID_NAMESPACE.stat().st_ino)
    except OSError:
        return ""


def _text_of(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii").strip()
    except OSError:
        return ""
