"""The clerks of `kiosk work-list run`: a person at the terminal, or nobody."""

from __future__ import annotations

import asyncio
import os
import sys
import termios
from collections import Counter
from typing import Literal

import click

from drivers.wire.secret import Secret
from kiosk.cli.shapes import printable
from kiosk.config import Ui
from kiosk.registry import RowState
from kiosk.registry.work_lists import WorkRow
from kiosk.replace.attendant import Choice, PrintSlip, Progress, Trouble
from kiosk.replace.plan import Step

#: Where nobody can be asked: tries at what may come right by itself.
_TRIES = 6
_CHOICES = {
    Choice.RETRY: "try again",
    Choice.CAME_OUT: "it came out",
    Choice.REPRINT: "print it again",
    Choice.REISSUE: "delete that code, and make another badge",
    Choice.BRIDGE: "print a temporary badge instead",
    Choice.GIVE_UP: "leave this row",
}
_WIPE = "\x1b[H\x1b[2J\x1b[3J"


class Keyboard:
    """Lines typed on the terminal, while everything else goes on."""

    async def ask(self, question: str) -> str | None:
        """What is typed in answer; None at the end of input. What was typed before counts for nothing."""
        keys = sys.stdin.fileno()
        termios.tcflush(keys, termios.TCIFLUSH)
        click.echo(question, err=True, nl=False)
        loop, typed = asyncio.get_running_loop(), asyncio.get_running_loop().create_future()

        def read() -> None:
            line = os.read(keys, 4096)
            if not typed.done():
                typed.set_result(line.decode(errors="replace").strip() if line else None)

        loop.add_reader(keys, read)
        try:
            answer: str | None = await typed
            return answer
        finally:
            loop.remove_reader(keys)


class _Lines:
    """What both say of the rows, beside what the command answers."""

    def show(self, row: WorkRow, step: Step, progress: Progress, detail: str = "") -> None:
        """See Clerk."""
        if progress is Progress.FAILED:
            _say(row, f"{step.value.replace('_', ' ')} failed: {detail}")

    def awaits(self, row: WorkRow) -> None:
        """See Clerk."""
        _say(row, "printed; hold the badge to the scanner")

    def became(self, row: WorkRow) -> None:
        """See Clerk."""
        if row.state is not RowState.PRINTED or row.reason:
            _say(row, " ".join(filter(None, (row.state.value, row.reason))).replace("_", " "))


class AtTheTerminal(_Lines):
    """A person is asked, one question at a time, and shown PINs for as long as they want to look."""

    def __init__(self, ui: Ui) -> None:
        self.keyboard = Keyboard()
        self._ui = ui
        self._asking = asyncio.Lock()

    async def trouble(self, row: WorkRow, trouble: Trouble) -> Choice:
        """See Clerk. A question nobody answers in time is given up."""
        try:
            async with self._asking, asyncio.timeout(self._ui.trouble_seconds):
                return await self._chosen(row, trouble)
        except TimeoutError:
            return Choice.GIVE_UP

    async def _chosen(self, row: WorkRow, trouble: Trouble) -> Choice:
        _say(row, trouble.message + (f": {trouble.hint}" if trouble.hint else ""))
        if trouble.again_in is not None:
            click.echo(f"   tried again by itself in {trouble.again_in:.0f} s", err=True)
        for number, choice in enumerate(trouble.choices, 1):
            click.echo(f"   {number}  {_CHOICES[choice]}", err=True)
        while True:
            typed = await self.keyboard.ask("   which? ")
            if typed is None:
                return Choice.GIVE_UP
            if typed.isdecimal() and 1 <= int(typed) <= len(trouble.choices):
                return trouble.choices[int(typed) - 1]

    async def tell(self, row: WorkRow, pin: Secret, slip: PrintSlip | None) -> bool:
        """See Clerk. The PIN is on the terminal alone, from one key to the next, or on a slip."""
        shown = False
        try:
            async with self._asking, asyncio.timeout(self._ui.trouble_seconds):
                _say(row, "there is a PIN for them alone")
                chosen = await self._shown_or_printed(row, slip)
                if chosen != "show":
                    return chosen == "printed"
                shown = True
                click.echo(f"PIN: {pin.reveal_text()}", err=True)
                return await self.keyboard.ask("   press Enter when they have seen it ") is not None
        except TimeoutError:
            return False
        finally:
            if shown:
                click.echo(_WIPE, nl=False, color=True, err=True)

    async def _shown_or_printed(self, row: WorkRow, slip: PrintSlip | None) -> Literal["show", "printed"] | None:
        """Whether it is to be shown or is on a slip by now; None when there is nobody to say."""
        or_print = ", or type p to print it on a slip" if slip else ""
        while True:
            typed = await self.keyboard.ask(f"   press Enter to show it{or_print} ")
            if typed is None:
                return None
            if slip is None or typed.strip().lower() != "p":
                return "show"
            outcome = await slip()
            if outcome.result == "printed":
                _say(row, "the slip was printed: give it to them alone")
                return "printed"
            said = "was not printed" if outcome.result == "failed" else "may have been printed or not: look"
            _say(row, f"the slip {said}: {outcome.reason or outcome.evidence}")


class Unattended(_Lines):
    """Nobody is asked: what may come right by itself is tried a few times, and everything else given up."""

    def __init__(self) -> None:
        self._tries: Counter[tuple[int, Step]] = Counter()

    async def trouble(self, row: WorkRow, trouble: Trouble) -> Choice:
        """See Clerk."""
        self._tries[row.place, trouble.step] += 1
        if trouble.again_in is not None and self._tries[row.place, trouble.step] < _TRIES:
            await asyncio.Event().wait()  # until it is tried again
        return Choice.GIVE_UP

    async def tell(self, row: WorkRow, pin: Secret, slip: PrintSlip | None) -> bool:  # noqa: ARG002 - Clerk's
        """See Clerk. A PIN is told to a person."""
        return False


def _say(row: WorkRow, what: str) -> None:
    click.echo(printable(f"{row.place:4}  {row.upn}: {what}"), err=True)
