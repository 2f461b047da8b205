"""Work lists: many people to make badges for, one row each, that survive the night and the power cut."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from kiosk.registry.audit import Writing, append
from kiosk.registry.connection import is_duplicate
from kiosk.registry.details import Details
from kiosk.registry.errors import DuplicateError, NotFoundError, RegistryError
from kiosk.registry.schema import CODES, WORK_LIST_ROWS, WORK_LISTS
from kiosk.registry.states import ENDED_ROWS, ListKind, RowState

_ROWS: Final = WORK_LIST_ROWS.c
#: From which state to which. A row that was in progress when the station stopped is waited for, or taken up, again.
_MOVES: Final = {
    RowState.WAITING: {RowState.APPROVED, RowState.REFUSED, RowState.DONE},
    RowState.APPROVED: {RowState.IN_PROGRESS, RowState.WAITING, RowState.REFUSED},
    RowState.IN_PROGRESS: {RowState.PRINTED, RowState.DONE, RowState.APPROVED, RowState.REFUSED, RowState.FAILED},
    RowState.PRINTED: {RowState.SCANNED, RowState.IN_PROGRESS, RowState.FAILED},
    RowState.SCANNED: {RowState.DONE, RowState.IN_PROGRESS, RowState.FAILED},
    RowState.FAILED: {RowState.WAITING},
    RowState.REFUSED: {RowState.WAITING},
    RowState.DONE: set(),
}


class RowStateError(RegistryError):
    """A row of a work list cannot go from the state it is in to the one asked for."""


@dataclass(frozen=True)
class WorkList:
    """One list. `opened_by` is a user id; `states` says how many rows are in each state that any is in."""

    id: str
    kind: ListKind
    opened_at: datetime
    opened_by: str
    states: dict[RowState, int]

    @property
    def open(self) -> bool:
        """Whether anything is left to do."""
        return any(number for state, number in self.states.items() if state not in ENDED_ROWS)


@dataclass(frozen=True)
class WorkRow:
    """One person's row; `place` counts from 1. `code_id` is that of the badge that was printed for it."""

    list: str
    place: int
    user_id: str
    upn: str
    state: RowState
    reason: str
    replacement: str | None
    code_id: str | None
    changed_at: datetime


def may_move(before: RowState, after: RowState) -> bool:
    """Whether a row may go from one state to the other; staying is no move, and may be."""
    return before == after or after in _MOVES[before]


def open_list(
    writing: Writing, list_id: str, kind: ListKind, people: Iterable[tuple[str, str]], *, at: datetime, by: str
) -> None:
    """Begin a list of (user id, UPN) in order; a person named twice is on it once. Raises DuplicateError."""
    connection = writing.connection
    try:
        connection.execute(insert(WORK_LISTS), {"id": list_id, "kind": kind, "opened_at": at, "opened_by": by})
    except IntegrityError as error:
        if not is_duplicate(error):
            raise
        raise DuplicateError(f"work list {list_id} is there already", hint="Give each its own id.") from None
    once: dict[str, str] = {}
    for user_id, upn in people:
        once.setdefault(user_id, upn)
    rows = [
        {"list": list_id, "place": place, "user_id": user_id, "upn": upn, **_fresh(at)}
        for place, (user_id, upn) in enumerate(once.items(), 1)
    ]
    if rows:
        connection.execute(insert(WORK_LIST_ROWS), rows)
    append(writing, "list_opened", at=at, actor=by, details={"list": list_id, "kind": kind, "rows": len(rows)})


def next_row(connection: Connection, list_id: str, state: RowState = RowState.APPROVED) -> WorkRow | None:
    """The first row in `state`. What is in progress goes first, so that nobody's turn is left half done."""
    for wanted in (RowState.IN_PROGRESS, state) if state is RowState.APPROVED else (state,):
        row = connection.execute(
            select(WORK_LIST_ROWS).where(_ROWS.list == list_id, _ROWS.state == wanted).order_by(_ROWS.place).limit(1)
        ).one_or_none()
        if row is not None:
            return _row(row)
    return None


