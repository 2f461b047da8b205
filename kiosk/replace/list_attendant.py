"""Whoever stands at the station, as one replacement of a work list sees them, among others that run beside it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

from drivers.wire.secret import Secret
from kiosk.clock import Clock
from kiosk.registry import Registry, RowState
from kiosk.registry.work_lists import WorkRow
from kiosk.replace.attendant import Choice, PrintSlip, Progress, Trouble
from kiosk.replace.clerk import Clerk
from kiosk.replace.desk import Desk
from kiosk.replace.plan import Step

#: Answers after which something is printed again.
_PRINTS: Final = frozenset({Choice.REPRINT, Choice.REISSUE, Choice.BRIDGE})


class Turn:
    """The turn of one row. Only who has it deletes, creates or prints: there is one printer."""

    def __init__(self, lock: asyncio.Lock) -> None:
        self._lock = lock
        self._held = False

    async def take(self) -> None:
        """Wait for it, unless it is held already."""
        if not self._held:
            await self._lock.acquire()
            self._held = True

    def give(self) -> None:
        """It is the next row's, if it was this one's."""
        if self._held:
            self._held = False
            self._lock.release()


@dataclass(frozen=True)
class Counter:
    """What all rows of a run share. `seconds`: how long a badge is waited for."""

    registry: Registry
    clock: Clock
    desk: Desk
    clerk: Clerk
    seconds: float


class ListAttendant:
    """The Attendant of one row, which it keeps up to date. `step` is the one begun last."""

    def __init__(self, row: WorkRow, counter: Counter, turn: Turn) -> None:
        self.row = row
        self.step: Step | None = None
        self._counter = counter
        self._turn = turn

    async def mark(
        self, state: RowState, reason: str = "", *, replacement: str | None = None, code_id: str | None = None
    ) -> None:
        """Note how far the row has come. Raises RegistryError."""
        counter, row = self._counter, self.row
        self.row = await counter.registry.lists.mark(
            row.list,
            row.user_id,
            state,
            at=counter.clock.now(),
            reason=reason,
            replacement=replacement,
            code_id=code_id,
        )
        counter.clerk.became(self.row)

    def show(self, step: Step, progress: Progress, detail: str = "") -> None:
        """See Attendant."""
        self.step = step
        self._counter.clerk.show(self.row, step, progress, detail)

    async def trouble(self, trouble: Trouble) -> Choice:
        """See Attendant. What is to be printed again waits for a turn like everything else."""
        choice = await self._counter.clerk.trouble(self.row, trouble)
        if choice in _PRINTS:
            await self._turn.take()
        return choice

    async def scan_back(self, digest: bytes) -> bool:
        """See Attendant. While this badge is waited for, the next is made."""
        counter = self._counter
        if self.row.state is RowState.SCANNED:
            await self.mark(RowState.IN_PROGRESS)
        code = await counter.registry.code_by_digest(digest)
        await self.mark(RowState.PRINTED, code_id=code.code_id if code else None)
        self._turn.give()
        counter.clerk.awaits(self.row)
        if not await counter.desk.wait(digest, counter.seconds):
            return False
        await self.mark(RowState.SCANNED)
        return True

    async def tell(self, pin: Secret, slip: PrintSlip | None) -> bool:
        """See Attendant. A slip waits for no turn: it may come out between two badges."""
        return await self._counter.clerk.tell(self.row, pin, slip)
