"""The journal: what a replacement was about to do, and what became of it, in the order in which it was written.

The order is that of `seq`, never that of `at`: clocks jump. Nothing in it is ever changed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from kiosk.registry.connection import is_duplicate
from kiosk.registry.details import Details, to_json
from kiosk.registry.errors import DuplicateError, NotFoundError
from kiosk.registry.schema import JOURNAL, REPLACEMENTS
from kiosk.registry.states import Phase

#: Between the steps of a plan, as they are kept.
_SEPARATOR: Final = " "


@dataclass(frozen=True, kw_only=True)
class JournalEntry:
    """One half of one step. `result` is None for an intent; `details` are ids, digests, times and states."""

    seq: int
    replacement: str
    step: str
    phase: Phase
    at: datetime
    result: str | None
    details: Details


@dataclass(frozen=True, kw_only=True)
class Order:
    """What a replacement was opened to do, so that another process can finish it.

    `kind` and the steps of `plan` are the saga's words; `approver` and `second_approver` user ids; `remove` the id of
    the code that goes; `fence` that of the lease it was opened under.
    """

    kind: str = ""
    station: str = ""
    approver: str | None = None
    second_approver: str | None = None
    plan: tuple[str, ...] = ()
    remove: str | None = None
    fence: int | None = None


@dataclass(frozen=True, kw_only=True)
class OpenReplacement(Order):
    """A replacement that was opened and not closed, with its entries in the order they were written."""

    id: str
    user_id: str
    reason: str
    opened_at: datetime
    entries: tuple[JournalEntry, ...]


def open_replacement(
    connection: Connection, replacement: str, *, user_id: str, reason: str, at: datetime, order: Order | None = None
) -> None:
    """Begin. `replacement` is the id all its entries carry. Raises DuplicateError when it was used before."""
    row = {"id": replacement, "user_id": user_id, "reason": reason, "opened_at": at}
    values = asdict(order or Order())
    try:
        connection.execute(insert(REPLACEMENTS), {**row, **values, "plan": _SEPARATOR.join(values["plan"])})
    except IntegrityError as error:
        if not is_duplicate(error):
            raise
        raise DuplicateError(f"replacement {replacement} was opened before", hint="Give each its own id.") from None


def intend(connection: Connection, replacement: str, step: str, at: datetime, details: Details) -> JournalEntry:
    """Note that `step` is about to be done; returns the entry. Raises NotFoundError as `close_replacement`."""
    return _append(connection, replacement, step, at, None, details)


def outcome(
    connection: Connection, replacement: str, step: str, at: datetime, *, result: str, details: Details
) -> JournalEntry:
    """Note what became of `step`; returns the entry. Raises NotFoundError as `close_replacement`."""
    return _append(connection, replacement, step, at, result, details)


def close_replacement(connection: Connection, replacement: str, *, at: datetime, result: str) -> None:
    """End. Raises NotFoundError when there is no such replacement or it was closed before."""
    whose(connection, replacement)
    connection.execute(
        update(REPLACEMENTS).where(REPLACEMENTS.c.id == replacement).values(closed_at=at, result=result)
    )


def unfinished(connection: Connection) -> tuple[OpenReplacement, ...]:
    """Every replacement that is open, oldest first as they were opened, each with all its entries."""
    query = (
        select(REPLACEMENTS)
        .where(REPLACEMENTS.c.closed_at.is_(None))
        .order_by(REPLACEMENTS.c.opened_at, REPLACEMENTS.c.id)
    )
    return tuple(_opened(connection, row) for row in connection.execute(query).mappings().all())


def entries(connection: Connection, replacement: str) -> tuple[JournalEntry, ...]:
    """What was written of a replacement, open or closed, in order."""
    query = select(JOURNAL).where(JOURNAL.c.replacement == replacement).order_by(JOURNAL.c.seq)
    return tuple(_entry(row) for row in connection.execute(query).mappings())


def whose(connection: Connection, replacement: str) -> str:
    """The user id of an open replacement. Raises NotFoundError when it is not open."""
    query = select(REPLACEMENTS.c.user_id).where(REPLACEMENTS.c.id == replacement, REPLACEMENTS.c.closed_at.is_(None))
    found = connection.execute(query).scalar_one_or_none()
    if found is None:
        raise NotFoundError(
            f"there is no open replacement {replacement}",
            hint="Another process may have finished it. Look the worker up again.",
        )
    return str(found)


def _append(  # noqa: PLR0917 - a row
    connection: Connection, replacement: str, step: str, at: datetime, result: str | None, details: Details
) -> JournalEntry:
    whose(connection, replacement)
    phase = Phase.INTENT if result is None else Phase.OUTCOME
    row = {"replacement": replacement, "step": step, "phase": phase, "at": at, "result": result}
    values = insert(JOURNAL).returning(JOURNAL.c.seq).values({**row, "details": to_json(details)})
    seq = int(connection.execute(values).scalar_one())
    return JournalEntry(
        seq=seq, replacement=replacement, step=step, phase=phase, at=at, result=result, details=dict(details)
    )


def _opened(connection: Connection, row: Mapping[Any, Any]) -> OpenReplacement:
    order = {each.name: row[each.name] for each in fields(Order)}
    return OpenReplacement(
        id=row["id"],
        user_id=row["user_id"],
        reason=row["reason"],
        opened_at=row["opened_at"],
        entries=entries(connection, row["id"]),
        **(order | {"plan": tuple(row["plan"].split())}),
    )


def _entry(row: Mapping[Any, Any]) -> JournalEntry:
    return JournalEntry(**{**row, "phase": Phase(row["phase"]), "details": json.loads(row["details"])})
