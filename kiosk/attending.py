"""Whoever stands at the station, as a replacement sees them: shown steps, asked choices, holding up the new badge."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from drivers.wire.messages import Code
from drivers.wire.secret import Secret
from kiosk.badge.content import Badge, parse
from kiosk.badge.grade import letter
from kiosk.board import Board
from kiosk.config import Ui
from kiosk.replace.attendant import Choice, Progress, Trouble
from kiosk.replace.plan import Step
from kiosk.state import StepView


class AtTheBoard:
    """The Attendant who reads the board and answers through `answer`, `told` and `scanned`.

    Nobody is waited for without an end: content and PINs are in memory for as long.
    """

    def __init__(self, board: Board, ui: Ui) -> None:
        self._board = board
        self._ui = ui
        self._told: asyncio.Future[bool] | None = None
        self._answer: asyncio.Future[Choice] | None = None
        self._awaited: tuple[bytes, asyncio.Future[bool]] | None = None

    def show(self, step: Step, progress: Progress, detail: str = "") -> None:
        """See Attendant."""
        shown = (StepView(step, progress, detail) if view.step is step else view for view in self._board.state.steps)
        self._board.change(steps=tuple(shown))

    async def trouble(self, trouble: Trouble) -> Choice:
        """See Attendant."""
        self._answer = asyncio.get_running_loop().create_future()
        self._board.change(trouble=trouble)
        try:
            async with asyncio.timeout(self._ui.trouble_seconds):
                return await self._answer
        except TimeoutError:
            return Choice.GIVE_UP
        finally:
            self._answer = None
            self._board.change(trouble=None)

    async def tell(self, pin: Secret) -> bool:
        """See Attendant."""
        self._told = asyncio.get_running_loop().create_future()
        self._board.change(pin=pin)
        try:
            async with asyncio.timeout(self._ui.trouble_seconds):
                return await self._told
        except TimeoutError:
            return False
        finally:
            self._told = None
            self._board.change(pin=None, pin_shown=False)

    def told(self) -> None:
        """The worker has seen the PIN; ignored unless it was shown."""
        if self._told and not self._told.done() and self._board.state.pin_shown:
            self._told.set_result(True)

    async def scan_back(self, digest: bytes) -> bool:
        """See Attendant."""
        found: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._awaited = (digest, found)
        self._board.change(prompt=True, wrong_badge=False)
        try:
            async with asyncio.timeout(self._ui.scan_back_seconds):
                return await found
        except TimeoutError:
            return False
        finally:
            self._awaited = None
            self._board.change(prompt=False, wrong_badge=False)

    def answer(self, choice: Choice) -> None:
        """What the person chose; ignored unless it was asked for."""
        if self._answer and not self._answer.done() and choice in self._board.state.choices:
            self._answer.set_result(choice)

    def scanned(self, codes: Sequence[Code]) -> None:
        """What the scanner read; ignored unless a badge is awaited. Another badge than that is said to be one."""
        if self._awaited is None:
            return
        wanted, found = self._awaited
        read = {badge.digest: code for code in codes if isinstance(badge := parse(code.content), Badge)}
        if wanted in read:
            if not found.done():
                self._board.change(grade=letter(read[wanted].quality))
                found.set_result(True)
        elif read and not self._board.state.wrong_badge:
            self._board.change(wrong_badge=True)
