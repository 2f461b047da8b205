"""How many replacements there were, and who approved what for whom: what quotas and rules are judged by."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal, NamedTuple

from sqlalchemy import Connection, func, select

from kiosk.registry.schema import JOURNAL, REPLACEMENTS
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


class Approval(NamedTuple):
    """`approver` (a user id) had a code made or a PIN set at `at`; or may have, where the answer was lost."""

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


def approvals_of(connection: Connection, user_id: str, since: datetime) -> tuple[Approval, ...]:
    """What was begun for a person at or after `since` and is not known to have failed, by either approver."""
    steps = (
        select(JOURNAL, REPLACEMENTS.c.approver, REPLACEMENTS.c.second_approver)
        .join(REPLACEMENTS, REPLACEMENTS.c.id == JOURNAL.c.replacement)
        .where(REPLACEMENTS.c.user_id == user_id, JOURNAL.c.step.in_(_MAKES))
        .order_by(JOURNAL.c.seq)
    )
    found: dict[tuple[str, str], list[Approval]] = {}
    for row in connection.execute(steps):
        step = (row.replacement, row.step)
        if row.phase == Phase.INTENT and row.at >= since:
            approvers = [each for each in (row.approver, row.second_approver) if each is not None]
            found.setdefault(step, []).extend(
                Approval(approver, what, row.at) for approver in approvers for what in _MAKES[row.step]
            )
        elif row.phase == Phase.OUTCOME and row.result == "failed":
            found.pop(step, None)
    return tuple(sorted((each for made in found.values() for each in made), key=lambda each: each.at))
