"""What becomes of a code or PIN that is made here: paper from the printer, or the terminal. Never a file."""

from __future__ import annotations

import asyncio
import base64
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import click

from drivers.wire.messages import Outcome, Result
from drivers.wire.secret import Secret
from kiosk.badge.kind import CodeKind
from kiosk.cli.administration import Ways, require_terminal
from kiosk.cli.symbol import COLUMNS, of_image
from kiosk.errors import KioskError, UsageError
from kiosk.graph.models import QrCode, User

if TYPE_CHECKING:
    from kiosk.administration.printing import BadgePrinter, SlipPrinter
    from kiosk.administration.session import Session


class NotHandedOverError(KioskError):
    """A code was made and did not reach anybody."""


@dataclass(frozen=True)
class HandOver:
    """Where a new code and a new PIN go. `printer` None: the code nowhere but to the terminal, if `reveal`; `slips`
    None: the PIN likewise.
    """

    ways: Ways
    reveal: bool
    printer: BadgePrinter | None
    slips: SlipPrinter | None = None

    async def ready(self, user: User, kind: CodeKind) -> None:
        """Whether the code would reach somebody, before it is made. Raises DeviceError, PageError."""
        if self.printer:
            await self.printer.rehearse(user, kind)

    async def ready_for_pin(self, user: User, digits: int) -> None:
        """Whether a PIN of so many digits would reach somebody, before it is made. Raises DeviceError, PageError."""
        if self.slips:
            await self.slips.rehearse(user, digits)

    async def give(self, user: User, kind: CodeKind, code: QrCode) -> bool:
        """Print the badge, where that was asked. False when it did not come out, and the code is to be deleted.

        Raises NotHandedOverError when nobody knows whether it came out.
        """
        printer = self.printer
        if printer is None:
            await self._note(user, kind, code)
            return True
        result = await _until_out("badge", lambda: printer.print(user, kind, code))
        if result == "unknown":
            raise NotHandedOverError(
                "the code was created, and nobody knows whether its badge was printed",
                hint="look whether one came out; if not: kiosk code delete, then create again",
            )
        for note in printer.notes if result == "printed" else ():
            click.echo(f"note: {note}", err=True)
        return result == "printed"

    async def give_pin(self, user: User, pin: Secret) -> Result | None:
        """Print the slip, where that was asked; what became of it, None where it was not."""
        slips = self.slips
        return await _until_out("slip", lambda: slips.print(user, pin)) if slips else None

    def require_told(self, user: User, slip: Result | None) -> None:
        """Raises NotHandedOverError for a PIN that was to be on a slip which may not be there, and was not shown."""
        if slip in (None, "printed") or self.reveal:
            return
        said = "was not printed" if slip == "failed" else "may have been printed or not: look whether it came out"
        raise NotHandedOverError(
            f"the PIN is set, and its slip {said}",
            hint=f"to make another PIN: kiosk pin reset {user.user_principal_name} --slip",
        )

    async def _note(self, user: User, kind: CodeKind, code: QrCode) -> None:
        from kiosk.administration.noting import NotNotedError, note_issued

        try:
            await note_issued(self.ways.config, user, kind, code, at=code.created or code.start)
        except NotNotedError as wrong:
            click.echo(f"{wrong}: {wrong.hint}", err=True)  # the code is there, and is shown all the same

    async def taken_back(self, code: QrCode) -> None:
        """Note that the code was deleted again."""
        if self.printer:
            await self.printer.revoked(code)

    def secrets(self, code: QrCode, pin: Secret | None = None) -> dict[str, Any]:
        """What a program on a terminal gets with --reveal."""
        if not self.reveal:
            return {}
        shown: dict[str, Any] = {"pin": pin.reveal_text()} if pin else {}
        if code.image and self.printer is None:
            shown["content_base64"] = base64.b64encode(code.image.raw_content.reveal()).decode()
        return shown

    def show(self, code: QrCode, pin: Secret | None = None) -> None:
        """The secrets on the terminal, until Enter is pressed."""
        if not self.reveal or self.ways.as_json:
            return
        if code.image and self.printer is None:
            click.echo(of_image(code.image), color=True)
        if pin:
            click.echo(f"PIN: {pin.reveal_text()}   (once; to be changed at the first sign-in)")
        wipe_when_told()


def require_way(*, to_printer: bool, reveal: bool, as_json: bool) -> None:
    """Raises UsageError where a code that is made would be lost, as Graph gives its content only once."""
    if not to_printer and not reveal:
        raise UsageError(
            "Graph gives a code's content once, and it would be lost: nothing was created",
            hint="give --print for a badge from the configured printer, or --reveal to see the code on a terminal",
        )
    require_terminal(reveal=reveal)
    columns = os.get_terminal_size().columns if reveal and not to_printer and not as_json else COLUMNS
    if columns < COLUMNS:
        raise UsageError(f"this terminal has {columns} columns; a code needs {COLUMNS}", hint="make it wider")


async def _until_out(what: Literal["badge", "slip"], printed: Callable[[], Awaitable[Outcome]]) -> Result:
    """Print until it is out, or whoever is at the terminal has had enough. `unknown` only where nobody is."""
    result: Result = "failed"
    try:
        while True:
            result, reason = await _said(printed)
            if result == "printed":
                return result
            click.echo(f"not printed: {reason}" if result == "failed" else f"printed or not: {reason}", err=True)
            if not sys.stdin.isatty():
                return result
            if result == "unknown" and click.confirm(f"Did a whole {what} come out?", err=True):
                return "printed"
            if not click.confirm("Print it again?", default=True, err=True):
                return "failed"
    except (asyncio.CancelledError, click.Abort):
        # Stopped half-way by whoever started it: a code that nobody holds must not stay.
        return "failed" if what == "badge" else "unknown"


async def _said(printed: Callable[[], Awaitable[Outcome]]) -> tuple[Result, str]:
    try:
        outcome = await printed()
    except KioskError as wrong:
        return "failed", str(wrong)
    return outcome.result, outcome.reason or outcome.evidence


@asynccontextmanager
async def open_hand_over(
    ways: Ways, session: Session, *, to_printer: bool, reveal: bool, slip: bool = False
) -> AsyncIterator[HandOver]:
    """Where a new code and a new PIN will go. Raises UsageError, DeviceError, RegistryError."""
    if not to_printer and not slip:
        yield HandOver(ways, reveal, None)
        return
    from kiosk.administration.printing import open_printer

    async with open_printer(ways.config, session.clock, session.graph.photo) as (printer, slips):
        yield HandOver(ways, reveal, printer if to_printer else None, slips if slip else None)


def wipe_when_told() -> None:
    """Wait for Enter, or for Ctrl-C, then clear the screen and what can be scrolled back to."""
    if not sys.stdin.isatty():
        return
    with suppress(click.Abort):
        click.prompt(
            "Press Enter to wipe this from the screen", default="", show_default=False, hide_input=True, err=True
        )
    click.echo("\x1b[H\x1b[2J\x1b[3J", nl=False, color=True)
