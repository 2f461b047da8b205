"""How many replacements there were, and who approved what for whom: what quotas and rules are judged by."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Final, Literal, NamedTuple

from sqlalchemy import ColumnElement, Connection, FromClause, and_, func, select

from kiosk.registry.audit import RESUMED
from kiosk.registry.schema import AUDIT, AUDIT_PEOPLE, JOURNAL, REPLACEMENTS, utc_text
from kiosk.registry.states import Phase

Made = Literal["code", "pin"]

#: What a step makes, by its name in the journal.
_MAKES: Final[dict[str, tuple[Made, ...]]] = {
    "create": ("code",),
    "create_standard": ("code",),
    "create_temporary": ("code",),
    "create_method": ("code", "pin"),
    "reset_pin": ("pin",),
}
#: A copy makes no code: it puts one that is there into a hand.
_COPY, _PRINT = "copy", "print"
_COPY_MAKES: Final[dict[str, tuple[Made, ...]]] = {**_MAKES, _PRINT: ("code",)}
#: The approver where nobody was one by name.
NOBODY: Final = ""
#: Who set the station up, in the place of an approver: they can do all of it from the command line, and are none.
ADMINISTRATOR: Final = "administrator"


class Approval(NamedTuple):
    """`approver` had a code made or a PIN set at `at`; or may have, where the answer was lost.

    A user id; `NOBODY` where it was done on nobody's word by name.
    """

    approver: str
    what: Made
    at: datetime


def replacements_since(
    connection: Connection,
    since: datetime,
    *,
    station: str | None = None,
    user_id: str | None = None,
    approver: str | None = None,
) -> int:
    """How many were opened at or after `since`, of those that match what is given."""
    query = select(func.count()).select_from(REPLACEMENTS).where(REPLACEMENTS.c.opened_at >= since)
    wanted = {"station": station, "user_id": user_id, "approver": approver}
    for name, value in wanted.items():
        if value is not None:
            query = query.where(REPLACEMENTS.c[name] == value)
    return int(connection.execute(query).scalar_one())


def approvals_of(connection: Connection, user_id: str, since: datetime, besides: str = "") -> tuple[Approval, ...]:
    """What was begun for a person at or after `since` and is not known to have failed, by each who had a word in it.

    That is both approvers, or nobody by name, and whoever took it up again after it was broken off. `besides`: the id
    of a replacement that does not count.
    """
    resumed = _resumed(connection, user_id, since)
    found: list[Approval] = []
    for begun in _begun(connection, user_id):
        if begun.replacement == besides:
            continue
        words = [(approver, begun.at) for approver in begun.approvers]
        words += [(who, max(begun.at, at)) for who, at in resumed.get(begun.replacement, ())]
        found += [Approval(who, what, at) for who, at in words for what in begun.makes if at >= since]
    return tuple(sorted(found, key=lambda each: each.at))


def was_copied(connection: Connection, code_id: str) -> bool:
    """Whether this code was printed once more from its scan, or may have been."""
    copies = select(REPLACEMENTS.c.id).where(REPLACEMENTS.c.reason == _COPY, REPLACEMENTS.c.remove == code_id.lower())
    printed = select(JOURNAL.c.phase, JOURNAL.c.result).where(
        JOURNAL.c.replacement.in_(copies), JOURNAL.c.step == _PRINT
    )
    begun = 0
    for phase, result in connection.execute(printed):
        begun += 1 if phase == Phase.INTENT else -(result == "failed")
    return begun > 0


class _Begun(NamedTuple):
    """One try at a step that makes something."""

    replacement: str
    approvers: tuple[str, ...]
    makes: tuple[Made, ...]
    at: datetime


def _begun(connection: Connection, user_id: str) -> Iterator[_Begun]:
    """Every try that is not known to have failed."""
    steps = (
        select(JOURNAL, REPLACEMENTS.c.approver, REPLACEMENTS.c.second_approver, REPLACEMENTS.c.reason)
        .join(REPLACEMENTS, REPLACEMENTS.c.id == JOURNAL.c.replacement)
        .where(REPLACEMENTS.c.user_id == user_id, REPLACEMENTS.c.approver.is_distinct_from(ADMINISTRATOR))
        .order_by(JOURNAL.c.seq)
    )
    tries: dict[tuple[str, str], list[_Begun]] = {}
    for row in connection.execute(steps):
        makes = (_COPY_MAKES if row.reason == _COPY else _MAKES).get(row.step, ())
        of_step = tries.setdefault((row.replacement, row.step), [])
        if row.phase == Phase.INTENT:
            named = tuple(each for each in (row.approver, row.second_approver) if each is not None)
            of_step.append(_Begun(row.replacement, named or (NOBODY,), makes, row.at))
        elif row.result == "failed" and of_step:
            of_step.pop()
    for of_step in tries.values():
        yield from of_step


def _resumed(connection: Connection, user_id: str, since: datetime) -> dict[str, list[tuple[str, datetime]]]:
    """Who took which replacement of a person up at or after `since`; the journal does not name them."""
    subject, actor = AUDIT_PEOPLE.alias("subject"), AUDIT_PEOPLE.alias("actor")
    entries = (
        select(AUDIT.c.details, AUDIT.c.at, actor.c.value)
        .join(subject, _beside(subject, "subject"))
        .outerjoin(actor, _beside(actor, "actor"))
        .where(subject.c.value == user_id, AUDIT.c.action == RESUMED, AUDIT.c.at >= utc_text(since))
    )
    found: dict[str, list[tuple[str, datetime]]] = {}
    for details, at, who in connection.execute(entries):
        replacement = str(json.loads(details)["replacement"])
        found.setdefault(replacement, []).append((who or NOBODY, datetime.fromisoformat(at)))
    return found


def _beside(people: FromClause, field: str) -> ColumnElement[bool]:
    return and_(people.c.chain == AUDIT.c.chain, people.c.seq == AUDIT.c.seq, people.c.field == field)
