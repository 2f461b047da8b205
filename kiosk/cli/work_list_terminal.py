"""The clerks of `kiosk work-list run`: a person at the terminal, or nobody."""

from __future__ import annotations

import asyncio
from collections import Counter

import click

from drivers.wire.secret import Secret
from kiosk.cli.keyboard import Keyboard
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
        chosen = await self.keyboard.choose([_CHOICES[choice] for choice in trouble.choices])
        return Choice.GIVE_UP if chosen is None else trouble.choices[chosen]

    async def tell(self, row: WorkRow, pin: Secret, slip: PrintSlip | None) -> bool:
        """See Clerk. The PIN is on the terminal alone, from one key to the next, or on a slip."""
        try:
            async with self._asking, asyncio.timeout(self._ui.trouble_seconds):
                _say(row, "there is a PIN for them alone")
                while (chosen := await self.keyboard.show_or_print(slips=slip is not None)) == "print":
                    if slip and await self._printed(row, slip):
                        return True
                return chosen == "show" and await self.keyboard.show(pin)
        except TimeoutError:
            return False

    async def _printed(self, row: WorkRow, slip: PrintSlip) -> bool:
        outcome = await slip()
        if outcome.result == "printed":
            _say(row, "the slip was printed: give it to them alone")
            return True
        said = "was not printed" if outcome.result == "failed" else "may have been printed or not: look"
        _say(row, f"the slip {said}: {outcome.reason or outcome.evidence}")
        return False


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
