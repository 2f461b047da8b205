"""Between the board and the screen: states come in, intents go out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Protocol, TypeVar

from kiosk.board import Board
from kiosk.replace.attendant import Choice
from kiosk.replace.plan import Reason

T = TypeVar("T")


class Intents(Protocol):
    """What a screen needs of a visit: the board it draws, and what a person can want. See Visit."""

    board: Board

    def sign_in(self) -> None:
        """Let a supervisor sign in with a phone."""

    def ask(self, reason: Reason) -> None:
        """Ask for a replacement."""

    def type(self, digit: str) -> None:
        """One digit of a supervisor's PIN."""

    def erase(self) -> None:
        """Take the last digit back."""

    def vouch(self) -> None:
        """Say that the worker is visiting from another site."""

    def finish(self) -> None:
        """Finish what earlier runs left open."""

    def abandon(self) -> None:
        """Ask whether to close what may not be finished."""

    def confirm(self) -> None:
        """Yes."""

    def answer(self, choice: Choice) -> None:
        """What to do about the trouble shown."""

    def reveal(self) -> None:
        """Show the worker's new PIN, or hide it again."""

    def print_slip(self) -> None:
        """Print the worker's new PIN on a slip of its own."""

    def told(self) -> None:
        """The worker has it."""

    def dismiss(self) -> None:
        """Back to the start."""


async def follow(states: AsyncIterator[T], show: Callable[[T], None]) -> None:
    """Hand each newest state, of the board or of what else changes, to `show`, until cancelled."""
    async for state in states:
        show(state)