def mark(
    writing: Writing,
    list_id: str,
    user_id: str,
    state: RowState,
    *,
    at: datetime,
    reason: str = "",
    replacement: str | None = None,
    code_id: str | None = None,
    actor: str | None = None,
) -> WorkRow:
    """Note how far a row has come; returns it. What is not given about replacement and code stays.

    Raises NotFoundError and RowStateError.
    """
    before = _one(writing.connection, (_ROWS.list == list_id) & (_ROWS.user_id == user_id))
    if before is None:
        raise NotFoundError(f"work list {list_id} has no such row")
    if not may_move(before.state, state):
        raise RowStateError(f"a row that is {before.state} cannot become {state}")
    after = replace(
        before,
        state=state,
        reason=reason,
        changed_at=at,
        replacement=replacement or before.replacement,
        code_id=code_id.lower() if code_id else before.code_id,
    )
    values = {name: getattr(after, name) for name in ("state", "reason", "changed_at", "replacement", "code_id")}
    mine = (_ROWS.list == list_id) & (_ROWS.user_id == user_id)
    writing.connection.execute(update(WORK_LIST_ROWS).where(mine).values(values))
    details: Details = {
        "list": list_id,
        "place": after.place,
        "state": str(state),
        "reason": reason,
        "code_id": after.code_id,
    }
    append(writing, "list_row", at=at, actor=actor, subject=user_id, details=details)
    return after


def rows(connection: Connection, list_id: str) -> tuple[WorkRow, ...]:
    """Every row of a list, in order."""
    found = connection.execute(select(WORK_LIST_ROWS).where(_ROWS.list == list_id).order_by(_ROWS.place))
    return tuple(_row(row) for row in found)


def lists(connection: Connection) -> tuple[WorkList, ...]:
    """Every list, oldest first."""
    counted: dict[str, dict[RowState, int]] = {}
    query = select(_ROWS.list, _ROWS.state, func.count()).group_by(_ROWS.list, _ROWS.state)
    for list_id, state, number in connection.execute(query):
        counted.setdefault(list_id, {})[RowState(state)] = number
    found = connection.execute(select(WORK_LISTS).order_by(WORK_LISTS.c.opened_at, WORK_LISTS.c.id))
    return tuple(
        WorkList(row.id, ListKind(row.kind), row.opened_at, row.opened_by, counted.get(row.id, {})) for row in found
    )


def not_scanned(connection: Connection, list_id: str | None = None) -> int:
    """How many badges are printed and not scanned back, of one list or of all: the K of "at most K"."""
    query = select(func.count()).select_from(WORK_LIST_ROWS).where(_ROWS.state == RowState.PRINTED)
    if list_id is not None:
        query = query.where(_ROWS.list == list_id)
    return int(connection.execute(query).scalar_one())


def row_of_digest(connection: Connection, digest: bytes) -> WorkRow | None:
    """The printed row whose badge says this: a scan matches any open one."""
    code = select(CODES.c.code_id).where(CODES.c.digest == digest).scalar_subquery()
    return _one(connection, (_ROWS.code_id == code) & (_ROWS.state == RowState.PRINTED))


def _fresh(at: datetime) -> dict[str, Any]:
    return {"state": RowState.WAITING, "reason": "", "replacement": None, "code_id": None, "changed_at": at}


def _one(connection: Connection, condition: ColumnElement[bool]) -> WorkRow | None:
    row = connection.execute(select(WORK_LIST_ROWS).where(condition).limit(1)).one_or_none()
    return None if row is None else _row(row)


def _row(row: Row[Any]) -> WorkRow:
    return WorkRow(**{**row._mapping, "state": RowState(row.state)})  # noqa: SLF001 - SQLAlchemy's public name
