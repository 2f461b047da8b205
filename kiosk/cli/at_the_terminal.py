"""Whoever stands at a terminal instead of the screen: told each step, asked what only a person can know."""

from __future__ import annotations

import asyncio

import click

from kiosk.i18n import words
from kiosk.replace.attendant import Choice, Progress
from kiosk.state import Phase, State
from kiosk.visit import Visit

_OVER = (Phase.IDLE, Phase.VERDICT, Phase.FINISHED, Phase.FAILED)


class AtTheTerminal:
    """Tells what `visit` does on stderr. `asks`: there is somebody to ask; else trouble is given up."""

    def __init__(self, visit: Visit, *, asks: bool) -> None:
        self._visit = visit
        self._asks = asks
        self._told: set[object] = set()

    async def follow(self) -> None:
        """Until the visit is over."""
        begun = False
        async for state in self._visit.board.states():
            begun = begun or state.phase is Phase.REPLACING
            self._tell(state)
            if state.trouble:
                await self._answer(state)
            elif state.pin and self._asks and not (state.slip and state.slip.printing):
                await self._hand_over_pin(state)
            if state.phase in _OVER and (begun or state.phase in (Phase.VERDICT, Phase.FAILED)):
                return

    def _tell(self, state: State) -> None:
        for view in state.steps:
            if view.progress is not Progress.WAITING:
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
            click.echo(line, err=True)

    async def _answer(self, state: State) -> None:
        trouble = state.trouble
        assert trouble is not None, "asked only then"
        click.echo(f"{words(f'step.{trouble.step}.trouble')}: {trouble.message}\n  {trouble.hint}", err=True)
        if not self._asks:
            if trouble.again_in is None:
                self._visit.answer(Choice.GIVE_UP)
            return
        for at, choice in enumerate(trouble.choices, start=1):
            click.echo(f"  {at}  {words(f'choice.{choice}')}", err=True)
        among = click.IntRange(1, len(trouble.choices))
        chosen = await asyncio.to_thread(click.prompt, "Which?", type=among, err=True)
        self._visit.answer(trouble.choices[int(chosen) - 1])

    async def _hand_over_pin(self, state: State) -> None:
        if state.pin_shown:
            await self._show_pin(state)
            return
        if state.slip and state.slip.result:
            said, hint = (words(f"slip.{state.slip.result}{what}") for what in ("", "_hint"))
            click.echo(
                f"{said}: {state.slip.reason}\n  {hint}" if state.slip.reason else f"{said}\n  {hint}", err=True
            )
            if state.slip.result == "printed":
                await asyncio.to_thread(click.pause, f"{words('slip.told')} (Enter)", err=True)
                self._visit.told()
                return
        if state.slip is not None and await self._agreed(words("slip.print")):
            self._visit.print_slip()
            return
        await asyncio.to_thread(click.pause, f"{words('pin.title')} (Enter)", err=True)
        self._visit.reveal()

    async def _agreed(self, what: str) -> bool:
        return await asyncio.to_thread(lambda: click.confirm(f"{what}?", err=True))

    async def _show_pin(self, state: State) -> None:
        assert state.pin is not None, "shown only then"
        click.echo(state.pin.reveal_text(), err=True)
        await asyncio.to_thread(click.pause, f"{words('pin.shown')} (Enter)", err=True)
        click.echo("\x1b[H\x1b[2J\x1b[3J", nl=False, color=True, err=True)
        self._visit.told()
