"""A work list, carried out: row after row in its order, with few badges at once on their way to the scanner.

A row's replacement begins only when its turn has come, so nobody loses a code long before they get the next. The
turn is the printer's, too: it goes on to the next row while the badge just printed is waited for. What a stopped run
left is found by the row's replacement in the journal and finished before anything new is begun.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog

from kiosk.devices.link import DeviceError
from kiosk.errors import KioskError
from kiosk.graph.errors import GraphError, OutcomeUnknown, ServiceUnavailable, Throttled, UserNotFound
from kiosk.registry import LeaseHeldError, ListKind, OpenReplacement, Registry, RowState
from kiosk.registry.work_lists import WorkList, WorkRow
from kiosk.replace import reconcile
from kiosk.replace.assignment import Assignment
from kiosk.replace.carry_out import Replacement, Result
from kiosk.replace.clerk import Word
from kiosk.replace.facilities import Facilities
from kiosk.replace.issuer import Person
from kiosk.replace.list_attendant import Counter, ListAttendant, Turn
from kiosk.replace.paper import PrintUnknownError
from kiosk.replace.plan import Plan, Reason, Refusal, Step, plan
from kiosk.replace.preflight import ClockOffError
from kiosk.replace.reconcile import Unfinished

#: What is wrong with the station or the way to Graph, and would be with every row.
_EVERYBODYS: Final = (DeviceError, ClockOffError, ServiceUnavailable, Throttled, OutcomeUnknown)
#: The refusal that time alone lifts.
_QUOTA: Final = "station_quota"
_HALF_DONE: Final = (RowState.IN_PROGRESS, RowState.PRINTED, RowState.SCANNED)

log = structlog.get_logger(__name__)


class ListError(KioskError):
    """A work list cannot go on."""


@dataclass(frozen=True)
class Ran:
    """What a run came to: the list as it is now, and why it began nothing more, where something kept it from it."""

    list: WorkList
    stopped: KioskError | None = None


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


async def find_list(registry: Registry, list_id: str) -> WorkList:
    """The list of this id. Raises ListError."""
    found = next((each for each in await registry.lists.all() if each.id == list_id), None)
    if found is None:
        raise ListError(f"there is no work list {list_id}", hint="see: kiosk work-list show")
    return found


async def approve_rows(registry: Registry, list_id: str, *, at: datetime, by: str | None, again: bool = False) -> int:
    """Every waiting row approved by `by`, as a person has seen the list; gives how many. Raises RegistryError.

    `again`: those that were refused or failed wait once more before. Whether a row may be done is asked at its turn.
    """
    number = 0
    for row in await registry.lists.rows(list_id):
        state = row.state
        if not row.upn:
            continue  # whoever it was has been erased
        if again and state in (RowState.REFUSED, RowState.FAILED):
            state = (await registry.lists.mark(list_id, row.user_id, RowState.WAITING, at=at, actor=by)).state
        if state is RowState.WAITING:
            await registry.lists.mark(list_id, row.user_id, RowState.APPROVED, at=at, actor=by)
            number += 1
    return number


class ListRun:
    """One run of one list. `run` it once.

    `use.policy.printed_not_scanned` badges at most are printed and not scanned back, whichever list they are of.
    `approvers` are the user ids of those behind `word`.
    """

    def __init__(
        self, of: WorkList, use: Facilities, counter: Counter, word: Word, approvers: tuple[str, ...] = ()
    ) -> None:
        self._list = of
        self._use = use
        self._counter = counter
        self._word = word
        self._approvers = approvers
        self._printing = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        #: Badges printed, not scanned, and waited for by no task of this run.
        self._parked = 0
        self._stopped: KioskError | None = None

    async def run(self) -> Ran:
        """Finish what was left, then each approved row. May be cancelled at any time, and run again.

        Raises RegistryError when the registry cannot be read. Trouble in one row does not end the others.
        """
        lists = self._use.registry.lists
        rows = await lists.rows(self._list.id)
        left = [row for row in rows if row.state in _HALF_DONE]
        self._parked = await lists.not_scanned() - sum(row.state is RowState.PRINTED for row in left)
        try:
            for row in sorted(left, key=lambda row: (_HALF_DONE.index(row.state), row.place)):
                self._start(row)
            for row in rows:
                if row.state is RowState.APPROVED and not await self._begin(row):
                    break
            # Not gather: cancelled, it would end before they have, and they would be cancelled in their endings.
            while self._tasks:
                await asyncio.wait(self._tasks)
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
        return Ran(await find_list(self._use.registry, self._list.id), self._stopped)

    async def _begin(self, row: WorkRow) -> bool:
        """Start a row once a place is free and the printer is; False when nothing more is to be begun."""
        while len(self._tasks) + self._parked >= self._use.policy.printed_not_scanned:
            if not self._tasks:
                self._stop(
                    ListError(
                        f"{self._parked} badges are printed and not scanned back",
                        hint="hold them to the scanner: run their lists again",
                    )
                )
                return False
            await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
        # Free as soon as the row before has printed or ended: nobody is in progress who only waits for others.
        async with self._printing:
            pass
        if self._stopped is None:
            self._start(row)
            await asyncio.sleep(0)
        return self._stopped is None

    def _start(self, row: WorkRow) -> None:
        task = asyncio.create_task(self._guarded(row), name=f"row {row.place}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _stop(self, why: KioskError) -> None:
        self._stopped = self._stopped or why

    # One row

    async def _guarded(self, row: WorkRow) -> None:
        """Whatever happens to a row, the others go on; where nothing can be written any more, nothing is begun."""
        turn = Turn(self._printing)
        attendant = ListAttendant(row, self._counter, turn)
        try:
            await turn.take()
            if self._stopped is None or row.state is not RowState.APPROVED:
                await self._row(attendant)
        except KioskError as wrong:
            self._stop(wrong)
        except Exception as wrong:  # noqa: BLE001 - as in a visit
            # Its name only: a traceback goes through frames that hold secrets.
            log.error("a row broke", place=row.place, error=type(wrong).__name__)  # noqa: TRY400
            self._stop(ListError(f"row {row.place} broke inside the station ({type(wrong).__name__})"))
        finally:
            turn.give()
            self._parked += attendant.row.state is RowState.PRINTED

    async def _row(self, attendant: ListAttendant) -> None:
        opened = await self._opened(attendant.row)
        if opened:
            await self._take_up(attendant, opened)
            return
        if attendant.row.state in _HALF_DONE:
            await self._look_back(attendant)
        if attendant.row.state is RowState.APPROVED and self._stopped is None:
            await self._anew(attendant)

    async def _anew(self, attendant: ListAttendant) -> None:
        use, row = self._use, attendant.row
        try:
            person = await use.issuer.person(row.user_id)
        except UserNotFound:
            await attendant.mark(RowState.REFUSED, "person_gone")
            return
        made = planned(self._list.kind, person, use.clock.now())
        answer = made if isinstance(made, Refusal) else await self._word.ask(made.reason, row.user_id)
        if isinstance(answer, Refusal):
            await self._refuse(attendant, answer)
            return
        assert isinstance(made, Plan), "a refusal is an answer"
        replacement = Replacement(Assignment(made, person, use, attendant, approvers=self._approvers))
        # Named before it is opened: whatever is in the journal is some row's.
        await attendant.mark(RowState.IN_PROGRESS, replacement=replacement.id)
        try:
            result = await replacement.run()
        except LeaseHeldError as wrong:
            await attendant.mark(RowState.APPROVED, words(wrong))
            return
        await self._ended(attendant, result)

    async def _refuse(self, attendant: ListAttendant, refusal: Refusal) -> None:
        if refusal.key == _QUOTA:
            self._stop(ListError("this station has made as many badges as it may in an hour", hint="go on later"))
        else:
            await attendant.mark(RowState.REFUSED, refusal.key)

    async def _ended(self, attendant: ListAttendant, result: Result) -> None:
        """What the row is now, by what came of its replacement."""
        if result.finished:
            await self._done(attendant)
        elif result.until:
            await attendant.mark(RowState.FAILED, "temporary_badge")
        else:
            assert result.error is not None, "what is not finished failed"
            await self._failed(attendant, result, result.error)

    async def _done(self, attendant: ListAttendant) -> None:
        if attendant.row.state is RowState.PRINTED:
            await attendant.mark(RowState.SCANNED)
        await attendant.mark(RowState.DONE)

    async def _failed(self, attendant: ListAttendant, result: Result, error: KioskError) -> None:
        state, why = attendant.row.state, words(error)
        if attendant.step is Step.PREFLIGHT and isinstance(error, _EVERYBODYS):
            # Nothing was done, and the next would fare no better.
            await attendant.mark(state if result.stranded else RowState.APPROVED, why)
            self._stop(error)
        elif result.stranded and _on_paper(attendant, error):
            # It may be in somebody's hand: asked for at the next run, and no other takes its place before.
            await attendant.mark(RowState.PRINTED, why, code_id=result.code_id or None)
        else:
            await attendant.mark(RowState.FAILED, why)

    # What an earlier run left

    async def _opened(self, row: WorkRow) -> OpenReplacement | None:
        if row.replacement is None:
            return None
        opened = await self._use.registry.unfinished()
        return next((each for each in opened if each.id == row.replacement), None)

    async def _take_up(self, attendant: ListAttendant, opened: OpenReplacement) -> None:
        reason = Reason(opened.reason)
        refusal = await self._word.take_up(reason, opened.user_id)
        if refusal:
            # It stays open: somebody else may finish it.
            await attendant.mark(attendant.row.state, refusal.key)
            return
        if attendant.row.state is RowState.APPROVED:
            await attendant.mark(RowState.IN_PROGRESS)
        unfinished = Unfinished(opened.id, opened.user_id, reason, opened.opened_at)
        try:
            result = await reconcile.finish(unfinished, self._use, attendant, approvers=self._approvers)
        except (GraphError, LeaseHeldError) as wrong:
            await attendant.mark(attendant.row.state, words(wrong))
            self._stop(wrong)
            return
        if result:
            await self._ended(attendant, result)
        elif await self._opened(attendant.row):
            await attendant.mark(RowState.FAILED, "may_not_be_finished")
        else:
            await self._look_back(attendant)

    async def _look_back(self, attendant: ListAttendant) -> None:
        """Its replacement is not open: it ended before the row could say so, elsewhere, or it never began."""
        entries = await self._use.registry.audit(since=self._list.opened_at)
        results = [
            str(entry.details["result"])
            for entry in entries
            if entry.action == "replacement_closed" and entry.details["replacement"] == attendant.row.replacement
        ]
        if results == ["done"]:
            await self._done(attendant)
        elif attendant.row.state is RowState.IN_PROGRESS and results != ["abandoned"]:
            await attendant.mark(RowState.APPROVED)
        else:
            await attendant.mark(RowState.FAILED, results[-1] if results else "")


def _on_paper(attendant: ListAttendant, error: KioskError) -> bool:
    return attendant.step is Step.SCAN_BACK or isinstance(error, PrintUnknownError)


def words(wrong: KioskError) -> str:
    """What went wrong, as the registry may say it: the kind alone, for a message may name somebody."""
    name = type(wrong).__name__.removesuffix("Error")
    return "".join(f"_{char.lower()}" if char.isupper() else char for char in name).lstrip("_") or "error"
