"""Who may have what done, for whom, and on whose word. Pure.

Reissuing a code takes nothing over by itself: the PIN stays the worker's. A new code and a new PIN by one approver is
full impersonation, so the rules about that, about oneself and about holders of directory roles cannot be switched
off by a site.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from kiosk.config import Policy
from kiosk.replace.plan import Reason, Refusal

#: For so long one approver has not both a code and a PIN made for one person.
APART: Final = timedelta(hours=24)
#: Quotas are for so long.
QUOTA: Final = timedelta(hours=1)


class Made(StrEnum):
    """What an approval gives into somebody's hand."""

    CODE = "code"
    PIN = "pin"


_BOTH: Final = frozenset(Made)

#: What each reason makes; those that make nothing only take away.
MAKES: Final[dict[Reason, frozenset[Made]]] = {
    Reason.WORN: frozenset({Made.CODE}),
    Reason.LOST: frozenset({Made.CODE}),
    Reason.STOLEN: frozenset({Made.CODE}),
    Reason.EXPIRES: frozenset({Made.CODE}),
    Reason.RENAMED: frozenset({Made.CODE}),
    Reason.FORGOTTEN: frozenset({Made.CODE}),
    Reason.COPY: frozenset({Made.CODE}),
    Reason.NEW_HERE: frozenset({Made.CODE, Made.PIN}),
    Reason.PIN_FORGOTTEN: frozenset({Made.PIN}),
    Reason.FOUND: frozenset(),
    Reason.LEAVES: frozenset(),
}


@dataclass(frozen=True)
class Approver:
    """A supervisor, as they are now: `active` says that their account is enabled and that they still may approve."""

    user_id: str
    name: str
    active: bool = True


@dataclass(frozen=True)
class Target:
    """Whom it is for. `privileged`: they hold a directory role. `in_unit` is None where the site has no unit."""

    user_id: str
    privileged: bool
    in_unit: bool | None = None


@dataclass(frozen=True)
class Approval:
    """Something made for the same person before, and on whose word; nobody's by name where that is empty."""

    approver: str
    made: Made
    at: datetime


@dataclass(frozen=True)
class Past:
    """What was done before: approvals for this person, and how many replacements within `QUOTA`.

    `copied`: the code that is to be copied was so before.
    """

    approvals: Sequence[Approval] = ()
    by_station: int = 0
    for_person: int = 0
    copied: bool = False


@dataclass(frozen=True)
class Granted:
    """It may be done. `exceptions` are what the audit says beside it, by key."""

    exceptions: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is to be granted: `reason` done for `target` on the word of these approvers, one or two different people.

    `visiting`: the approver says that the person is from another site, which is an exception and audited as one.
    """

    reason: Reason
    target: Target
    approvers: Sequence[Approver] = ()
    visiting: bool = False


def approve(policy: Policy, asked: Asked, past: Past, now: datetime) -> Granted | Refusal:
    """Whether it may be done. The refusal `second_person` means that with another approver it might be."""
    refusals = (key for key, holds in _rules(policy, asked, past, now) if holds)
    key = next(refusals, None)
    return Refusal(key) if key else Granted(_exceptions(policy, asked))


def _rules(policy: Policy, asked: Asked, past: Past, now: datetime) -> Iterator[tuple[str, bool]]:
    """Each reason to refuse, in the order in which it is said, and whether it is there."""
    approvers, target = asked.approvers, asked.target
    yield "replacement_off", policy.replacement == "nobody"
    copying = asked.reason is Reason.COPY
    yield "copying_off", copying and not policy.copying
    yield "leaving_off", asked.reason is Reason.LEAVES and not policy.leaving
    yield "holds_a_role", target.privileged
    yield "never_for_oneself", target.user_id.lower() in _names(asked)
    yield "approver_inactive", any(not approver.active for approver in approvers)
    # A copy is a clone: somebody by name takes the old badge in.
    yield "needs_supervisor", (copying or policy.replacement == "supervisor") and not approvers
    yield "copied_before", copying and past.copied
    yield "outside_the_unit", target.in_unit is False and not (asked.visiting and approvers)
    yield "station_quota", past.by_station >= policy.per_hour_station
    yield "person_quota", past.for_person >= policy.per_hour_person
    yield "second_person", _needs_another(policy, asked, past, now)


def _needs_another(policy: Policy, asked: Asked, past: Past, now: datetime) -> bool:
    names = _names(asked)
    if len(names) > 1:
        return False
    if asked.reason in policy.second_person:
        return True
    if MAKES[asked.reason] == _BOTH:
        return not policy.single_approver_enrolment
    return _completes(asked, past, now)


def take_up(policy: Policy, asked: Asked, past: Past, now: datetime) -> Granted | Refusal:
    """Whether what was granted and broken off may be finished by these. `past` is without what is to be finished.

    Somebody may be without a badge: quotas are not asked about again, nor what takes a second person by the site's
    own will. But a code and a PIN do not go through the same hands by this way either.
    """
    answer = approve(policy, asked, Past(), now)
    if isinstance(answer, Refusal) and answer != Refusal("second_person"):
        return answer
    apart = len(_names(asked)) > 1 or MAKES[asked.reason] == _BOTH
    return Granted() if apart or not _completes(asked, past, now) else Refusal("code_and_pin")


def _completes(asked: Asked, past: Past, now: datetime) -> bool:
    """Whether one of them would have had both a code and a PIN made for this person within `APART`."""
    names, makes = _names(asked), MAKES[asked.reason]
    before = {each.made for each in past.approvals if _may_be(each.approver, names) and now - each.at < APART}
    return bool(makes) and makes | before == _BOTH


def _may_be(approver: str, names: set[str]) -> bool:
    """Whether this may be one of them. Nobody by name may be anybody: the station itself stood in for them."""
    return not approver or not names or approver.lower() in names


def _names(asked: Asked) -> set[str]:
    """Ids are the same however they are written."""
    return {approver.user_id.lower() for approver in asked.approvers}


def _exceptions(policy: Policy, asked: Asked) -> tuple[str, ...]:
    alone = len(_names(asked)) < 2  # noqa: PLR2004
    said = {
        "visiting_worker": asked.target.in_unit is False,
        "single_approver_enrolment": MAKES[asked.reason] == _BOTH and alone and policy.single_approver_enrolment,
    }
    return tuple(key for key, holds in said.items() if holds)
