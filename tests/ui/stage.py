"""A screen in front of a real board, and a visit that only notes what it is told."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, fields

from textual.pilot import Pilot

from kiosk.board import Board
from kiosk.replace.attendant import Choice
from kiosk.replace.plan import Reason
from kiosk.state import State
from kiosk.ui import text
from kiosk.ui.app import KioskApp


@dataclass
class Recorder:
    """A visit that notes each intent."""

    board: Board = field(default_factory=Board)
    sent: list[object] = field(default_factory=list)

    def sign_in(self) -> None:
        self.sent.append("sign_in")

    def ask(self, reason: Reason) -> None:
        self.sent.append(("ask", reason))

    def type(self, digit: str) -> None:
        self.sent.append(("type", digit))

    def erase(self) -> None:
        self.sent.append("erase")

    def vouch(self) -> None:
        self.sent.append("vouch")

    def finish(self) -> None:
        self.sent.append("finish")

    def abandon(self) -> None:
        self.sent.append("abandon")

    def confirm(self) -> None:
        self.sent.append("confirm")

    def answer(self, choice: Choice) -> None:
        self.sent.append(("answer", choice))

    def reveal(self) -> None:
        self.sent.append("reveal")

    def print_slip(self) -> None:
        self.sent.append("print_slip")

    def told(self) -> None:
        self.sent.append("told")

    def dismiss(self) -> None:
        self.sent.append("dismiss")


@dataclass
class Shown:
    """A screen that is up."""

    app: KioskApp
    visit: Recorder
    pilot: Pilot[None]

    @property
    def lines(self) -> list[str]:
        """What it shows."""
        return text.lines(self.app)

    @property
    def text(self) -> str:
        """What it shows, as one text in which a line break is a space."""
        return " ".join(" ".join(self.lines).split())

    @property
    def leaving(self) -> bool:
        """Whether it is on its way out."""
        return self.app.return_code is not None or self.app._exit

    async def press(self, *keys: str) -> None:
        """Press keys, and wait until they have been dealt with."""
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def change(self, state: State) -> None:
        """Put another state on the board, and wait until it is drawn."""
        changes = {name: getattr(state, name) for name in (part.name for part in fields(State)) if name != "serial"}
        self.visit.board.change(**changes)
        await self.pilot.pause()


#: `async with show(state) as shown`; see the fixture of that name.
Show = Callable[..., AbstractAsyncContextManager[Shown]]
