"""Whoever stands at a terminal instead of the screen: told each step, asked what only a person can know."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Final

import click

from drivers.wire.secret import Secret
from kiosk.cli.keyboard import Keyboard
from kiosk.cli.shapes import printable
from kiosk.i18n import words
from kiosk.replace.attendant import Choice, Progress, Trouble
from kiosk.replace.plan import Step
from kiosk.state import Phase, State, StepView
from kiosk.visit import Visit

_OVER: Final = (Phase.IDLE, Phase.VERDICT, Phase.FINISHED, Phase.FAILED)
#: Where nobody can be asked: tries at what may come right by itself.
_TRIES: Final = 6


class AtTheTerminal:
    """Tells what `visit` does on stderr, and asks at `keyboard`; None where there is nobody to ask.

    Then what may come right by itself is tried a few times, and everything else given up.
    """

    def __init__(self, visit: Visit, keyboard: Keyboard | None) -> None:
        self._visit = visit
        self._keyboard = keyboard
        self._told: set[object] = set()
        self._tries: Counter[tuple[str, Step]] = Counter()
        #: What is asked now: a trouble, or the PIN that is to be seen.
        self._about: Trouble | Secret | None = None
        self._question: asyncio.Task[None] | None = None

    async def follow(self) -> None:
        """Until the visit is over."""
        begun = False
        try:
            async for state in self._visit.board.states():
                begun = begun or state.phase is Phase.REPLACING
                self._tell(state)
                await self._ask(state)
                if state.phase in _OVER and (begun or state.phase in (Phase.VERDICT, Phase.FAILED)):
                    return
        finally:
            await self._take_back()

    def _tell(self, state: State) -> None:
        for view in state.steps:
            if view.progress in (Progress.DOING, Progress.DONE):
                said = "done" if view.progress is Progress.DONE else "doing"
                self._say_once((state.name, view), f"  {words(f'step.{view.step}.{said}')}")
        if state.prompt:
            self._say_once((state.name, "prompt"), words("replacing.prompt_title"))
        if state.refusal:
            self._say_once(state.refusal, words(f"refusal.{state.refusal.key}"))
        if state.phase is Phase.FAILED:
            self._say_once(state.error, state.error + (f"\n  {state.hint}" if state.hint else ""))

    def _say_once(self, what: object, line: str) -> None:
        if what not in self._told:
            self._told.add(what)
            _say(line)

    async def _ask(self, state: State) -> None:
        """Ask what the state asks; what an earlier one asked is taken back with it."""
        about = state.trouble or state.pin
        if about is self._about:
            return
        await self._take_back()
        self._about = about
        if isinstance(about, Trouble):
            # What is tried again is told again, as is what the person is wanted for.
            self._told = {what for what in self._told if _is_done(what)}
            _say(f"{words(f'step.{about.step}.trouble')}: {about.message}\n  {about.hint}".rstrip())
            self._question = asyncio.create_task(self._answer(about, state.name))
        elif about is not None and self._keyboard:
            self._question = asyncio.create_task(self._hand_over(self._keyboard, about))

    async def _take_back(self) -> None:
        if self._question:
            self._question.cancel()
            await asyncio.gather(self._question, return_exceptions=True)
        self._question = self._about = None

    async def _answer(self, trouble: Trouble, name: str) -> None:
        if self._keyboard is None:
            self._tries[name, trouble.step] += 1
            if trouble.again_in is None or self._tries[name, trouble.step] >= _TRIES:
                self._visit.answer(Choice.GIVE_UP)
            return
        if trouble.again_in is not None:
            _say(f"   tried again by itself in {trouble.again_in:.0f} s")
        chosen = await self._keyboard.choose([words(f"choice.{choice}") for choice in trouble.choices])
        self._visit.answer(Choice.GIVE_UP if chosen is None else trouble.choices[chosen])

    async def _hand_over(self, keyboard: Keyboard, pin: Secret) -> None:
        _say(words("pin.title"))
        while (chosen := await keyboard.show_or_print(slips=self._visit.board.state.slip is not None)) == "print":
            if await self._printed(keyboard):
                self._visit.told()
                return
        if chosen == "show" and await keyboard.show(pin):
            self._visit.reveal()
            self._visit.told()

    async def _printed(self, keyboard: Keyboard) -> bool:
        """Print a slip; whether somebody has it."""
        self._visit.print_slip()
        async for state in self._visit.board.states():
            if state.slip is None:
                return False
            if state.slip.result:
                said, hint = (words(f"slip.{state.slip.result}{what}") for what in ("", "_hint"))
                _say(": ".join(filter(None, (said, state.slip.reason))) + f"\n  {hint}")
                return state.slip.result == "printed" and await keyboard.ask(f"   {words('slip.told')} ") is not None
        raise AssertionError("states never end")


def _is_done(what: object) -> bool:
    return isinstance(what, tuple) and isinstance(what[1], StepView) and what[1].progress is Progress.DONE


def _say(text: str) -> None:
    click.echo("\n".join(map(printable, text.splitlines())), err=True)
