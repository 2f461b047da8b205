"""A work list, carried out: row after row in its order, with few badges at once on their way to the scanner.

A row's replacement begins only when its turn has come, so nobody loses a code long before they get the next. The
turn is the printer's, too: it goes on to the next row while the badge just printed is waited for. What a stopped run
left is found by the row's replacement in the journal and finished before anything new is begun.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime

import structlog

from kiosk.errors import KioskError
from kiosk.registry import Registry, RowState
from kiosk.registry.work_lists import WorkList, WorkRow
from kiosk.replace.clerk import Word
from kiosk.replace.facilities import Facilities
from kiosk.replace.list_attendant import Counter, ListAttendant, Turn
from kiosk.replace.list_row import HALF_DONE, ListError, ListRow

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Ran:
    """What a run came to: the list as it is now, and why it began nothing more, where something kept it from it."""

    list: WorkList
    stopped: KioskError | None = None


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
    `approvers` are the user ids of those behind `word`. `stopped`: why nothing new is begun, where it is so.
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
        self.stopped: KioskError | None = None

    async def run(self) -> Ran:
        """Finish what was left, then each approved row. May be cancelled at any time, and run again.

        Raises RegistryError when the registry cannot be read. Trouble in one row does not end the others.
        """
        lists = self._use.registry.lists
        rows = await lists.rows(self._list.id)
        left = [row for row in rows if row.state in HALF_DONE]
        self._parked = await lists.not_scanned() - sum(row.state is RowState.PRINTED for row in left)
        try:
            for row in sorted(left, key=lambda row: (HALF_DONE.index(row.state), row.place)):
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
        return Ran(await find_list(self._use.registry, self._list.id), self.stopped)

    async def _begin(self, row: WorkRow) -> bool:
        """Start a row once a place is free and the printer is; False when nothing more is to be begun."""
        while len(self._tasks) + self._parked >= self._use.policy.printed_not_scanned:
            if not self._tasks:
                self.stop(
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
        if self.stopped is None:
            self._start(row)
            await asyncio.sleep(0)
        return self.stopped is None

    def _start(self, row: WorkRow) -> None:
        task = asyncio.create_task(self._guarded(row), name=f"row {row.place}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def stop(self, why: KioskError) -> None:
        """Begin nothing more: the first reason counts."""
        self.stopped = self.stopped or why

    async def _guarded(self, row: WorkRow) -> None:
        """Whatever happens to a row, the others go on; where nothing can be written any more, nothing is begun."""
        turn = Turn(self._printing)
        attendant = ListAttendant(row, self._counter, turn)
        try:
            await turn.take()
            if self.stopped is None or row.state is not RowState.APPROVED:
                await self._row(attendant)
        except KioskError as wrong:
            self.stop(wrong)
        except Exception as wrong:  # noqa: BLE001 - as in a visit
            # Its name only: a traceback goes through frames that hold secrets.
            log.error("a row broke", place=row.place, error=type(wrong).__name__)  # noqa: TRY400
            self.stop(ListError(f"row {row.place} broke inside the station ({type(wrong).__name__})"))
        finally:
            turn.give()
            self._parked += attendant.row.state is RowState.PRINTED

    async def _row(self, attendant: ListAttendant) -> None:
        await ListRow(self._list, self._use, self._word, self._approvers, attendant, self).carry_out()
