"""Pages on their way to paper: drawn, handed to the printer's driver, printed once it reads in them what is meant.

A badge must read as its code, a page of nobody's code as just that, and a slip with a PIN as nothing at all.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from drivers.wire.messages import Outcome, Page, Prepared
from drivers.wire.secret import Secret
from kiosk.badge import grade, page, qr
from kiosk.badge.content import Badge, digest
from kiosk.badge.kind import CodeKind
from kiosk.badge.template import Field
from kiosk.devices.link import DeviceError
from kiosk.devices.printer import Printer
from kiosk.errors import KioskError
from kiosk.stationery import NOBODY, Holder, Life, Stationery, nobodys, only_badge, symbols

_TOO_NARROW: Final = "set the printer's width and dpi, or use a wider one"
_UNREADABLE: Final = "the printer's driver cannot read a page drawn for it"
_DISAGREES: Final = "Graph's image and its content do not agree: the image is printed"
_A_DAY: Final = timedelta(days=1)


class PageError(KioskError):
    """The page cannot be drawn, or does not say what it should. Nothing was printed."""


@dataclass(frozen=True)
class Made:
    """A code as Graph gave it: what a badge says of it, its image, and its content."""

    life: Life
    image: Secret
    content: Secret


@dataclass(frozen=True)
class Ready:
    """A badge the driver holds under `job`, and what it reads in it.

    `source`: what the symbol is from. `agrees`: the symbol says what Graph's content says; where not, the symbol
    counts. `grade`: of the symbol, A to F; empty where the driver could not say. `missing`: graphemes no font has,
    question marks on the page. `left_out`: fields that had no room.
    """

    job: str
    badge: Badge
    source: str
    agrees: bool
    grade: str
    missing: str = ""
    left_out: tuple[Field, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person must hear about the badge; empty when it is as it should be. Part of a name may be in it."""
        missing = (f"no font here has {self.missing}; question marks are printed",) if self.missing else ()
        left_out = (f"left out: {', '.join(self.left_out)}",) if self.left_out else ()
        return missing + left_out + (() if self.agrees else (_DISAGREES,))


class Press:
    """The pages of one site on one printer. Every page handed over is printed or dropped by whoever asked for it.

    Each method raises DeviceError where the driver is away or refuses the page, and PageError.
    """

    def __init__(self, printer: Printer, stationery: Stationery) -> None:
        self._printer = printer
        self._stationery = stationery

    async def rehearse(self, holder: Holder, upn: str, kind: CodeKind, now: datetime) -> None:
        """Draw a page of this kind for this person with a code that is nobody's, and have it read. Prints nothing."""
        await self.drop(await self.nobodys(holder, upn, Life(kind, str(NOBODY), now + _A_DAY)))

    async def nobodys(self, holder: Holder, upn: str, life: Life) -> str:
        """The job of a badge with a code that is nobody's."""
        content = nobodys(upn)
        try:
            symbol = page.symbol_of(content, self._printer.paper)
        except ValueError as wrong:
            raise PageError(str(wrong), hint=_TOO_NARROW) from None
        job, prepared = await self._hand_over(self._draw(symbol, holder, life).page)
        if [digest(found.reveal()) for found in prepared.read] != [digest(content.reveal())]:
            await self.drop(job)
            raise PageError(_UNREADABLE, hint="run: kiosk doctor")
        return job

    async def badge(self, holder: Holder, made: Made) -> Ready:
        """The badge of a code, of its image, else of its content: whichever reads as that code."""
        for symbol, source in self._symbols(made):
            drawn = self._draw(symbol, holder, made.life)
            job, prepared = await self._hand_over(drawn.page)
            badge = only_badge(prepared.read)
            if badge and badge.code_id == made.life.code_id.lower():
                agrees = badge.digest == digest(made.content.reveal())
                said = grade.letter(prepared.quality)
                return Ready(job, badge, source, agrees, said, drawn.missing, drawn.left_out)
            await self.drop(job)
        raise PageError(
            "the page drawn for the new code does not read as that code; it was not printed",
            hint="try again; if it happens again, give up and use the admin centre",
        )

    async def rehearse_slip(self, holder: Holder, digits: int) -> None:
        """Draw a slip for this person with a PIN of so many digits that is nobody's. Prints nothing."""
        await self.drop(await self._slip(holder, Secret("0" * digits)))

    async def slip(self, holder: Holder, pin: Secret) -> Outcome:
        """Print the slip a PIN is handed over on, once. Raises UsageError unless the configuration allows slips."""
        return await self._printer.commit(await self._slip(holder, pin))

    async def print(self, job: str) -> Outcome:
        """Print a page that was handed over. Raises nothing."""
        return await self._printer.commit(job)

    async def drop(self, job: str) -> None:
        """Have the driver forget a page that was handed over. Raises nothing."""
        # A driver that cannot be told is away, and its pages with it.
        with suppress(DeviceError):
            await self._printer.cancel(job)

    async def _slip(self, holder: Holder, pin: Secret) -> str:
        try:
            drawn = self._stationery.pin_slip(holder, pin, self._printer.paper)
        except page.PageError as wrong:
            raise PageError(str(wrong), hint=_TOO_NARROW) from None
        job, prepared = await self._hand_over(drawn)
        if not prepared.read:
            return job
        for content in prepared.read:
            content.forget()
        await self.drop(job)
        raise PageError("a code was read in the page of a PIN slip, which has none; it was not printed")

    async def _hand_over(self, drawn: Page) -> tuple[str, Prepared]:
        job = str(uuid.uuid4())
        try:
            return job, await self._printer.prepare(job, drawn)
        except BaseException:
            # Whether or not the driver has it by now: nobody will ask for it.
            await self.drop(job)
            raise
        finally:
            drawn.rows.forget()

    def _draw(self, symbol: qr.Symbol, holder: Holder, life: Life) -> page.Drawn:
        try:
            return self._stationery.badge(symbol, holder, life, self._printer.paper)
        except page.PageError as wrong:
            raise PageError(str(wrong), hint=_TOO_NARROW) from None

    def _symbols(self, made: Made) -> Iterator[tuple[qr.Symbol, str]]:
        try:
            yield from symbols(made.image, made.content, self._printer.paper)
        except page.PageError as wrong:
            raise PageError(str(wrong)) from None
