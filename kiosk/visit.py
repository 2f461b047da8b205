"""One visit after another: a badge is shown, judged, perhaps replaced. Knows no screen; every screen drives this."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any, Final

import structlog

from drivers.wire.messages import Code, Scan
from kiosk.attending import AtTheBoard
from kiosk.badge.content import digest
from kiosk.board import Board
from kiosk.checking import Checked, Checker
from kiosk.config import Ui
from kiosk.errors import KioskError
from kiosk.offering import offers
from kiosk.presence import Presence
from kiosk.replace.assignment import Assignment
from kiosk.replace.attendant import Choice
from kiosk.replace.carry_out import Replacement, Result
from kiosk.replace.facilities import Facilities
from kiosk.replace.issuer import Person
from kiosk.replace.plan import Plan, Reason, Refusal, plan
from kiosk.session import Session
from kiosk.state import Phase, State, StepView
from kiosk.supervisors import Supervisors

#: Phases in which a scan begins a new visit.
_OPEN: Final = frozenset({Phase.IDLE, Phase.SIGNED_IN, Phase.CHECKING, Phase.VERDICT, Phase.FINISHED, Phase.FAILED})

log = structlog.get_logger(__name__)


class Visit:
    """What a person and the scanners can do; `board` shows what comes of it. What makes no sense now is ignored.

    `facilities` is None at a station that only checks, `supervisors` where nobody can sign in. `result` is that of
    the last replacement. A supervisor's session serves one person, and ends with whatever ends the visit: a badge
    made, a failure, going back, nobody there.
    """

    def __init__(
        self,
        checker: Checker,
        facilities: Facilities | None,
        presence: Presence,
        ui: Ui,
        supervisors: Supervisors | None = None,
    ) -> None:
        self.board = Board()
        self.result: Result | None = None
        self._checker = checker
        self._facilities = facilities
        self._presence = presence
        self._ui = ui
        self._session = Session(self.board, supervisors)
        self._attending = AtTheBoard(self.board, ui)
        self._checked: Checked | None = None
        self._work: asyncio.Task[None] | None = None
        self._idle: asyncio.TimerHandle | None = None

    def scanned(self, scanner: str, scan: Scan) -> None:
        """A scanner read something. Nothing of the content is kept beyond this and the check it begins."""
        # Noted for every code, also those that begin no visit now, so that a badge left lying there does not later.
        fresh = [self._presence.fresh(scanner, digest(code.content.reveal())) for code in scan.codes]
        self._attending.scanned(scan.codes)
        if any(fresh) and self._open:
            self._begin(lambda: self._check(scan.codes))

    def sign_in(self) -> None:
        """A supervisor wants to sign in with a phone; from the verdict on a badge, for that badge."""
        if self._state.may_sign_in:
            self._begin(self._sign_in)

    def ask(self, reason: Reason) -> None:
        """Ask for a replacement of the badge just shown."""
        if self._state.phase is Phase.VERDICT and reason in self._state.offers:
            self.board.change(phase=Phase.CONFIRM, reason=reason)
            # A question left unanswered must not wait for whoever comes next.
            self._idle_later()

    def confirm(self) -> None:
        """Yes, do it."""
        if self._state.phase is Phase.CONFIRM and self._state.reason:
            reason = self._state.reason
            self._begin(lambda: self._replace(reason))

    def answer(self, choice: Choice) -> None:
        """What to do about the trouble shown."""
        self._attending.answer(choice)

    def reveal(self) -> None:
        """Show the worker's new PIN, or hide it again."""
        if self._state.pin:
            self.board.change(pin_shown=not self._state.pin_shown)

    def told(self) -> None:
        """The worker has seen it."""
        self._attending.told()

    def dismiss(self) -> None:
        """Back to the start. A replacement that runs is not stopped by it."""
        if self._state.phase is not Phase.REPLACING:
            self._rest()

    async def enrol(self, id_or_upn: str) -> None:
        """Make a first badge for somebody who has none. Raises GraphError when they cannot be looked up."""
        assert self._facilities is not None, "a station that only checks enrols nobody"
        person = await self._facilities.issuer.person(id_or_upn)
        if self._state.phase is Phase.REPLACING:
            return
        self._rest()
        made = self._plan(person, Reason.NEW_HERE)
        if isinstance(made, Refusal):
            self.board.change(phase=Phase.VERDICT, name=person.display_name, refusal=made)
            self._idle_later()
            return
        self.board.change(name=person.display_name, reason=Reason.NEW_HERE)
        asked = Assignment(made, person, self._facilities, self._attending)
        await self._guarded(lambda: self._carry_out(asked))

    async def close(self) -> None:
        """Stop what runs; an open replacement stays open in the journal."""
        self._stop_idling()
        if self._work:
            self._work.cancel()
            await asyncio.gather(self._work, return_exceptions=True)
        self._session.end()

    @property
    def _state(self) -> State:
        return self.board.state

    @property
    def _open(self) -> bool:
        return self._state.phase in _OPEN and not self._state.stranded

    async def _sign_in(self) -> None:
        checked = self._checked
        signed_in = await self._session.begin(Phase.CHECKING if checked else Phase.SIGNED_IN)
        if signed_in and checked and self._session.issuer:
            self._show(await self._checker.look_again(checked, self._session.issuer))
        else:
            self._idle_later()

    async def _check(self, codes: Sequence[Code]) -> None:
        self._checked = None
        self.board.change(**_BLANK | {"supervisor": self._state.supervisor}, phase=Phase.CHECKING)
        self._show(await self._checker.check(codes, self._session.issuer))

    def _show(self, checked: Checked) -> None:
        self._checked = checked
        self._session.serve(checked)
        reasons, refusal = offers(self._facilities, checked, self._state.supervisor)
        self.board.change(
            phase=Phase.VERDICT,
            judgement=checked.judgement,
            name=checked.name,
            expire=checked.expire,
            offline=str(checked.offline) if checked.offline else "",
            offers=reasons,
            refusal=refusal,
        )
        self._idle_later()

    async def _replace(self, reason: Reason) -> None:
        person = self._checked.person if self._checked else None
        assert person is not None, "offered only when Graph knows the person"
        assert self._facilities is not None, "offered only where badges are replaced"
        facilities = replace(self._facilities, issuer=self._session.issuer or self._facilities.issuer)
        made = self._plan(person, reason)
        if isinstance(made, Refusal):
            self.board.change(phase=Phase.VERDICT, offers=(), refusal=made)
            self._idle_later()
            return
        supervisor = self._state.supervisor
        approvers = (supervisor.user_id,) if supervisor else ()
        await self._carry_out(Assignment(made, person, facilities, self._attending, approvers=approvers))

    def _plan(self, person: Person, reason: Reason) -> Plan | Refusal:
        assert self._facilities is not None, "offered only where badges are replaced"
        now = self._facilities.clock.now()
        return plan(person.user_id, reason, person.account, enrolled=person.enrolled, now=now)

    async def _carry_out(self, asked: Assignment) -> None:
        self.board.change(phase=Phase.REPLACING, steps=tuple(StepView(step) for step in asked.plan.steps))
        result = self.result = await Replacement(asked).run()
        if result.error:
            self._fail(result.error, stranded=result.stranded)
            return
        self._session.end()
        left_open = self._state.unfinished + (result.until is not None)
        self.board.change(phase=Phase.FINISHED, until=result.until, unfinished=left_open)
        self._idle_later()

    def _fail(self, error: KioskError, *, stranded: bool = False) -> None:
        self._session.end()
        unfinished = self._state.unfinished + stranded
        self.board.change(
            phase=Phase.FAILED, error=str(error), hint=error.hint, stranded=stranded, unfinished=unfinished
        )
        if not stranded:
            self._idle_later()

    def _begin(self, work: Callable[[], Awaitable[None]]) -> None:
        self._stop()
        self._work = asyncio.create_task(self._guarded(work))

    async def _guarded(self, work: Callable[[], Awaitable[None]]) -> None:
        """Whatever happens, the board says something and somebody can go on."""
        try:
            await work()
        except KioskError as wrong:
            self._fail(wrong)
        except Exception as wrong:  # noqa: BLE001
            # Its name only: a traceback goes through frames that hold secrets.
            log.error("a visit broke", error=type(wrong).__name__)  # noqa: TRY400
            self._fail(KioskError(f"something broke inside the station ({type(wrong).__name__})"))

    def _rest(self) -> None:
        self._stop()
        self._session.end()
        self._checked = None
        self.board.change(**_BLANK, phase=Phase.IDLE)

    def _stop(self) -> None:
        self._stop_idling()
        if self._work and not self._work.done():
            self._work.cancel()

    def _idle_later(self) -> None:
        self._stop_idling()
        self._idle = asyncio.get_running_loop().call_later(self._ui.idle_seconds, self._rest)

    def _stop_idling(self) -> None:
        if self._idle:
            self._idle.cancel()
            self._idle = None


#: A state in which nobody is there; devices and unfinished replacements stay as they are.
_BLANK: Final[dict[str, Any]] = {
    name: getattr(State(), name)
    for name in State.__dataclass_fields__
    if name not in ("serial", "phase", "devices", "unfinished", "supervised")
}
