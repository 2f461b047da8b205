"""The whole job as a story: a badge is made, wears out, is recognised, replaced, and only the new one signs in.

Every part is real but the things one would have to buy: Graph over TLS, msal's sign-in, driver processes, ESC/POS
over TCP, camera pictures of what was printed. The story only moves paper and presses keys.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from drivers.wire.secret import Secret
from kiosk.badge.verdict import Verdict
from kiosk.errors import KioskError
from kiosk.graph.pin import generate_pin
from kiosk.harness.hand import Hand, Look, Paper
from kiosk.harness.phone import Phone
from kiosk.replace.attendant import Choice
from kiosk.replace.plan import Reason
from kiosk.state import Phase, State
from kiosk.station import Station

_SECONDS: Final = 60.0


class StoryError(KioskError):
    """The story did not go as it should."""


@dataclass(frozen=True)
class Told:
    """One step: what was done, what came of it, milliseconds."""

    name: str
    outcome: str
    ms: float


class Story:
    """Tells `say` each step as it is done. The pieces are public, so that a test can tell another story."""

    def __init__(
        self, station: Station, hand: Hand, phone: Phone, worker: dict[str, Any], say: Callable[[Told], None]
    ) -> None:
        self.told: list[Told] = []
        self._station = station
        self._hand = hand
        self._phone = phone
        self._worker = worker
        self._say = say
        self._pin = Secret("")
        self._papers = 0

    async def make_the_first_badge(self) -> None:
        """A year ago: the worker is enrolled, gets a badge, and signs in for the first time."""
        name = self._worker["displayName"]
        await self._step(f"enrol {name}: Graph, page, printer, scan back", self._enrol)
        await self._step("first sign-in on a phone, with a PIN of their own", self._first_sign_in)

    async def replace_it(self) -> None:
        """Today: the badge is worn; the station reads it and replaces it."""
        await self._step("the worn badge is held to the camera", lambda: self.show("first", "worn", _worn_verdict))
        await self._step("replace it: revoke, reissue, print, scan back", self._replace)

    async def prove_it(self) -> None:
        """The new badge signs in, the old one does not, and the station knows which is which."""
        await self._step("the new badge signs in on a phone", lambda: self._sign_in("newest", "accepted"))
        await self._step("the old badge does not", lambda: self._sign_in("first", "revoked"))
        await self._step(
            "the station knows the old badge",
            lambda: self.show("first", "new", lambda verdict: verdict is Verdict.REPLACED),
        )

    async def show(self, paper: Paper, look: Look, right: Callable[[Verdict], bool]) -> str:
        """Hold a paper to the camera and wait for the verdict. Raises StoryError unless it is `right`."""
        await self._hand.remove()
        # Out of sight for long enough that the station takes it for shown again.
        await asyncio.sleep(self._station.config.ui.away_seconds * 1.5)
        self._station.visit.dismiss()
        await self._hand.hold(paper, look)
        state = await self._until(lambda state: state.phase is Phase.VERDICT)
        assert state.judgement is not None, "a verdict is shown"
        verdict = state.judgement.verdict
        if not right(verdict):
            raise StoryError(f"the station says {verdict}")
        return f"{verdict}, by {state.judgement.basis}"

    async def _enrol(self) -> str:
        async with self._showing_new_paper():
            await self._station.visit.enrol(self._worker["id"], administrator=True)
        result = self._station.visit.result
        if result is None or not result.finished:
            state = self._station.visit.board.state
            raise StoryError(f"not enrolled: {state.error or (state.refusal and state.refusal.key)}")
        return "badge 1 printed and read back"

    async def _first_sign_in(self) -> str:
        content = await self._phone.read(await self._hand.view())
        own = generate_pin(len(self._pin.reveal()))
        first = await self._phone.sign_in(content, self._pin)
        answer = await self._phone.sign_in(content, self._pin, own)
        self._pin = own
        return _expect("accepted", answer, f"{first}, then {answer}")

    async def _replace(self) -> str:
        visit = self._station.visit
        visit.ask(Reason.WORN)
        async with self._showing_new_paper():
            visit.confirm()
            state = await self._until(lambda state: state.phase in (Phase.FINISHED, Phase.FAILED))
        if state.phase is Phase.FAILED:
            raise StoryError(state.error, hint=state.hint)
        return "badge 2 printed and read back"

    async def _sign_in(self, paper: Paper, expected: str) -> str:
        await self._hand.hold(paper, "new")
        content = await self._phone.read(await self._hand.view())
        return _expect(expected, await self._phone.sign_in(content, self._pin))

    @asynccontextmanager
    async def _showing_new_paper(self) -> AsyncIterator[None]:
        """Do as a person would: hold up the new paper when asked for it, give up on trouble."""
        doing = asyncio.create_task(self._obey())
        try:
            yield
        finally:
            doing.cancel()
            await asyncio.gather(doing, return_exceptions=True)

    async def _obey(self) -> None:
        prompted = False
        async for state in self._station.visit.board.states():
            if state.prompt and not prompted:
                self._papers = await self._hand.next_paper(self._papers)
                await self._hand.hold(self._papers, "new")
            prompted = state.prompt
            if state.pin and not state.pin_shown:
                await self._take_pin(state, state.pin)
            if state.trouble:
                self._station.visit.answer(Choice.GIVE_UP)

    async def _take_pin(self, state: State, pin: Secret) -> None:
        """Where there are slips, on one; and seen on the screen, too."""
        visit = self._station.visit
        if state.slip and state.slip.result is None:
            visit.print_slip()
            return
        if state.slip and state.slip.result == "printed":
            self._papers = await self._hand.next_paper(self._papers)
        self._pin = Secret(pin.reveal())
        visit.reveal()
        visit.told()

    async def _until(self, right: Callable[[State], bool]) -> State:
        try:
            async with asyncio.timeout(_SECONDS):
                async for state in self._station.visit.board.states():
                    if right(state):
                        return state
        except TimeoutError:
            phase = self._station.visit.board.state.phase
            raise StoryError(f"nothing happened for {_SECONDS:g} s; the station is {phase}") from None
        raise AssertionError("states never end")

    async def _step(self, name: str, do: Callable[[], Awaitable[str]]) -> None:
        began = time.monotonic()
        try:
            outcome = await do()
        except KioskError as wrong:
            self._tell(name, f"FAILED: {wrong}", began)
            raise
        self._tell(name, outcome, began)

    def _tell(self, name: str, outcome: str, began: float) -> None:
        told = Told(name, outcome, round((time.monotonic() - began) * 1000, 1))
        self.told.append(told)
        self._say(told)


def _worn_verdict(verdict: Verdict) -> bool:
    # A damaged badge that still reads at the first look is a good one to the station; the person knows better.
    return verdict in (Verdict.WORN, Verdict.ACTIVE)


def _expect(expected: str, answer: str, told: str = "") -> str:
    if answer != expected:
        raise StoryError(f"the phone was told {answer}, not {expected}")
    return told or answer
