"""What can be done about the badge just judged, or why nothing can."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from kiosk.badge.kind import CodeKind
from kiosk.badge.verdict import Basis, Judgement, Verdict
from kiosk.checking import Checked
from kiosk.config import Policy
from kiosk.graph.errors import InsufficientPermissions
from kiosk.replace.approval import Approver, Asked, Past, Target, approve
from kiosk.replace.facilities import Facilities
from kiosk.replace.issuer import Person
from kiosk.replace.plan import LONGEST_STANDARD, Reason, Refusal, extended
from kiosk.replace.policy import is_renamed, may_replace
from kiosk.state import SupervisorView

Offer = tuple[tuple[Reason, ...], Refusal | None]


def offers(facilities: Facilities | None, checked: Checked, supervisors: Sequence[SupervisorView]) -> Offer:
    """The reasons for which something can be done, or the refusal. `facilities` is None where nothing is done."""
    if facilities is None:
        return (), Refusal("replacement_off")
    policy, now = facilities.policy, facilities.clock.now()
    refusal = may_replace(policy, checked.judgement)
    if refusal:
        return (), refusal
    if checked.issued and checked.issued.kind is CodeKind.TEMPORARY:
        # It proves whose it is; but the code that would go is the standard one, and that was not read.
        return (), Refusal("badge_proves_nobody")
    reasons = _for_the_badge(checked, policy, now, supervised=bool(supervisors))
    kept, refusal = granted(facilities, reasons, _owner(checked), supervisors)
    if kept and checked.person is None:
        return (), _unknown(checked)
    return kept, refusal


def granted(
    facilities: Facilities, reasons: Sequence[Reason], user_id: str, supervisors: Sequence[SupervisorView]
) -> Offer:
    """Those that may be done, as far as can be told without asking anybody; where none may, why the first may not."""
    target = Target(user_id, privileged=False)
    approvers = [Approver(each.user_id, each.name) for each in supervisors]
    answers = {
        reason: approve(
            facilities.policy,
            Asked(reason=reason, target=target, approvers=approvers),
            Past(),
            facilities.clock.now(),
        )
        for reason in reasons
    }
    kept = tuple(
        reason
        for reason, answer in answers.items()
        if not isinstance(answer, Refusal) or answer == Refusal("second_person")
    )
    first = next(iter(answers.values()), None)
    return kept, None if kept or not isinstance(first, Refusal) else first


def _for_the_badge(checked: Checked, policy: Policy, now: datetime, *, supervised: bool) -> tuple[Reason, ...]:
    judgement = checked.judgement
    if is_renamed(judgement):
        return (Reason.RENAMED,)
    wanted = tuple(_wanted(judgement, checked.person, now, supervised=supervised))
    copied = supervised and policy.copying and _signs_in(judgement)
    return (*wanted, Reason.COPY) if copied else wanted


def _signs_in(judgement: Judgement) -> bool:
    """Whether Graph says, now, that this very badge works, and goes on to for a while."""
    return judgement.basis is Basis.GRAPH and judgement.verdict in (Verdict.ACTIVE, Verdict.WORN)


def _wanted(judgement: Judgement, person: Person | None, now: datetime, *, supervised: bool) -> Iterator[Reason]:
    ends = judgement.verdict is Verdict.EXPIRING or "expiring" in judgement.reasons
    if ends and person and _extendable(person, now):
        yield Reason.EXPIRES
    yield Reason.WORN
    if supervised:
        yield Reason.PIN_FORGOTTEN
        yield Reason.FOUND


def _extendable(person: Person, now: datetime) -> bool:
    return person.standard is not None and extended(person.standard, LONGEST_STANDARD.days, now) is not None


def _owner(checked: Checked) -> str:
    if checked.person:
        return checked.person.user_id
    return checked.issued.user_id if checked.issued else ""


def _unknown(checked: Checked) -> Refusal:
    forbidden = isinstance(checked.offline, InsufficientPermissions)
    return Refusal("out_of_reach") if forbidden else Refusal("graph_unreachable")
