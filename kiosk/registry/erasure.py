"""Forgetting who it was: by request, and by age. The chain stays, and stays verifiable.

Rows are not deleted but emptied of the person: that a code was issued and a replacement done is no secret, and the
audit says the same. What a verdict, a recovery or a rule of the policy still goes by is left alone, and counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, func, literal, or_, select, update

from kiosk.registry import audit, leases
from kiosk.registry.audit import Writing, append
from kiosk.registry.errors import NotFoundError
from kiosk.registry.schema import (
    AUDIT_PEOPLE,
    CODES,
    ELSEWHERE,
    REPLACEMENTS,
    SUPERVISORS,
    WORK_LIST_ROWS,
    WORK_LISTS,
)
from kiosk.registry.states import ENDED_CODES, ENDED_ROWS

#: What stands in the place of an id or a name that was erased.
NOBODY: Final = ""
#: For so long the policy goes by who approved what for whom: nobody may undo that by erasing it.
RECENT: Final = timedelta(hours=24)
#: In the place of an id that must be another in each row of a list: this, and the row's place.
_ROW: Final = "erased:"
#: Where a person's id is kept.
_IDS: Final = (
    CODES.c.user_id,
    ELSEWHERE.c.user_id,
    REPLACEMENTS.c.user_id,
    REPLACEMENTS.c.approver,
    REPLACEMENTS.c.second_approver,
    WORK_LIST_ROWS.c.user_id,
    WORK_LISTS.c.opened_by,
    SUPERVISORS.c.user_id,
    AUDIT_PEOPLE.c.value,
)


@dataclass(frozen=True)
class Dropped:
    """In how many places somebody stood and stands no more: entries of the audit, and rows of each kind."""

    mentions: int = 0
    codes: int = 0
    codes_elsewhere: int = 0
    replacements: int = 0
    list_rows: int = 0


@dataclass(frozen=True)
class Stays:
    """What still names the person. `codes` may be in somebody's hand, the last of them until `until`.

    `open`: replacements to be finished; `recent`: replacements, and entries, of the last day, by which the policy
    still goes; `list_rows` are to be done; `supervisor`: they may approve here with a badge and a PIN.
    """

    codes: int = 0
    until: datetime | None = None
    open: int = 0
    recent: int = 0
    list_rows: int = 0
    supervisor: bool = False

    def __bool__(self) -> bool:
        return bool(self.codes or self.open or self.recent or self.list_rows or self.supervisor)


@dataclass(frozen=True)
class Erased:
    """What came of it."""

    dropped: Dropped
    stays: Stays


def erase(writing: Writing, user_id: str, *, at: datetime, actor: str | None = None) -> Erased:
    """Drop a person wherever nothing depends on who they are, and say how much that was without saying whose.

    Raises NotFoundError where nothing names them: nothing is written then.
    """
    connection = writing.connection
    known = [found for column in _IDS for found in _written(connection, column, user_id)]
    if not known:
        raise NotFoundError(
            f"nothing here names {user_id}", hint="give the object id, as `kiosk registry export` and `audit show` do"
        )
    names = tuple(dict.fromkeys(known))
    dropped = Dropped(
        mentions=audit.erase(connection, names, before=at - RECENT),
        **_rows(connection, at=at, before=at - RECENT, people=names),
    )
    stays = _stays(connection, names, at=at)
    append(writing, "person_erased", at=at, actor=actor, details={**asdict(dropped), "stays": bool(stays)})
    return Erased(dropped, stays)


def retain(writing: Writing, *, at: datetime, days: int) -> Dropped:
    """Drop whoever is named by what ended more than `days` ago, and say so where there was anybody."""
    connection, before = writing.connection, at - timedelta(days=days)
    dropped = Dropped(
        mentions=audit.expire_people(connection, at=at, days=days), **_rows(connection, at=at, before=before)
    )
    if dropped != Dropped():
        append(writing, "people_expired", at=at, details={**asdict(dropped), "days": days})
    return dropped


def _rows(
    connection: Connection, *, at: datetime, before: datetime, people: tuple[str, ...] | None = None
) -> dict[str, int]:
    """Empty what ended of these people, or of everybody's what ended before `before`; how many rows of each kind."""
    done = {
        "codes": _empty(
            connection, CODES, _ended_codes(CODES, at, before, people), ("user_id", "upn", "display_name")
        ),
        "codes_elsewhere": connection.execute(
            delete(ELSEWHERE).where(_ended_codes(ELSEWHERE, at, before, people))
        ).rowcount,
        "replacements": _replacements(connection, before, people),
        "list_rows": _list_rows(connection, before, people),
    }
    leases.forget(connection, people)
    return done


