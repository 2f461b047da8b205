"""What is left to do of a replacement that was broken off: from its journal and what Graph has now. Pure.

Nothing here is taken back. A code whose content was lost in the crash is deleted and made again; one that may be on
paper is asked for, and never printed twice.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from kiosk.badge.kind import CodeKind
from kiosk.badge.verdict import Life
from kiosk.replace.history import History
from kiosk.replace.issuer import Person
from kiosk.replace.plan import PAPER, Plan, Reason, Refusal, Step, enrolment, plan, reissue, temporary


class Situation(StrEnum):
    """Where the crash left the worker; the value is also the key of its words."""

    UNTOUCHED = "untouched"  # the old code is still there
    NO_CODE = "no_code"  # the old code is gone, and there is no other
    CONTENT_LOST = "content_lost"  # the new code is there; what it says died with the process
    ON_PAPER = "on_paper"  # the new badge was printed, or may have been; nobody read it back
    READ_BACK = "read_back"  # the worker has the new badge
    SOMEBODY_ELSE = "somebody_else"  # a code that this station did not make took its place
    NOTHING_LEFT = "nothing_left"  # all that was asked for has happened


@dataclass(frozen=True)
class Recovery:
    """`plan` is what to carry out under the old replacement's id.

    `code_id` and `digest` are of the badge that is only to be read back. `until`: the worker holds a temporary badge
    of this station's, which ends then.
    """

    situation: Situation
    plan: Plan
    code_id: str = ""
    digest: bytes = b""
    until: datetime | None = None

    @property
    def without_badge(self) -> bool:
        """Whether the worker may have no badge that works."""
        return self.until is None and self.situation in _WITHOUT


_WITHOUT: Final = frozenset({Situation.NO_CODE, Situation.CONTENT_LOST, Situation.ON_PAPER})
_CLOSE: Final = (Step.PREFLIGHT, Step.CLOSE)


def recover(reason: Reason, history: History, person: Person, now: datetime) -> Recovery | Refusal:
    """The rest of a replacement. `person` is who it was for, as Graph has them `now`.

    A Refusal only where their account or the policy no longer allows what is left.
    """
    match reason:
        case Reason.PIN_FORGOTTEN:
            # A PIN that was reset and never told is lost; resetting it again harms nobody.
            found = _again(Situation.UNTOUCHED, reason, person, now)
        case Reason.COPY:
            # Nothing was changed in Graph, and the content is gone: whoever still wants a copy asks anew.
            return _nothing_left(reason, person)
        case Reason.FOUND | Reason.LEAVES:
            return _ending(reason, history, person, now)
        case Reason.FORGOTTEN:
            return _badge(reason, person.code(CodeKind.TEMPORARY), history, person, now)
        case _:
            found = _badge(reason, person.standard, history, person, now)
    return found if isinstance(found, Refusal) else _with_bridge(found, history, person, now)


def _badge(reason: Reason, there: Life | None, history: History, person: Person, now: datetime) -> Recovery | Refusal:
    if there is None:
        return _nothing_there(reason, history, person, now)
    if not history.is_ours(there.kind, there.code_id, (there.start, there.expire)):
        return _not_ours(reason, there, history, person, now)
    paper = history.paper(there.code_id)
    tell = (Step.RESET_PIN, Step.TELL_PIN) if _owes_a_pin(reason, history) else ()
    if paper.read_back:
        left = Plan(person.user_id, reason, (Step.PREFLIGHT, *tell, Step.CLOSE))
        return Recovery(Situation.READ_BACK, left, there.code_id, paper.digest)
    if paper.print in ("", "done", "unknown") and paper.digest:
        left = Plan(person.user_id, reason, (Step.PREFLIGHT, Step.SCAN_BACK, *tell, Step.CLOSE))
        return Recovery(Situation.ON_PAPER, left, there.code_id, paper.digest)
    return Recovery(Situation.CONTENT_LOST, _made_again(reason, there, person))


def _not_ours(reason: Reason, there: Life, history: History, person: Person, now: datetime) -> Recovery | Refusal:
    if there.code_id != history.target:
        return Recovery(Situation.SOMEBODY_ELSE, Plan(person.user_id, reason, _CLOSE))
    if history.extension == there.expire:
        return _nothing_left(reason, person)
    return _again(Situation.UNTOUCHED, reason, person, now)


def _made_again(reason: Reason, orphan: Life, person: Person) -> Plan:
    """The creating step itself makes room for what it knows to be this station's own."""
    if reason is Reason.NEW_HERE:
        return enrolment(person.user_id)
    if reason is Reason.FORGOTTEN:
        return temporary(person.user_id)
    return reissue(person.user_id, reason, old=orphan.code_id, bridge=False)


def _nothing_there(reason: Reason, history: History, person: Person, now: datetime) -> Recovery | Refusal:
    if reason is Reason.NEW_HERE and person.enrolled:
        # The method outlived its code: the PIN it came with is lost.
        steps = (Step.PREFLIGHT, Step.CREATE, *PAPER, Step.RESET_PIN, Step.TELL_PIN, Step.CLOSE)
        return Recovery(Situation.NO_CODE, Plan(person.user_id, reason, steps))
    creating = {Step.CREATE_METHOD, Step.CREATE_TEMPORARY}
    begun = reason not in (Reason.NEW_HERE, Reason.FORGOTTEN) or history.begun & creating
    return _again(Situation.NO_CODE if begun else Situation.UNTOUCHED, reason, person, now)


def _again(situation: Situation, reason: Reason, person: Person, now: datetime) -> Recovery | Refusal:
    made = plan(person.user_id, reason, person.account, enrolled=person.enrolled, now=now)
    return made if isinstance(made, Refusal) else Recovery(situation, made)


def _ending(reason: Reason, history: History, person: Person, now: datetime) -> Recovery | Refusal:
    """To be deleted is what it was planned for, and nothing else that is there now."""
    code_id = person.standard.code_id if person.standard else None
    if code_id != history.target or (reason is Reason.LEAVES and not person.enrolled):
        return _nothing_left(reason, person)
    return _again(Situation.UNTOUCHED, reason, person, now)


def _nothing_left(reason: Reason, person: Person) -> Recovery:
    return Recovery(Situation.NOTHING_LEFT, Plan(person.user_id, reason, _CLOSE))


def _with_bridge(found: Recovery, history: History, person: Person, now: datetime) -> Recovery:
    """The temporary code an earlier run made is taken back at the end; no other is made beside it."""
    left = person.code(CodeKind.TEMPORARY)
    if left is None or not history.is_ours(left.kind, left.code_id, (left.start, left.expire)):
        return found
    steps: list[Step] = [step for step in found.plan.steps if step not in (Step.BRIDGE, Step.UNBRIDGE)]
    steps.insert(len(steps) - 1, Step.UNBRIDGE)
    held = now < left.expire and history.paper(left.code_id).read_back
    return replace(
        found,
        plan=replace(found.plan, steps=tuple(steps), bridge=left.code_id),
        until=left.expire if held else None,
    )


def _owes_a_pin(reason: Reason, history: History) -> bool:
    return reason is Reason.NEW_HERE and Step.TELL_PIN not in history.done
