"""One row of a work list: begun in its turn, taken up where an earlier run left it, and what it comes to."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Protocol

from kiosk.devices.link import DeviceError
from kiosk.errors import KioskError
from kiosk.graph.errors import GraphError, OutcomeUnknown, ServiceUnavailable, Throttled, UserNotFound
from kiosk.registry import LeaseHeldError, ListKind, OpenReplacement, RowState
from kiosk.registry.work_lists import WorkList, WorkRow
from kiosk.replace import reconcile
from kiosk.replace.assignment import Assignment
from kiosk.replace.carry_out import Replacement, Result
from kiosk.replace.clerk import Word
from kiosk.replace.facilities import Facilities
from kiosk.replace.issuer import Person
from kiosk.replace.list_attendant import ListAttendant
from kiosk.replace.paper import PrintUnknownError
from kiosk.replace.plan import Plan, Reason, Refusal, Step, plan
from kiosk.replace.preflight import ClockOffError
from kiosk.replace.reconcile import Unfinished

#: What is wrong with the station or the way to Graph, and would be with every row.
_EVERYBODYS: Final = (DeviceError, ClockOffError, ServiceUnavailable, Throttled, OutcomeUnknown)
#: The refusal that time alone lifts.
_QUOTA: Final = "station_quota"
#: States of a row that was begun and has not ended, in the order in which they are taken up.
HALF_DONE: Final = (RowState.IN_PROGRESS, RowState.PRINTED, RowState.SCANNED)


class ListError(KioskError):
    """A work list cannot go on."""


class Run(Protocol):
    """The run of a list, as one of its rows sees it."""

    @property
    def stopped(self) -> KioskError | None:
        """Why nothing new is begun any more, where it is so."""

    def stop(self, why: KioskError) -> None:
        """Begin nothing more, in any row."""


def planned(kind: ListKind, person: Person, now: datetime) -> Plan | Refusal:
    """The plan of a row. An extension that would need paper is refused, a reissue makes a badge in any case."""
    if kind is ListKind.ENROL:
        return _plan(Reason.NEW_HERE, person, now)
    made = _plan(Reason.EXPIRES, person, now)
    if isinstance(made, Refusal):
        return made
    if kind is ListKind.EXTEND:
        return made if Step.EXTEND in made.steps else Refusal("not_extendable")
    return _plan(Reason.WORN, person, now) if Step.EXTEND in made.steps else made


def _plan(reason: Reason, person: Person, now: datetime) -> Plan | Refusal:
    return plan(person.user_id, reason, person.account, enrolled=person.enrolled, now=now)


class ListRow:
    """The row of `attendant`. `carry_out` it once, in its turn."""

    def __init__(  # noqa: PLR0917 - what a run is made of
        self,
        of: WorkList,
        use: Facilities,
        word: Word,
        approvers: tuple[str, ...],
        attendant: ListAttendant,
        run: Run,
    ) -> None:
        self._list = of
        self._use = use
        self._word = word
        self._approvers = approvers
        self._attendant = attendant
        self._run = run

    async def carry_out(self) -> None:
        """As far as it goes now. Raises RegistryError, KioskError."""
        opened = await self._opened(self._attendant.row)
        if opened:
            await self._take_up(opened)
            return
        if self._attendant.row.state in HALF_DONE:
            await self._look_back()
        if self._attendant.row.state is RowState.APPROVED and self._run.stopped is None:
            await self._anew()

    async def _anew(self) -> None:
        use, row = self._use, self._attendant.row
        try:
            person = await use.issuer.person(row.user_id)
        except UserNotFound:
            await self._attendant.mark(RowState.REFUSED, "person_gone")
            return
        made = planned(self._list.kind, person, use.clock.now())
        answer = made if isinstance(made, Refusal) else await self._word.ask(made.reason, row.user_id)
        if isinstance(answer, Refusal):
            await self._refuse(answer)
            return
        assert isinstance(made, Plan), "a refusal is an answer"
        replacement = Replacement(Assignment(made, person, use, self._attendant, approvers=self._approvers))
        # Named before it is opened: whatever is in the journal is some row's.
        await self._attendant.mark(RowState.IN_PROGRESS, replacement=replacement.id)
        try:
            result = await replacement.run()
        except LeaseHeldError as wrong:
            await self._attendant.mark(RowState.APPROVED, words(wrong))
            return
        await self._ended(result)

    async def _refuse(self, refusal: Refusal) -> None:
        if refusal.key == _QUOTA:
            self._run.stop(ListError("this station has made as many badges as it may in an hour", hint="go on later"))
        else:
            await self._attendant.mark(RowState.REFUSED, refusal.key)

    async def _ended(self, result: Result) -> None:
        """What the row is now, by what came of its replacement."""
        if result.finished:
            await self._done()
        elif result.until:
            await self._attendant.mark(RowState.FAILED, "temporary_badge")
        else:
            assert result.error is not None, "what is not finished failed"
            await self._failed(result, result.error)

    async def _done(self) -> None:
        if self._attendant.row.state is RowState.PRINTED:
            await self._attendant.mark(RowState.SCANNED)
        await self._attendant.mark(RowState.DONE)

    async def _failed(self, result: Result, error: KioskError) -> None:
        state, why = self._attendant.row.state, words(error)
        if self._attendant.step is Step.PREFLIGHT and isinstance(error, _EVERYBODYS):
            # Nothing was done, and the next would fare no better.
            await self._attendant.mark(state if result.stranded else RowState.APPROVED, why)
            self._run.stop(error)
        elif result.stranded and _on_paper(self._attendant, error):
            # It may be in somebody's hand: asked for at the next run, and no other takes its place before.
            await self._attendant.mark(RowState.PRINTED, why, code_id=result.code_id or None)
        else:
            await self._attendant.mark(RowState.FAILED, why)

    # What an earlier run left

    async def _opened(self, row: WorkRow) -> OpenReplacement | None:
        if row.replacement is None:
            return None
        opened = await self._use.registry.unfinished()
        return next((each for each in opened if each.id == row.replacement), None)

    async def _take_up(self, opened: OpenReplacement) -> None:
        reason = Reason(opened.reason)
        refusal = await self._word.take_up(opened.id, reason, opened.user_id)
        if refusal:
            # It stays open: somebody else may finish it.
            await self._attendant.mark(self._attendant.row.state, refusal.key)
            return
        if self._attendant.row.state is RowState.APPROVED:
            await self._attendant.mark(RowState.IN_PROGRESS)
        unfinished = Unfinished(opened.id, opened.user_id, reason, opened.opened_at)
        try:
            result = await reconcile.finish(unfinished, self._use, self._attendant, approvers=self._approvers)
        except (GraphError, LeaseHeldError) as wrong:
            await self._attendant.mark(self._attendant.row.state, words(wrong))
            self._run.stop(wrong)
            return
        if result:
            await self._ended(result)
        elif await self._opened(self._attendant.row):
            await self._attendant.mark(RowState.FAILED, "may_not_be_finished")
        else:
            await self._look_back()

    async def _look_back(self) -> None:
        """Its replacement is not open: it ended before the row could say so, elsewhere, or it never began."""
        entries = await self._use.registry.audit(since=self._list.opened_at)
        results = [
            str(entry.details["result"])
            for entry in entries
            if entry.action == "replacement_closed"
            and entry.details["replacement"] == self._attendant.row.replacement
        ]
        if results == ["done"]:
            await self._done()
        elif self._attendant.row.state is RowState.IN_PROGRESS and results != ["abandoned"]:
            await self._attendant.mark(RowState.APPROVED)
        else:
            await self._attendant.mark(RowState.FAILED, results[-1] if results else "")


def _on_paper(attendant: ListAttendant, error: KioskError) -> bool:
    return attendant.step is Step.SCAN_BACK or isinstance(error, PrintUnknownError)


def words(wrong: KioskError) -> str:
    """What went wrong, as the registry may say it: the kind alone, for a message may name somebody."""
    name = type(wrong).__name__.removesuffix("Error")
    return "".join(f"_{char.lower()}" if char.isupper() else char for char in name).lstrip("_") or "error"
