"""One visit after another: a badge is shown, judged, perhaps replaced. Knows no screen; every screen drives this."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any, Final

from drivers.wire.messages import Code, Scan
from kiosk.approving import Approving
from kiosk.attending import AtTheBoard
from kiosk.badge.content import digest
from kiosk.board import Board
from kiosk.by_badge import ByBadge
from kiosk.checking import Checked, Checker
from kiosk.config import Ui
from kiosk.errors import KioskError
from kiosk.offering import offers
from kiosk.presence import Presence
from kiosk.recovering import Recovering
from kiosk.replace.attendant import Choice
from kiosk.replace.carry_out import Result
from kiosk.replace.facilities import Facilities
from kiosk.replace.issuer import Issuer, Person
from kiosk.replace.plan import Reason, Refusal
from kiosk.replacing import Replacing, Wanted, views
from kiosk.running import Running
from kiosk.session import Session
from kiosk.state import Phase, State
from kiosk.supervisors import Supervisors

#: Phases in which a scan begins a new visit.
_OPEN: Final = frozenset({Phase.IDLE, Phase.SIGNED_IN, Phase.CHECKING, Phase.VERDICT, Phase.FINISHED, Phase.FAILED})


class Visit:
    """What a person and the scanners can do; `board` shows what comes of it. What makes no sense now is ignored.

    `facilities` is None at a station that only checks, `supervisors` where nobody can sign in. `result` is that of
    the last replacement. A supervisor's session serves one person, and ends with whatever ends the visit: a badge
    made, a failure, going back, nobody there. `recovering` knows what earlier runs left open.
    """

    def __init__(  # noqa: PLR0917 - what a station is made of
        self,
        checker: Checker,
        facilities: Facilities | None,
        presence: Presence,
        ui: Ui,
        supervisors: Supervisors | None = None,
        by_badge: ByBadge | None = None,
    ) -> None:
        self.board = Board()
        self.result: Result | None = None
        self.recovering = Recovering(self.board, checker.registry, facilities)
        self._checker = checker
        self._facilities = facilities
        self._presence = presence
        self._running = Running(ui.idle_seconds, self._rest, self._fail)
        self._session = Session(self.board, supervisors, by_badge)
        self._attending = AtTheBoard(self.board, ui)
        self._replacing = Replacing(self.board, self._attending)
        self._checked: Checked | None = None
        self._person: Person | None = None
        self.board.change(attended=facilities is not None and facilities.policy.replacement == "attendant")

    def scanned(self, scanner: str, scan: Scan) -> None:
        """A scanner read something. Nothing of the content is kept beyond this and the check it begins."""
        # Noted for every code, also those that begin no visit now, so that a badge left lying there does not later.
        fresh = [self._presence.fresh(scanner, digest(code.content.reveal())) for code in scan.codes]
        self._attending.scanned(scan.codes, fresh)
        if any(fresh) and self._open:
            self._running.begin(lambda: self._check(scan.codes))
        elif any(fresh) and self._state.sign_in and self._state.sign_in.badge:
            # Beside the sign-in with a phone, which goes on unless this is a supervisor's badge.
            self._running.beside(lambda: self._ask_pin(scan.codes))

    def misread(self) -> None:
        """A scanner could not deliver a code whole. What stands on the screen is worth more than that."""
        if self._state.phase in (Phase.IDLE, Phase.SIGNED_IN):
            self._running.begin(lambda: self._check(None))

    def type(self, digit: str) -> None:
        """One digit of a supervisor's PIN."""
        if self._state.asks_pin:
            self._session.type(digit)
            self._running.idle_later()

    def erase(self) -> None:
        """Take the last digit back."""
        if self._state.asks_pin:
            self._session.erase()
            self._running.idle_later()

    def sign_in(self) -> None:
        """A supervisor wants to sign in with a phone; from the verdict on a badge, for that badge."""
        if self._state.may_sign_in:
            self._running.begin(self._sign_in)

    def ask(self, reason: Reason) -> None:
        """Ask for a replacement of the badge just shown."""
        if self._state.phase is Phase.VERDICT and reason in self._state.offers:
            self._confirm_later(reason=reason)

    def vouch(self) -> None:
        """The supervisor says that the person belongs to another site and is only visiting."""
        if self._state.may_vouch:
            self._confirm_later(visiting=True, refusal=None)

    def finish(self, only: Collection[str] | None = None) -> None:
        """Finish what earlier runs left open, one after the other; `only` those with these ids, where given."""
        if self._state.may_finish:
            self._running.begin(lambda: self._finish(only))

    def abandon(self) -> None:
        """Ask whether to close, as it is, what may not be finished."""
        if self._state.may_close:
            self._confirm_later(closing=self._state.may_close)

    def confirm(self) -> None:
        """Yes, do it."""
        if self._state.asks_pin:
            self._running.begin(self._try_pin)
        if self._state.phase is not Phase.CONFIRM:
            return
        if self._state.closing:
            self._running.begin(self._close_unfinished)
        elif self._state.reason:
            reason = self._state.reason
            self._running.begin(lambda: self._replace(reason))

    def answer(self, choice: Choice) -> None:
        """What to do about the trouble shown."""
        self._attending.answer(choice)

    def reveal(self) -> None:
        """Show the worker's new PIN, or hide it again."""
        if self._state.pin:
            self.board.change(pin_shown=not self._state.pin_shown)

    def print_slip(self) -> None:
        """Print the worker's new PIN on a slip of its own."""
        self._attending.print_slip()

    def told(self) -> None:
        """The worker has it."""
        self._attending.told()

    def dismiss(self) -> None:
        """Back to the start. A replacement that runs is not stopped by it; one that was not begun is."""
        if self._state.phase is not Phase.REPLACING or self._state.surrender:
            self._rest()

    async def enrol(self, id_or_upn: str, *, administrator: bool = False) -> None:
        """Make a first badge for somebody who has none. Raises GraphError when they cannot be looked up.

        An `administrator`, who can do as much from the command line, is asked for nobody's approval.
        """
        use = self._use()
        person = await use.issuer.person(id_or_upn)
        if self._state.phase is Phase.REPLACING:
            return
        self._running.stop()
        self._checked, self._person = None, person
        kept = {"supervisor": self._state.supervisor, "name": person.display_name}
        self.board.change(**_BLANK | kept, phase=Phase.CHECKING)
        await self._running.guarded(lambda: self._replace(Reason.NEW_HERE, approved=administrator))

    async def close(self) -> None:
        """Stop what runs; an open replacement stays open in the journal."""
        await self._running.close()
        self._session.end()

    @property
    def issuer(self) -> Issuer | None:
        """The way to Graph in the name of whoever is signed in with a phone."""
        return self._session.issuer

    @property
    def _state(self) -> State:
        return self.board.state

    @property
    def _open(self) -> bool:
        return self._state.phase in _OPEN and not self._state.stranded

    def _use(self) -> Facilities:
        """Graph in the name of whoever is signed in, else as the station itself."""
        assert self._facilities is not None, "offered only where badges are replaced"
        return replace(self._facilities, issuer=self._session.issuer or self._facilities.issuer)

    # Signing in, and judging

    async def _sign_in(self) -> None:
        await self._signed_in(await self._session.begin(self._then))

    @property
    def _then(self) -> Phase:
        """What a supervisor who has signed in sees."""
        return Phase.CHECKING if self._checked or self._person else Phase.SIGNED_IN

    async def _ask_pin(self, codes: Sequence[Code]) -> None:
        if await self._session.shown(codes):
            self._running.stop()
            self._running.idle_later()

    async def _try_pin(self) -> None:
        await self._signed_in(await self._session.try_pin(self._then))

    async def _signed_in(self, done: bool) -> None:  # noqa: FBT001
        if not done:
            self._running.idle_later()
        elif self._state.first:
            await self._second()
        elif self._checked:
            self._show(await self._checker.look_again(self._checked, self._use().issuer))
        else:
            await self.recovering.look(self._session.issuer)
            self._running.idle_later()

    async def _second(self) -> None:
        """For the same person and the same reason; what they are to agree to is shown before they do."""
        assert self._person is not None, "somebody was refused for want of a second word"
        self._person = await self._use().issuer.person(self._person.user_id)
        self._confirm_later(refusal=None)

    async def _check(self, codes: Sequence[Code] | None) -> None:
        self._checked = self._person = None
        self.board.change(**_BLANK | {"supervisor": self._state.supervisor}, phase=Phase.CHECKING)
        checker = self._checker
        checked = await (checker.misread() if codes is None else checker.check(codes, self._session.issuer))
        self._show(checked)
        await self._checker.count(checked)

    def _show(self, checked: Checked) -> None:
        self._checked, self._person = checked, checked.person
        self._session.serve(checked.person.user_id if checked.person else None)
        reasons, refusal = offers(self._facilities, checked, self._state.approvers)
        self.board.change(
            phase=Phase.VERDICT,
            judgement=checked.judgement,
            name=checked.name,
            expire=checked.expire,
            grade=checked.grade,
            offline=str(checked.offline) if checked.offline else "",
            offers=reasons,
            refusal=refusal,
        )
        self._running.idle_later()

    # Replacing

    async def _replace(self, reason: Reason, *, approved: bool = False) -> None:
        person, use, state = self._person, self._use(), self._state
        assert person is not None, "offered only when Graph knows the person"
        badge = self._checked.badge if self._checked else None
        wanted = Wanted(person, reason, state.approvers, badge, visiting=state.visiting, approved=approved)
        answer = await self._replacing.do(wanted, use)
        if isinstance(answer, Refusal):
            self._refuse(reason, answer)
            return
        self.result = answer
        if answer.stranded or answer.until:
            await self.recovering.look(use.issuer)
        self._end(answer)

    def _refuse(self, reason: Reason, refusal: Refusal) -> None:
        """Where a word is all that lacks, who is signed in stays so: for a second one, or to say it."""
        self.board.change(phase=Phase.VERDICT, offers=(), refusal=refusal, reason=reason)
        if refusal == Refusal("second_person"):
            if self._state.first is None:
                self.board.change(first=self._state.supervisor, supervisor=None)
        elif not self._state.may_vouch:
            self._session.end()
        self._running.idle_later()

    def _end(self, result: Result) -> None:
        if result.error:
            self._fail(result.error, stranded=result.stranded)
            return
        self._session.end()
        self.board.change(phase=Phase.FINISHED, until=result.until)
        self._running.idle_later()

    def _fail(self, error: KioskError, *, stranded: bool = False) -> None:
        self._session.end()
        self.board.change(phase=Phase.FAILED, error=str(error), hint=error.hint, stranded=stranded)
        if not stranded:
            self._running.idle_later()

    # What earlier runs left open

    async def _finish(self, only: Collection[str] | None) -> None:
        """One after the other, until one does not come out."""
        approvers, issuer = self._state.approvers, self._use().issuer
        await self.recovering.look(issuer)
        last: Result | None = None
        refused: dict[str, Any] = {}
        for unfinished, left in self.recovering.ready:
            if only is not None and unfinished.id not in only:
                continue
            name = unfinished.name
            approving = Approving(self._use())
            refusal = await approving.take_up(unfinished.id, unfinished.reason, unfinished.user_id, approvers)
            if refusal:
                refused = refused or {"name": name, "refusal": refusal}
                continue
            self.board.change(phase=Phase.REPLACING, name=name, reason=unfinished.reason, steps=views(left))
            last = self.result = await self.recovering.finish(unfinished, self._attending, issuer, approvers) or last
            if last and (last.error or last.until):
                break
        await self.recovering.look(issuer)
        if last:
            self._end(last)
        elif refused:
            self.board.change(phase=Phase.VERDICT, **refused)
            self._session.end()
            self._running.idle_later()
        else:
            self._rest()

    async def _close_unfinished(self) -> None:
        assert self._state.closing is not None, "confirmed only then"
        await self.recovering.abandon(self._state.closing, self._state.approvers)
        await self.recovering.look(self._use().issuer)
        self._rest()

    # What runs, and when it ends

    def _confirm_later(self, **changes: Any) -> None:
        self.board.change(phase=Phase.CONFIRM, **changes)
        # A question left unanswered must not wait for whoever comes next.
        self._running.idle_later()

    def _rest(self) -> None:
        self._running.stop()
        self._session.end()
        self._checked = self._person = None
        self.board.change(**_BLANK, phase=Phase.IDLE)


#: A state in which nobody is there; devices and unfinished replacements stay as they are.
_BLANK: Final[dict[str, Any]] = {
    name: getattr(State(), name)
    for name in State.__dataclass_fields__
    if name not in ("serial", "phase", "devices", "unfinished", "supervised", "attended")
}
