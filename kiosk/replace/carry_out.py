"""A plan, carried out: each step journaled before and after, and none taken back by giving up half-way."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

import structlog

from drivers.wire.messages import Health
from drivers.wire.secret import Secret
from kiosk.config import Policy
from kiosk.devices.link import DeviceError
from kiosk.errors import KioskError
from kiosk.graph.errors import OutcomeUnknown
from kiosk.graph.pin import generate_pin
from kiosk.registry import Detail, RegistryError
from kiosk.replace.attendant import Attendant, Choice, Progress, Trouble
from kiosk.replace.code import CodeSteps
from kiosk.replace.facilities import Facilities
from kiosk.replace.issuer import NewCode, Person
from kiosk.replace.paper import NotScannedBackError, PaperSteps, PrintFailedError, PrintUnknownError
from kiosk.replace.plan import HARMLESS, Plan, Refusal, Step, plan

#: Seconds our clock may be off Graph's: codes begin to be valid by its clock.
MAX_SKEW: Final = 120.0

log = structlog.get_logger(__name__)


class ReplacementError(KioskError):
    """The replacement cannot go on, for a reason that is neither Graph's nor a device's."""


@dataclass(frozen=True)
class Result:
    """What came of it. `finished`: the new badge was scanned back. `stranded`: the worker may have no valid badge.

    `pin` is there after an enrolment alone, for the worker to be told once.
    """

    finished: bool
    stranded: bool
    code_id: str = ""
    error: KioskError | None = None
    pin: Secret | None = None


Work = Callable[[], Awaitable[Mapping[str, Detail]]]


class Replacement:
    """One plan for one person. `run` it once."""

    def __init__(self, planned: Plan, person: Person, facilities: Facilities, attendant: Attendant) -> None:
        self.id = str(uuid.uuid4())
        self._plan = planned
        self._use = facilities
        self._attendant = attendant
        pin = generate_pin(person.pin_length) if Step.CREATE_METHOD in planned.steps else None
        self._pin = pin
        self._code = CodeSteps(planned, facilities, pin)
        #: Why the page is prepared again, for the journal; empty the first time.
        self._decided: Mapping[str, Detail] = {}
        self._paper = PaperSteps(planned, person, facilities)

    async def run(self) -> Result:
        """Every step in turn. A step that fails is the attendant's to retry or to give up.

        Raises RegistryError when not even the journal can be opened; then nothing has been done.
        """
        registry, clock = self._use.registry, self._use.clock
        await registry.open_replacement(self.id, user_id=self._plan.user_id, reason=self._plan.reason, at=clock.now())
        finished = False
        try:
            error = await self._steps()
            finished = error is None
            return await self._end(error)
        finally:
            # Here also when the station is stopped in the middle: no secret outlives its replacement.
            self._code.forget()
            if self._pin and not finished:
                self._pin.forget()
            await self._paper.drop()

    async def _steps(self) -> KioskError | None:
        at = 0
        while at < len(self._plan.steps):
            step = self._plan.steps[at]
            error = await self._try(step)
            if error is None:
                at += 1
                continue
            choice = await self._choose(step, error)
            if choice is Choice.GIVE_UP:
                return error
            if choice is Choice.REPRINT:
                self._decided = {"decision": choice, "after": type(error).__name__}
                at = self._plan.steps.index(Step.PREPARE)
            elif choice is Choice.CAME_OUT:
                self._paper.came_out()
        return None

    async def _try(self, step: Step) -> KioskError | None:
        self._attendant.show(step, Progress.DOING)
        try:
            await self._do(step)
        except KioskError as wrong:
            error = wrong
        except Exception as wrong:  # noqa: BLE001 - a mistake of ours is a step that failed, too: a worker waits
            # Its name only: a traceback goes through frames that hold secrets.
            log.error("a step broke", step=step, error=type(wrong).__name__)  # noqa: TRY400
            error = ReplacementError(f"this step broke inside the station ({type(wrong).__name__})")
        else:
            self._attendant.show(step, Progress.DONE)
            return None
        self._attendant.show(step, Progress.FAILED, str(error))
        return error

    async def _choose(self, step: Step, error: KioskError) -> Choice:
        if step in HARMLESS:
            return Choice.GIVE_UP
        return await self._attendant.trouble(Trouble(step, str(error), error.hint, _choices(error)))

    async def _end(self, error: KioskError | None) -> Result:
        code = self._code.new
        stranded = error is not None and self._code.changed
        if not stranded:
            await self._close_journal("failed" if error else "done")
        return Result(
            finished=error is None,
            stranded=stranded,
            code_id=code.code_id if code else "",
            error=error,
            pin=self._pin if error is None else None,
        )

    async def _close_journal(self, outcome: str) -> None:
        try:
            await self._use.registry.close_replacement(self.id, at=self._use.clock.now(), result=outcome)
        except RegistryError as wrong:
            # What came of it stands all the same; left open, the journal is looked at again at the next start.
            log.warning("journal not closed", replacement=self.id, reason=str(wrong))

    async def _do(self, step: Step) -> None:
        match step:
            case Step.PREFLIGHT:
                await self._journaled(step, {"remove": self._plan.remove}, self._preflight)
            case Step.DELETE | Step.CREATE | Step.CREATE_METHOD:
                attempt = self._code.attempt(step)
                await self._journaled(step, attempt.details, attempt.work)
            case Step.PREPARE:
                await self._journaled(step, self._decided, lambda: self._paper.prepare(self._created()))
            case Step.PRINT:
                await self._journaled(step, {"job": self._paper.job}, self._paper.print)
            case Step.SCAN_BACK:
                await self._journaled(step, {}, lambda: self._paper.scan_back(self._attendant))
            case Step.CLOSE:
                await self._journaled(step, {}, self._close)

    async def _journaled(self, step: Step, details: Mapping[str, Detail], work: Work) -> None:
        registry, clock = self._use.registry, self._use.clock
        await registry.intend(self.id, step, clock.now(), details)
        try:
            result = await work()
        except Exception as wrong:
            said = "unknown" if isinstance(wrong, PrintUnknownError | OutcomeUnknown) else "failed"
            await registry.outcome(self.id, step, clock.now(), said, {"error": type(wrong).__name__})
            raise
        await registry.outcome(self.id, step, clock.now(), "done", result)

    async def _preflight(self) -> Mapping[str, Detail]:
        health = await self._use.printer.health()
        _require_printer(health, self._use.printer.name, self._use.policy)
        person = await self._use.issuer.person(self._plan.user_id)
        _require_unchanged(self._plan, person)
        skew = self._use.issuer.skew() or 0.0
        if abs(skew) > MAX_SKEW:
            raise ReplacementError(
                f"this station's clock is {abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} Graph's",
                hint="set the clock: timedatectl set-ntp true",
            )
        await self._paper.rehearse()
        return {"printer": health.state, "skew_seconds": round(skew, 1)}

    async def _close(self) -> Mapping[str, Detail]:
        self._code.forget()
        return {}

    def _created(self) -> NewCode:
        assert self._code.new is not None, "plans create before they print"
        return self._code.new


def _require_printer(health: Health, name: str, policy: Policy) -> None:
    if health.state == "ok" or (health.state == "unknown" and policy.accept_unknown_printer):
        return
    raise DeviceError(f"printer {name}: {health.reason or health.state}", hint=health.hint)


def _require_unchanged(planned: Plan, person: Person) -> None:
    """What was planned would be planned again for the person as Graph has them now."""
    again = plan(person.user_id, planned.reason, person.account, enrolled=person.enrolled)
    if isinstance(again, Refusal):
        raise ReplacementError(f"this may not be done any more: {again.key.replace('_', ' ')}")
    if again != planned:
        raise ReplacementError(
            "the person's code is not the one that was read; someone else may be replacing it",
            hint="scan the badge again",
        )


def _choices(error: KioskError) -> tuple[Choice, ...]:
    if isinstance(error, PrintFailedError):
        return Choice.REPRINT, Choice.GIVE_UP
    if isinstance(error, PrintUnknownError):
        return Choice.CAME_OUT, Choice.REPRINT, Choice.GIVE_UP
    if isinstance(error, NotScannedBackError):
        return Choice.RETRY, Choice.REPRINT, Choice.GIVE_UP
    return Choice.RETRY, Choice.GIVE_UP