def _ended_codes(table: Table, at: datetime, before: datetime, people: tuple[str, ...] | None) -> ColumnElement[bool]:
    """A code that is over, by what was said of it or by its date. By age, both must be long ago."""
    over = table.c.state.in_(ENDED_CODES)
    if people is not None:
        return and_(table.c.user_id.in_(people), or_(over, table.c.expire_at <= at))
    since = table.c.changed_at if table is CODES else table.c.noted_at
    return and_(table.c.user_id != NOBODY, or_(and_(over, since < before), table.c.expire_at < before))


def _replacements(connection: Connection, before: datetime, people: tuple[str, ...] | None) -> int:
    """An approver is left empty, which is not the same as none: somebody it was."""
    closed = REPLACEMENTS.c.closed_at < before
    emptied = 0
    for name in ("user_id", "approver", "second_approver"):
        column = REPLACEMENTS.c[name]
        whose = column != NOBODY if people is None else column.in_(people)
        count = _empty(connection, REPLACEMENTS, and_(closed, whose), (name,))
        emptied += count if name == "user_id" else 0
    return emptied


def _list_rows(connection: Connection, before: datetime, people: tuple[str, ...] | None) -> int:
    row = WORK_LIST_ROWS.c
    whose = row.changed_at < before if people is None else row.user_id.in_(people)
    ended = and_(row.state.in_(ENDED_ROWS), whose, row.user_id.not_like(f"{_ROW}%"))
    emptied = connection.execute(
        update(WORK_LIST_ROWS).where(ended).values(user_id=literal(_ROW).concat(row.place), upn=NOBODY)
    ).rowcount
    opened = WORK_LISTS.c.opened_at < before if people is None else WORK_LISTS.c.opened_by.in_(people)
    _empty(connection, WORK_LISTS, and_(opened, WORK_LISTS.c.opened_by != NOBODY), ("opened_by",))
    return emptied


def _empty(connection: Connection, table: Table, where: ColumnElement[bool], names: tuple[str, ...]) -> int:
    return connection.execute(update(table).where(where).values(dict.fromkeys(names, NOBODY))).rowcount


def _stays(connection: Connection, people: tuple[str, ...], *, at: datetime) -> Stays:
    whose: Mapping[Table, Any] = {table: table.c.user_id.in_(people) for table in (CODES, ELSEWHERE, REPLACEMENTS)}
    approved = or_(REPLACEMENTS.c.approver.in_(people), REPLACEMENTS.c.second_approver.in_(people))
    named = or_(whose[REPLACEMENTS], approved)
    codes = [
        expire
        for table in (CODES, ELSEWHERE)
        for expire in connection.execute(select(table.c.expire_at).where(whose[table])).scalars()
    ]
    return Stays(
        codes=len(codes),
        until=max(codes, default=None),
        open=_count(connection, and_(named, REPLACEMENTS.c.closed_at.is_(None))),
        recent=_count(connection, and_(named, REPLACEMENTS.c.closed_at >= at - RECENT))
        + _count(connection, AUDIT_PEOPLE.c.value.in_(people)),
        list_rows=_count(connection, WORK_LIST_ROWS.c.user_id.in_(people)),
        supervisor=bool(_count(connection, SUPERVISORS.c.user_id.in_(people))),
    )


def _count(connection: Connection, where: ColumnElement[bool]) -> int:
    return int(connection.execute(select(func.count()).where(where)).scalar_one())


def _written(connection: Connection, column: ColumnElement[str], user_id: str) -> list[str]:
    """The id as it stands in this column: ids are the same however they are written."""
    same = func.lower(column) == user_id.lower()
    return [str(found) for found in connection.execute(select(column).where(same).distinct()).scalars()]
