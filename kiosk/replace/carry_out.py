"""A plan, carried out: each step journaled before and after, and none taken back by giving up half-way."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog

from kiosk.errors import KioskError
from kiosk.graph.errors import GraphError, OutcomeUnknown, ServiceUnavailable, Throttled
from kiosk.registry import RegistryError
from kiosk.replace.assignment import Assignment
from kiosk.replace.attendant import Choice, Progress, Trouble
from kiosk.replace.code import StillThereError
from kiosk.replace.doing import CodeGoneError, Doing
from kiosk.replace.journaled import Journal
from kiosk.replace.paper import NotScannedBackError, PrintFailedError, PrintUnknownError
from kiosk.replace.plan import HARMLESS, PAPER, Reason, Step
from kiosk.replace.preflight import ReplacementError
from kiosk.replace.undisturbed import undisturbed

#: What may come right by itself, and is tried again until somebody chooses otherwise.
_PASSING: Final = (ServiceUnavailable, Throttled, OutcomeUnknown, StillThereError)
#: Seconds until then: the first time, and at most.
_FIRST_WAIT: Final = 5.0
_LONGEST_WAIT: Final = 60.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Result:
    """What came of it. `finished`: all of the plan was done. `stranded`: the worker may have no valid badge.

    `until`: the worker left with a temporary badge instead, which ends then; the rest is still to be done.
    """

    finished: bool
    stranded: bool
    code_id: str = ""
    error: KioskError | None = None
    until: datetime | None = None


class Replacement:
    """One plan for one person. `run` it once."""

    def __init__(self, asked: Assignment) -> None:
        self.id = asked.resumed.id if asked.resumed else str(uuid.uuid4())
        self._plan = asked.plan
        self._use = asked.use
        self._attendant = asked.attendant
        self._resumed = asked.resumed is not None
        self._journal = Journal(self.id, asked)
        self._doing = Doing(asked, self._journal)
        self._steps = list(asked.plan.steps)
        self._failures = 0
        self._reprinted = False
        self._until: datetime | None = None
        self._bridge_left = False

    async def run(self) -> Result:
        """Every step in turn. A step that fails is the attendant's to retry or to give up.

        Raises RegistryError when not even the journal can be opened, LeaseHeldError when somebody else is at it; then
        nothing has been done.
        """
        try:
            # Whole or not at all: a lease taken by a call that was cancelled would be nobody's.
            await undisturbed(self._journal.begin())
            return await self._end(await self._all())
        finally:
            # Here also when the station is stopped in the middle: no secret outlives its replacement.
            await undisturbed(self._leave())

    async def _leave(self) -> None:
        try:
            await self._doing.forget()
        finally:
            await self._journal.end()

    async def _all(self) -> KioskError | None:
        at = 0
        while at < len(self._steps):
            step = self._steps[at]
            error = await self._try(step)
            if error is None:
                at, self._failures = at + 1, 0
                if step is Step.EXTEND and self._doing.reprints:
                    self._steps[at:at] = PAPER
                continue
            choice = await self._choose(step, error)
            if choice is Choice.GIVE_UP:
                await self._take_back(at)
                return error
            at = self._after(choice, at, error)
        return None

    def _after(self, choice: Choice, at: int, error: KioskError) -> int:
        """The index to go on at; the steps from there on may be others than before."""
        rest = [
            step for step in self._steps[at:] if step in (Step.RESET_PIN, Step.TELL_PIN, Step.UNBRIDGE, Step.CLOSE)
        ]
        match choice:
            case Choice.REPRINT:
                self._doing.decided = {"decision": choice, "after": type(error).__name__}
                self._reprinted = self._reprinted or isinstance(error, self._in_a_hand)
                self._steps[at:] = [*PAPER, *rest]
            case Choice.REISSUE:
                self._steps[at:] = [*self._doing.begin_anew(), *PAPER, *rest]
                self._doing.decided = {"decision": choice, "after": type(error).__name__}
                self._reprinted = False
            case Choice.BRIDGE:
                self._until = self._doing.print_the_bridge(error)
                self._steps[at:] = PAPER
            case Choice.CAME_OUT:
                self._doing.paper.came_out()
        return at

    async def _try(self, step: Step) -> KioskError | None:
        self._attendant.show(step, Progress.DOING)
        try:
            await self._doing.do(step)
        except KioskError as wrong:
            error = wrong
        except Exception as wrong:  # noqa: BLE001 - a mistake of ours is a step that failed, too: a worker waits
            # Its name only: a traceback goes through frames that hold secrets.
            log.error("a step broke", step=step, error=type(wrong).__name__)  # noqa: TRY400
            error = ReplacementError(f"this step broke inside the station ({type(wrong).__name__})")
        else:
            self._attendant.show(step, Progress.DONE, self._doing.remark(step))
            return None
        self._attendant.show(step, Progress.FAILED, str(error))
        return error

    async def _choose(self, step: Step, error: KioskError) -> Choice:
        if step in HARMLESS:
            return Choice.GIVE_UP
        again_in = self._wait(error)
        asked = Trouble(step, str(error), error.hint, self._choices(step, error), again_in)
        if again_in is None:
            return await self._attendant.trouble(asked)
        return await self._first(asked, again_in)

    async def _first(self, asked: Trouble, again_in: float) -> Choice:
        """The answer, or RETRY when there is none before it is time."""
        answer = asyncio.ensure_future(self._attendant.trouble(asked))
        await asyncio.sleep(0)  # an answer that comes at once is waited for by nobody
        if answer.done():
            return answer.result()
        waiting = asyncio.ensure_future(self._use.clock.sleep(again_in))
        try:
            await asyncio.wait((answer, waiting), return_when=asyncio.FIRST_COMPLETED)
            return answer.result() if answer.done() else Choice.RETRY
        finally:
            answer.cancel()
            waiting.cancel()
            await asyncio.gather(answer, waiting, return_exceptions=True)

    def _wait(self, error: KioskError) -> float | None:
        if not isinstance(error, _PASSING):
            return None
        self._failures += 1
        wait = min(_FIRST_WAIT * 2.0 ** (self._failures - 1), _LONGEST_WAIT)
        return max(wait, (error.retry_after or 0.0) if isinstance(error, GraphError) else 0.0)

    def _choices(self, step: Step, error: KioskError) -> tuple[Choice, ...]:
        choices = self._all_choices(step, error)
        if self._plan.reason is not Reason.COPY:
            return choices
        # A copy was asked for and approved, and nothing at Graph: another code is another matter. Nor are there
        # more and more of them, where nobody knows what became of those before.
        enough = self._reprinted and isinstance(error, self._in_a_hand)
        left_out = {Choice.REISSUE, Choice.REPRINT} if enough else {Choice.REISSUE}
        return tuple(choice for choice in choices if choice not in left_out)

    @property
    def _in_a_hand(self) -> tuple[type[KioskError], ...]:
        """After what it is printed again once only. One of a copy that came out unseen signs in as well."""
        copy = self._plan.reason is Reason.COPY
        return (NotScannedBackError, PrintUnknownError) if copy else (NotScannedBackError,)

    def _all_choices(self, step: Step, error: KioskError) -> tuple[Choice, ...]:
        doing = self._doing
        again = Choice.REPRINT if doing.reprints else Choice.REISSUE
        if isinstance(error, PrintFailedError):
            return again, Choice.GIVE_UP
        if isinstance(error, PrintUnknownError):
            return Choice.CAME_OUT, again, Choice.GIVE_UP
        if isinstance(error, NotScannedBackError):
            # Once more from memory; what does not read then is not for want of a better print.
            # A bridge is all there is, though: it is printed as often as somebody wants.
            anew = self._reprinted and self._until is None
            return Choice.RETRY, Choice.REISSUE if anew else again, Choice.GIVE_UP
        if isinstance(error, CodeGoneError):
            return Choice.REISSUE, Choice.GIVE_UP
        # Where nothing can be written down, nothing else may be done any more.
        bridge_is_all = step in (Step.DELETE, Step.CREATE) or isinstance(error, RegistryError)
        if doing.bridged and doing.touched and bridge_is_all:
            return Choice.RETRY, Choice.BRIDGE, Choice.GIVE_UP
        return Choice.RETRY, Choice.GIVE_UP

    async def _take_back(self, at: int) -> None:
        """A bridge that nobody needs goes; where that fails it ends by itself, and the journal says so."""
        if (
            self._until is None
            and (self._doing.bridged or self._doing.bridge_in_doubt)
            and not self._doing.touched
            and Step.UNBRIDGE in self._steps[at:]
        ):
            # Where not even that can be begun, the open journal names it to whoever takes over.
            self._bridge_left = await self._try(Step.UNBRIDGE) is not None

    async def _end(self, error: KioskError | None) -> Result:
        doing = self._doing
        stranded = error is not None and (doing.touched or self._resumed)
        if not stranded and not self._until and not self._bridge_left:
            await self._close_journal("failed" if error else "done")
        return Result(
            finished=error is None and self._until is None,
            stranded=stranded,
            code_id=doing.code_id,
            error=error,
            until=None if error else self._until,
        )

    async def _close_journal(self, outcome: str) -> None:
        try:
            await self._journal.close(outcome)
        except RegistryError as wrong:
            # What came of it stands all the same; left open, the journal is looked at again at the next start.
            log.warning("journal not closed", replacement=self.id, reason=str(wrong))
