"""Questions at a terminal, asked while everything else goes on: any of them can be taken back."""

from __future__ import annotations

import asyncio
import os
import sys
import termios
from collections.abc import Sequence
from typing import Final, Literal

import click

from drivers.wire.secret import Secret
from kiosk.errors import UsageError

#: Clears the screen and what a terminal lets one scroll back to.
_WIPE: Final = "\x1b[H\x1b[2J\x1b[3J"


def at_hand() -> bool:
    """Whether there is a terminal to ask at. What is said there goes nowhere else: a PIN is never shown to a file."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def require_keyboard(*, yes: bool) -> None:
    """Raises UsageError where nobody can be asked and nobody has said yes beforehand."""
    if not yes and not at_hand():
        raise UsageError("there is no terminal to ask at", hint="give --yes to do it without being asked")


class Keyboard:
    """Lines typed on the terminal that is stdin; all is said on stderr, see `at_hand`. One question at a time."""

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
        except asyncio.CancelledError:
            click.echo(err=True)  # what is said next begins a line of its own
            raise
        finally:
            loop.remove_reader(keys)
        return answer

    async def choose(self, labels: Sequence[str]) -> int | None:
        """The index of the one chosen; None at the end of input. Asks until it is one of them."""
        for number, label in enumerate(labels, 1):
            click.echo(f"   {number}  {label}", err=True)
        while (typed := await self.ask("   which? ")) is not None:
            if typed.isdecimal() and 1 <= int(typed) <= len(labels):
                return int(typed) - 1
        return None

    async def show_or_print(self, *, slips: bool) -> Literal["show", "print"] | None:
        """Whether to show a PIN or, where there are `slips`, to print it on one; None at the end of input."""
        or_print = ", or type p to print it on a slip" if slips else ""
        typed = await self.ask(f"   press Enter to show it{or_print} ")
        if typed is None:
            return None
        return "print" if slips and typed.lower() == "p" else "show"

    async def show(self, pin: Secret) -> bool:
        """Show a PIN until the next key, on the terminal alone; whether somebody said to have seen it."""
        try:
            click.echo(f"PIN: {pin.reveal_text()}", err=True)
            return await self.ask("   press Enter when they have seen it ") is not None
        finally:
            click.echo(_WIPE, nl=False, color=True, err=True)
