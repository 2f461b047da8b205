"""The ports of a work list: to whoever carries it out, and to those on whose word it is done."""

from __future__ import annotations

from typing import Protocol

from drivers.wire.secret import Secret
from kiosk.registry.work_lists import WorkRow
from kiosk.replace.approval import Granted
from kiosk.replace.attendant import Choice, PrintSlip, Progress, Trouble
from kiosk.replace.plan import Reason, Refusal, Step


class Clerk(Protocol):
    """Told how each row goes on, asked what only a person can know. Several rows may ask at once."""

    def show(self, row: WorkRow, step: Step, progress: Progress, detail: str = "") -> None:
        """A step of this row went on. `detail` is for people and holds no secret."""

    def awaits(self, row: WorkRow) -> None:
        """Its badge came out, and is to be held to the scanner."""

    def became(self, row: WorkRow) -> None:
        """The row is in another state, for the reason it names."""

    async def trouble(self, row: WorkRow, trouble: Trouble) -> Choice:
        """See Attendant."""

    async def tell(self, row: WorkRow, pin: Secret, slip: PrintSlip | None) -> bool:
        """See Attendant."""


class Word(Protocol):
    """The people who approve, asked for each row when its turn has come. Both raise RegistryError."""

    async def ask(self, reason: Reason, user_id: str) -> Granted | Refusal:
        """Whether it may be done for this person."""

    async def take_up(self, replacement: str, reason: Reason, user_id: str) -> Refusal | None:
        """Why what an earlier run began may not be finished, or None."""
