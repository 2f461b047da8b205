"""Whoever stands at the station, as a replacement sees them: shown steps, asked choices, holding up the new badge."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import structlog

from drivers.wire.messages import Code
from drivers.wire.secret import Secret
from kiosk.badge.content import Badge, parse
from kiosk.badge.grade import letter
from kiosk.board import Board
from kiosk.config import Ui
from kiosk.replace.attendant import Choice, PrintSlip, Progress, Trouble
from kiosk.replace.plan import Step
from kiosk.state import SlipView, StepView

log = structlog.get_logger(__name__)


class AtTheBoard:
    """The Attendant who reads the board and answers through `answer`, `told` and `scanned`.

    Nobody is waited for without an end: content and PINs are in memory for as long.
    """

    def __init__(self, board: Board, ui: Ui) -> None:
        self._board = board
        self._ui = ui
        self._told: asyncio.Future[bool] | None = None
        self._slip: PrintSlip | None = None
        self._printing: asyncio.Task[None] | None = None
        self._answer: asyncio.Future[Choice] | None = None
        self._awaited: tuple[bytes, asyncio.Future[bool]] | None = None
        #: The badge that is handed in to be copied: what its fresh copy says, too.
        self._surrendered: tuple[bytes, asyncio.Future[Secret] | None] = (b"", None)

    def show(self, step: Step, progress: Progress, detail: str = "") -> None:
        """See Attendant. A step that was not planned stands before what is still to be done."""
        views, new = list(self._board.state.steps), StepView(step, progress, detail)
        known = [at for at, view in enumerate(views) if view.step is step]
        if known:
            views[known[0]] = new
        else:
            left = (at for at, view in enumerate(views) if view.progress in (Progress.WAITING, Progress.FAILED))
            views.insert(next(left, len(views)), new)
        self._board.change(steps=tuple(views))

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

    async def tell(self, pin: Secret, slip: PrintSlip | None) -> bool:
        """See Attendant."""
        self._told, self._slip = asyncio.get_running_loop().create_future(), slip
        self._board.change(pin=pin, slip=SlipView() if slip else None)
        try:
            async with asyncio.timeout(self._ui.trouble_seconds):
                return await self._told
        except TimeoutError:
            return False
        finally:
            self._told = self._slip = None
            if self._printing:
                self._printing.cancel()
            self._board.change(pin=None, pin_shown=False, slip=None)

    def told(self) -> None:
        """The worker has the PIN; ignored unless it was shown, or a slip may have come out."""
        if self._told and not self._told.done() and self._board.state.pin_handed_over:
            self._told.set_result(True)

    def print_slip(self) -> None:
        """Print the PIN on a slip, or on another one; ignored where there are none, and while one is on its way."""
        view = self._board.state.slip
        if self._slip and view and not view.printing:
            self._board.change(slip=SlipView(printing=True))
            self._printing = asyncio.create_task(self._print(self._slip))

    async def _print(self, slip: PrintSlip) -> None:
        try:
            outcome = await slip()
        except Exception as wrong:  # noqa: BLE001 - whatever happens, the PIN can still be shown
            # Its name only: a traceback goes through frames that hold secrets.
            log.error("a PIN slip broke", error=type(wrong).__name__)  # noqa: TRY400
            view = SlipView(result="unknown", reason=f"something broke inside the station ({type(wrong).__name__})")
        else:
            view = SlipView(result=outcome.result, reason=outcome.reason)
        self._board.change(slip=view)

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

    async def surrender(self, digest: bytes) -> Secret | None:
        """What the badge with this digest says, held up once more to be handed in; None when nobody does in time."""
        shown: asyncio.Future[Secret] = asyncio.get_running_loop().create_future()
        self._surrendered = digest, shown
        self._board.change(surrender=True, wrong_badge=False)
        try:
            async with asyncio.timeout(self._ui.scan_back_seconds):
                return await shown
        except TimeoutError:
            return None
        finally:
            self._surrendered = digest, None
            self._board.change(surrender=False, wrong_badge=False)

    def answer(self, choice: Choice) -> None:
        """What the person chose; ignored unless it was asked for."""
        if self._answer and not self._answer.done() and choice in self._board.state.choices:
            self._answer.set_result(choice)

    def scanned(self, codes: Sequence[Code], fresh: Sequence[bool]) -> None:
        """What the scanner read, and which of it had not been there just before.

        Ignored unless a badge is awaited. Another badge than that is said to be one.
        """
        old, shown = self._surrendered
        if self._awaited is None and shown is None:
            return
        # An old badge and its copy say the same: one that still lies there is neither handed in nor just printed.
        read = {
            badge.digest: code
            for code, is_fresh in zip(codes, fresh, strict=True)
            if isinstance(badge := parse(code.content), Badge) and (is_fresh or badge.digest != old)
        }
        if shown:
            self._handed_in(read, old, shown)
        elif self._awaited:
            self._held_up(read, *self._awaited)

    def _handed_in(self, read: Mapping[bytes, Code], wanted: bytes, shown: asyncio.Future[Secret]) -> None:
        if wanted not in read:
            self._wrong(read)
        elif not shown.done():
            shown.set_result(read[wanted].content)

    def _held_up(self, read: Mapping[bytes, Code], wanted: bytes, found: asyncio.Future[bool]) -> None:
        if wanted not in read:
            self._wrong(read)
        elif not found.done():
            self._board.change(grade=letter(read[wanted].quality))
            found.set_result(True)

    def _wrong(self, read: Mapping[bytes, Code]) -> None:
        if read and not self._board.state.wrong_badge:
            self._board.change(wrong_badge=True)
