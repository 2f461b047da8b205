"""The port to whoever stands at the station: a screen, a script, a test."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeAlias

from drivers.wire.messages import Outcome
from drivers.wire.secret import Secret
from kiosk.replace.plan import Step

#: Prints a PIN on a slip of its own, each time it is called, and gives what became of that. Raises nothing.
PrintSlip: TypeAlias = Callable[[], Awaitable[Outcome]]


class Progress(StrEnum):
    """How far a step is."""

    WAITING = "waiting"
    DOING = "doing"
    DONE = "done"
    FAILED = "failed"


class Choice(StrEnum):
    """What can be answered when a step did not come out."""

    RETRY = "retry"
    CAME_OUT = "came_out"
    REPRINT = "reprint"
    REISSUE = "reissue"  # delete the code that does not read, and make another
    BRIDGE = "bridge"  # print the temporary code that is held for this
    GIVE_UP = "give_up"


@dataclass(frozen=True)
class Trouble:
    """A step that did not come out, in words, and what can be done about it.

    `again_in`: seconds until it is tried again by itself, should nobody choose before; None where it is not.
    """

    step: Step
    message: str
    hint: str
    choices: tuple[Choice, ...]
    again_in: float | None = None


class Attendant(Protocol):
    """Told what happens, asked what only a person can know."""

    def show(self, step: Step, progress: Progress, detail: str = "") -> None:
        """A step went on. `detail` is for people and holds no secret."""

    async def trouble(self, trouble: Trouble) -> Choice:
        """Which of its choices? Nothing more happens until this returns, or is cancelled to try again by itself."""

    async def scan_back(self, digest: bytes) -> bool:
        """Wait for a scan whose content has this digest; False when the time for it is over."""

    async def tell(self, pin: Secret, slip: PrintSlip | None) -> bool:
        """Show the worker a new PIN, or hand it over on a `slip`, where policy allows slips.

        True once they say that they have it, False when nobody does in time.
        """
