"""The journal: what a replacement was about to do, and what became of it, in the order in which it was written.

The order is that of `seq`, never that of `at`: clocks jump. Nothing in it is ever changed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from kiosk.registry.connection import is_duplicate
from kiosk.registry.errors import DuplicateError, NotFoundError
from kiosk.registry.schema import JOURNAL, REPLACEMENTS
from kiosk.registry.states import Phase

#: What a detail may be. There is no bytes among them: whoever holds bytes may be holding content. A digest is hex.
Detail = str | int | float | bool | None
Details = Mapping[str, Detail]


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
class OpenReplacement:
    """A replacement that was opened and not closed, with its entries in the order they were written."""

    id: str
    user_id: str
    reason: str
    opened_at: datetime
    entries: tuple[JournalEntry, ...]


def open_replacement(connection: Connection, replacement: str, *, user_id: str, reason: str, at: datetime) -> None:
    """Begin. `replacement` is the id all its entries carry. Raises DuplicateError when it was used before."""
    row = {"id": replacement, "user_id": user_id, "reason": reason, "opened_at": at}
    try:
        connection.execute(insert(REPLACEMENTS), row)
    except IntegrityError as error:
        if not is_duplicate(error):
            raise
        raise DuplicateError(f"replacement {replacement} was opened before", hint="Give each its own id.") from None


def intend(connection: Connection, replacement: str, step: str, at: datetime, details: Details) -> int:
    """Note that `step` is about to be done; returns the entry's seq. Raises NotFoundError as `close_replacement`."""
    return _append(connection, replacement, {"step": step, "phase": Phase.INTENT, "at": at}, details)


def outcome(
    connection: Connection, replacement: str, step: str, at: datetime, *, result: str, details: Details
) -> int:
    """Note what became of `step`; returns the entry's seq. Raises NotFoundError as `close_replacement`."""
    entry = {"step": step, "phase": Phase.OUTCOME, "at": at, "result": result}
    return _append(connection, replacement, entry, details)


def close_replacement(connection: Connection, replacement: str, *, at: datetime, result: str) -> None:
    """End. Raises NotFoundError when there is no such replacement or it was closed before."""
    _require_open(connection, replacement)
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


def _append(connection: Connection, replacement: str, entry: Mapping[str, Any], details: Details) -> int:
    _require_open(connection, replacement)
    row = {**entry, "replacement": replacement, "details": _to_json(details)}
    return int(connection.execute(insert(JOURNAL).returning(JOURNAL.c.seq), row).scalar_one())


def _require_open(connection: Connection, replacement: str) -> None:
    query = select(REPLACEMENTS.c.id).where(REPLACEMENTS.c.id == replacement, REPLACEMENTS.c.closed_at.is_(None))
    if connection.execute(query).one_or_none() is None:
        raise NotFoundError(
            f"there is no open replacement {replacement}",
            hint="Another process may have finished it. Look the worker up again.",
        )


def _opened(connection: Connection, row: Mapping[Any, Any]) -> OpenReplacement:
    return OpenReplacement(
        id=row["id"],
        user_id=row["user_id"],
        reason=row["reason"],
        opened_at=row["opened_at"],
        entries=entries(connection, row["id"]),
    )


def _entry(row: Mapping[Any, Any]) -> JournalEntry:
    return JournalEntry(**{**row, "phase": Phase(row["phase"]), "details": json.loads(row["details"])})


def _to_json(details: Details) -> str:
    """Raises TypeError for anything that is no Detail: a Secret, bytes, a list."""
    for name, detail in details.items():
        if not isinstance(detail, Detail):
            raise TypeError(
                f"detail {name!r} is a {type(detail).__name__}; text, a number, true, false or none may be"
            )
    return json.dumps(dict(details), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
