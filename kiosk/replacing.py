"""What is asked for at the station: planned, approved, and carried out for the person before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from drivers.wire.secret import Secret
from kiosk.approving import Approving
from kiosk.attending import AtTheBoard
from kiosk.badge.content import Badge
from kiosk.board import Board
from kiosk.registry.approvals import ADMINISTRATOR
from kiosk.replace.assignment import Assignment
from kiosk.replace.carry_out import Replacement, Result
from kiosk.replace.facilities import Facilities
from kiosk.replace.issuer import NewCode, Person
from kiosk.replace.plan import Plan, Reason, Refusal, plan
from kiosk.state import Phase, StepView, SupervisorView


@dataclass(frozen=True)
class Wanted:
    """`reason` for this person, on these people's word; nobody's by name where there are none.

    `badge` is the one that was read, without its content; None where there was none. `visiting`: they say that the
    person is from another site. `approved`: an administrator's doing, for whom nobody else is asked.
    """

    person: Person
    reason: Reason
    approvers: Sequence[SupervisorView] = ()
    badge: Badge | None = None
    visiting: bool = False
    approved: bool = False


class Replacing:
    """Shows what goes on at `board`, where `attending` has the person answer."""

    def __init__(self, board: Board, attending: AtTheBoard) -> None:
        self._board = board
        self._attending = attending

    async def do(self, wanted: Wanted, use: Facilities) -> Result | Refusal:
        """Do it, or say why not; both are in the audit when this returns. Raises RegistryError, GraphError."""
        person, approving = wanted.person, Approving(use)
        made = plan(person.user_id, wanted.reason, person.account, enrolled=person.enrolled, now=use.clock.now())
        if isinstance(made, Refusal):
            await approving.refuse(wanted.reason, person.user_id, wanted.approvers, made)
            return made
        if not wanted.approved:
            answer = await approving.ask(
                wanted.reason, person.user_id, wanted.approvers, code_id=made.old, visiting=wanted.visiting
            )
            if isinstance(answer, Refusal):
                return answer
        copied = await self._surrendered(made, wanted, use) if wanted.reason is Reason.COPY else None
        if wanted.reason is Reason.COPY and copied is None:
            refusal = Refusal("not_surrendered")
            await approving.refuse(wanted.reason, person.user_id, wanted.approvers, refusal)
            return refusal
        by = (ADMINISTRATOR,) if wanted.approved else tuple(each.user_id for each in wanted.approvers)
        asked = Assignment(made, person, use, self._attending, copied=copied, approvers=by)
        try:
            self._show(made, wanted.reason)
            return await Replacement(asked).run()
        finally:
            # Also where it was never begun: somebody else may be at it.
            if copied:
                copied.forget()

    def _show(self, made: Plan, reason: Reason) -> None:
        self._board.change(phase=Phase.REPLACING, reason=reason, steps=views(made))

    async def _surrendered(self, made: Plan, wanted: Wanted, use: Facilities) -> NewCode | None:
        """The code of the old badge, which is held up once more as it is handed in; None when nobody does."""
        there, badge = wanted.person.standard, wanted.badge
        if there is None or badge is None or badge.code_id != made.old:
            return None
        self._show(made, wanted.reason)
        content = await self._attending.surrender(badge.digest)
        if content is None:
            return None
        for approver in wanted.approvers:
            await use.registry.note(
                "badge_surrendered",
                at=use.clock.now(),
                actor=approver.user_id,
                subject=wanted.person.user_id,
                details={"code_id": badge.code_id},
            )
        return NewCode(there.code_id, there.start, there.expire, Secret(b""), content)


def views(made: Plan) -> tuple[StepView, ...]:
    """The steps of a plan, as the board shows them before anything is done."""
    return tuple(StepView(step) for step in made.steps)
