"""Before anything irreversible: printer, person, permission and clock, and a page drawn for nobody."""

from __future__ import annotations

from typing import Final

from kiosk.errors import KioskError
from kiosk.replace.assignment import Assignment
from kiosk.replace.code import Done
from kiosk.replace.issuer import Person
from kiosk.replace.paper import PaperSteps
from kiosk.replace.plan import Plan, Reason, Refusal, plan
from kiosk.replace.recover import recover

#: Seconds our clock may be off Graph's: codes begin to be valid by its clock.
MAX_SKEW: Final = 120.0


class ReplacementError(KioskError):
    """The replacement cannot go on, for a reason that is neither Graph's nor a device's."""


class ClockOffError(ReplacementError):
    """Our clock and Graph's are too far apart."""


async def preflight(asked: Assignment, paper: PaperSteps) -> Done:
    """Look before the leap; what was found. Raises KioskError for whatever is not as it must be."""
    use, state = asked.use, "not needed"
    if asked.plan.prints:
        state = await use.printer.require_fit(accept_unknown=use.policy.accept_unknown_printer)
    issuer = use.issuer
    _require_unchanged(asked, await issuer.person(asked.plan.user_id))
    await _require_first_copy(asked)
    await issuer.permitted()
    skew = issuer.skew() or 0.0
    if abs(skew) > MAX_SKEW:
        raise ClockOffError(
            f"this station's clock is {abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} Graph's",
            hint="set the clock: timedatectl set-ntp true",
        )
    if asked.plan.prints:
        await paper.rehearse()
    return {"printer": state, "skew_seconds": round(skew, 1)}


async def _require_first_copy(asked: Assignment) -> None:
    """Asked once more here, under the lease: another process of this station may have copied it meanwhile."""
    old = asked.plan.old
    if asked.plan.reason is Reason.COPY and not asked.resumed and old and await asked.use.registry.was_copied(old):
        raise ReplacementError(
            "this badge was printed once more already", hint="give the old badge back, or make a new code"
        )


def _require_unchanged(asked: Assignment, person: Person) -> None:
    """What was planned would be planned again for the person as Graph has them now."""
    again = _planned_again(asked, person)
    if isinstance(again, Refusal):
        raise ReplacementError(f"this may not be done any more: {again.key.replace('_', ' ')}")
    if again != asked.plan:
        raise ReplacementError(
            "the person's code is not the one that was read; someone else may be replacing it",
            hint="scan the badge again",
        )


def _planned_again(asked: Assignment, person: Person) -> Plan | Refusal:
    now, reason = asked.use.clock.now(), asked.plan.reason
    if asked.resumed is None:
        return plan(person.user_id, reason, person.account, enrolled=person.enrolled, now=now)
    found = recover(reason, asked.resumed.history, person, now)
    return found if isinstance(found, Refusal) else found.plan
