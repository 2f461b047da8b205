"""Each step of a plan, done: what the journal says before it, and the doing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from drivers.wire.messages import Outcome
from drivers.wire.secret import Secret
from kiosk.badge.kind import CodeKind
from kiosk.errors import KioskError
from kiosk.graph.errors import ActiveCodeExists, GraphError, MethodExists, OutcomeUnknown
from kiosk.graph.pin import generate_pin
from kiosk.registry import CodeState, Detail, RegistryError
from kiosk.registry.states import ENDED_CODES
from kiosk.replace.assignment import Assignment
from kiosk.replace.attendant import PrintSlip
from kiosk.replace.code import Attempt, CodeChangedError, Done, Enrolment, Slot
from kiosk.replace.history import Dates
from kiosk.replace.issuer import NewCode, Person
from kiosk.replace.journaled import Journal
from kiosk.replace.method import MethodSteps
from kiosk.replace.paper import PaperSteps
from kiosk.replace.plan import Step
from kiosk.replace.preflight import preflight

#: Tries at a change whose answer was lost, each after reading what is there and clearing away what is ours.
_TRIES: Final = 3


class CodeGoneError(KioskError):
    """The badge reads back, and Graph no longer has its code."""


class PinNotToldError(KioskError):
    """Nobody said that they had seen the new PIN."""


@dataclass
class _Printing:
    """What the paper steps are about: the code of a slot, and the codes in whose place it is."""

    kind: CodeKind
    replaces: list[str] = field(default_factory=list)


class _Slips:
    """The slips of one PIN. `came_out`: how many did, or may have."""

    def __init__(self, slip: PrintSlip | None) -> None:
        self._slip = slip
        self.came_out = 0

    @property
    def allowed(self) -> bool:
        return self._slip is not None

    async def print(self) -> Outcome:
        assert self._slip is not None, "handed on only then"
        outcome = await self._slip()
        self.came_out += outcome.result != "failed"
        return outcome


class Doing:
    """The steps of one replacement. `do` any of them, as often as is needed.

    `old` is the standard code that goes next. `decided`: why a page is prepared again, for the journal.
    """

    def __init__(self, asked: Assignment, journal: Journal) -> None:
        self.old = asked.plan.old
        self.decided: Mapping[str, Detail] = {}
        self._asked = asked
        self._plan = asked.plan
        self._journal = journal
        self._pin = generate_pin(asked.person.pin_length) if Step.CREATE_METHOD in asked.plan.steps else None
        self.method = MethodSteps(asked)
        self.temporary = Slot(asked, CodeKind.TEMPORARY, asked.history.sent[CodeKind.TEMPORARY])
        self.standard = self._standard_slot(asked.history.sent[CodeKind.STANDARD])
        self.standard.new = asked.copied
        self.paper = PaperSteps(asked, journal.written)
        goes = () if asked.copied else filter(None, dict.fromkeys((asked.history.target, asked.plan.old)))
        self._printing = _Printing(asked.plan.kind, list(goes))

    def _standard_slot(self, sent: set[Dates]) -> Slot:
        if self._pin:
            return Enrolment(self._asked, self._pin, sent)
        return Slot(self._asked, CodeKind.STANDARD, sent)

    # What the loop asks

    @property
    def touched(self) -> bool:
        """Whether what the worker had may no longer be what they had. A bridge alone changes nothing for them."""
        own_slot = self.temporary.changed and self._plan.kind is CodeKind.TEMPORARY
        return self.method.changed or self.standard.changed or own_slot

    @property
    def bridged(self) -> bool:
        """Whether a temporary code is held, and not on paper yet."""
        held = self.temporary.new is not None and Step.BRIDGE in self._plan.steps
        return held and self._printing.kind is CodeKind.STANDARD

    @property
    def bridge_in_doubt(self) -> bool:
        """Whether a temporary code may be there of which no answer told."""
        return self.temporary.new is None and self.temporary.changed and Step.BRIDGE in self._plan.steps

    @property
    def pin(self) -> Secret | None:
        """The one to be told, once there is one."""
        return self.method.pin or self._pin

    @property
    def code_id(self) -> str:
        """The code the worker is to have; empty while there is none."""
        return self._slot.new.code_id if self._slot.new else self.paper.code_id

    def remark(self, step: Step) -> str:
        """What there is to say of a step that is done."""
        return self.paper.remark if step is Step.PREPARE else ""

    @property
    def reprints(self) -> bool:
        """Whether what is printed is still in memory."""
        return self._slot.new is not None

    def print_the_bridge(self, after: KioskError) -> datetime:
        """From now on the paper steps are about the temporary code; gives its end. `after`: what went wrong."""
        assert self.temporary.new is not None, "offered only then"
        self._journal.dispensable = isinstance(after, RegistryError)
        self._printing = _Printing(CodeKind.TEMPORARY)
        return self.temporary.new.expire

    def begin_anew(self) -> tuple[Step, Step]:
        """The steps that replace the code just made in its turn. Whoever is enrolled by now keeps their PIN."""
        self.old = self.code_id
        self._printing.replaces.append(self.code_id)
        self._slot.forget()
        fresh = Slot(self._asked, self._plan.kind, ())
        fresh.changed = True
        if fresh.kind is CodeKind.TEMPORARY:
            self.temporary = fresh
            return Step.DELETE, Step.CREATE_TEMPORARY
        self.standard = fresh
        return Step.DELETE, Step.CREATE

    async def forget(self) -> None:
        """Drop every secret there is, here and in the driver."""
        self.standard.forget()
        self.temporary.forget()
        for pin in filter(None, (self._pin, self.method.pin)):
            pin.forget()
        await self.paper.drop()

    # The steps

    async def do(self, step: Step) -> None:
        """Do it, journaled. Raises KioskError."""
        match step:
            case Step.BRIDGE | Step.CREATE_TEMPORARY:
                await self._create(step, self.temporary)
            case Step.CREATE | Step.CREATE_METHOD:
                await self._create(step, self.standard)
            case Step.EXTEND:
                await self._attempt(step, await self.method.extension())
                self.standard.new = self.method.instead
            case Step.PREPARE | Step.PRINT | Step.SCAN_BACK:
                await self._on_paper(step)
            case _:
                await self._attempt(step, self._attempts(step))

    def _attempts(self, step: Step) -> Attempt:  # noqa: PLR0911 - one for each step
        match step:
            case Step.PREFLIGHT:
                return Attempt({"old": self._plan.old}, lambda: preflight(self._asked, self.paper))
            case Step.DELETE:
                return self._goes.deletion(self.old)
            case Step.DELETE_METHOD:
                return self.method.removal()
            case Step.RESET_PIN:
                return self.method.reset()
            case Step.TELL_PIN:
                return Attempt({}, self._tell)
            case Step.UNBRIDGE:
                return self._unbridge()
            case _:
                return Attempt({}, self._close)

    async def _attempt(self, step: Step, attempt: Attempt) -> None:
        await self._journal.step(step, attempt.details, attempt.work)

    async def _on_paper(self, step: Step) -> None:
        about: dict[str, Detail] = {"code_id": self.code_id, "kind": self._printing.kind}
        match step:
            case Step.PREPARE:
                await self._attempt(step, Attempt({**about, **self.decided}, self._prepare))
            case Step.PRINT:
                await self._attempt(step, Attempt({**about, "job": self.paper.job}, self.paper.print))
            case _:
                await self._attempt(step, Attempt(about, lambda: self.paper.scan_back(self._asked.attendant)))

    @property
    def _slot(self) -> Slot:
        return self.temporary if self._printing.kind is CodeKind.TEMPORARY else self.standard

    @property
    def _goes(self) -> Slot:
        """Where the code is that a DELETE is about. Only a temporary badge made anew deletes a temporary one."""
        return self.temporary if self._plan.kind is CodeKind.TEMPORARY else self.standard

    def _created(self) -> NewCode:
        assert self._slot.new is not None, "plans create before they print"
        return self._slot.new

    async def _prepare(self) -> Done:
        return await self.paper.prepare(self._created(), self._printing.kind, self._printing.replaces)

    async def _create(self, step: Step, slot: Slot) -> None:
        """Sent once; where its answer is lost, or the slot turns out taken, what is there decides about another."""
        failure: GraphError | None = None
        for _ in range(_TRIES):
            try:
                await self._attempt(step, slot.creation())
            except (OutcomeUnknown, ActiveCodeExists, MethodExists) as wrong:
                failure = wrong
            else:
                return
            await self._clear(slot)
        assert failure is not None, "tried at least once"
        raise failure

    async def _clear(self, slot: Slot) -> None:
        """Delete the code a lost answer left behind, if that is what is there."""
        orphan = await slot.orphan(self.old)
        if orphan is not None:
            step = Step.DELETE if slot.kind is CodeKind.STANDARD else Step.UNBRIDGE
            await self._attempt(step, slot.deletion(orphan))

    async def _tell(self) -> Done:
        assert self.pin is not None, "plans make a PIN before they tell it"
        slips = _Slips(self.paper.slip(self.pin))
        if not await self._asked.attendant.tell(self.pin, slips.print if slips.allowed else None):
            raise PinNotToldError("nobody has seen the new PIN", hint="show it again to the worker")
        return {"told": True, "slips": slips.came_out}

    def _unbridge(self) -> Attempt:
        """Take the temporary code back. Where that fails it ends by itself within hours, and that is said."""
        new = self.temporary.new
        bridge = new.code_id if new else self._plan.bridge
        attempt = self.temporary.deletion(bridge)

        async def take_back() -> Done:
            try:
                return await (attempt.work() if bridge else self._take_back_what_was_lost())
            except (GraphError, CodeChangedError) as wrong:
                end = new.expire if new else self.temporary.latest_end
                return {
                    "left_to_expire": bridge,
                    "ends": end.isoformat() if end else None,
                    "error": type(wrong).__name__,
                }
            finally:
                self.temporary.forget()

        return Attempt(attempt.details, take_back)

    async def _take_back_what_was_lost(self) -> Done:
        try:
            orphan = await self.temporary.orphan(None)
        except CodeChangedError:
            return {}  # somebody else's is there, so none of ours is
        return await self.temporary.deletion(orphan).work() if orphan else {}

    async def _close(self) -> Done:
        """Graph still has the code that was read back: a deletion may take effect after everything else."""
        try:
            person = await self._asked.use.issuer.person(self._plan.user_id)
        except GraphError:
            if self.standard.doubtful:
                raise
        else:
            self._require_standing(person)
            await self._note_what_graph_has(person)
        self.standard.forget()
        return {}

    def _require_standing(self, person: Person) -> None:
        there = person.code(self._printing.kind)
        if self.code_id and (there is None or there.code_id != self.code_id):
            raise CodeGoneError(
                "the new code is gone from Graph: a deletion took effect late, or somebody else deleted it",
                hint="make another badge",
            )

    async def _note_what_graph_has(self, person: Person) -> None:
        """What the registry takes for alive and Graph no longer has, or has until another day.

        A crash between Graph's answer and the note of it is made up for here.
        """
        registry, now, reason = self._asked.use.registry, self._asked.use.clock.now(), self._plan.reason
        for code in await registry.codes_of(person.user_id):
            there = person.account.code(code.code_id)
            if code.state in ENDED_CODES:
                continue
            if there is None:
                await registry.change_state(code.code_id, CodeState.REVOKED, at=now, reason=reason)
            elif there.expire != code.expire_at:
                await registry.change_expiry(code.code_id, there.expire, at=now, reason=reason)
