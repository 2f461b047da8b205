"""The steps from a code to a badge in a hand: page, print, scan back."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from datetime import datetime, timedelta

import structlog

from drivers.wire.messages import Outcome, Page
from drivers.wire.secret import Secret
from kiosk.badge import grade, page, qr
from kiosk.badge.content import Badge, digest
from kiosk.badge.kind import CodeKind
from kiosk.devices.link import DeviceError
from kiosk.errors import KioskError
from kiosk.registry import CodeState, Detail, IssuedCode
from kiosk.replace.assignment import Assignment
from kiosk.replace.attendant import Attendant
from kiosk.replace.issuer import NewCode
from kiosk.stationery import NOBODY, Holder, Life, nobodys, only_badge, symbols

#: Gives a context: what fails to be written in it may be let pass.
Written = Callable[[], AbstractContextManager[None]]

log = structlog.get_logger(__name__)


class PageError(KioskError):
    """The page cannot be drawn, or does not say what it should. Nothing was printed."""


class PrintFailedError(KioskError):
    """The printer did not print, and says so."""


class PrintUnknownError(KioskError):
    """The printer took the page and nobody but the person in front of it knows what came out."""


class NotScannedBackError(KioskError):
    """Nobody held the new badge to the scanner, or it does not read."""


class PaperSteps:
    """One badge on paper. `job` names the page that is prepared, or was printed; `code_id` the code on it.

    Taken up again, it knows the badge that an earlier run printed and whose content is gone. Its notes in the
    registry are made in `written`.
    """

    def __init__(self, asked: Assignment, written: Written = nullcontext) -> None:
        found = asked.resumed.recovery if asked.resumed else None
        self.job = ""
        self.code_id = found.code_id if found else ""
        self._digest = found.digest if found else b""
        self._written = written
        self._plan = asked.plan
        self._person = asked.person
        self._registry = asked.use.registry
        self._printer = asked.use.printer
        self._clock = asked.use.clock
        self._stationery = asked.use.stationery
        #: Of the symbol on the page, as the driver sees it; empty where it could not say.
        self._grade = ""
        #: What became of `job`: asked of the printer once, however often the step is tried.
        self._outcome: Outcome | None = None

    async def rehearse(self) -> None:
        """Draw a page of this kind with a content that is nobody's, and have the driver read it. Prints nothing."""
        content = nobodys(self._person.account.upn)
        now = self._clock.now()
        code = NewCode(str(NOBODY), now, now + timedelta(days=1), Secret(b""), content)
        badge = self._draw(qr.from_content(content), code, self._plan.kind)
        job = str(uuid.uuid4())
        try:
            read = (await self._printer.prepare(job, badge)).read
        finally:
            await self._cancel(job)
        if [digest(found.reveal()) for found in read] != [digest(content.reveal())]:
            raise PageError("the printer's driver cannot read a page drawn for it", hint="run: kiosk doctor")

    async def prepare(self, code: NewCode, kind: CodeKind, replaces: Iterable[str]) -> Mapping[str, Detail]:
        """Draw the page, have the driver say what it reads in it, and register what that is.

        `replaces` are the ids of the codes in whose place it is.
        """
        for symbol, source in self._symbols(code):
            badge = await self._hand_over(symbol, code, kind)
            if badge:
                self._digest = badge.digest
                agrees = badge.digest == digest(code.content.reveal())
                with self._written():
                    await self._register(code, badge, kind, replaces)
                return {
                    "job": self.job,
                    "code_id": code.code_id,
                    "digest": badge.digest.hex(),
                    "symbol": source,
                    "image_agrees": agrees,
                    "grade": self._grade,
                }
        raise PageError(
            "the page drawn for the new code does not read as that code; it was not printed",
            hint="try again; if it happens again, give up and use the admin centre",
        )

    async def print(self) -> Mapping[str, Detail]:
        """Say commit, and take the driver's word for what became of it."""
        if self._outcome is None:
            self._outcome = await self._printer.commit(self.job)
        outcome = self._outcome
        if outcome.result == "printed":
            await self._became(CodeState.PRINTED)
            return _evidence(outcome)
        reason = outcome.reason or outcome.evidence
        if outcome.result == "failed":
            raise PrintFailedError(f"not printed: {reason}", hint="see to the printer, then print again")
        raise PrintUnknownError(
            f"nobody knows whether it was printed: {reason}", hint="look whether a badge came out"
        )

    def came_out(self) -> None:
        """A person saw the badge come out of a printer that said nothing: `print` then says so."""
        self._outcome = Outcome(job=self.job, result="printed", evidence="a person saw it come out")

    async def drop(self) -> None:
        """Have the driver forget a page that was handed over and not printed."""
        if self.job and self._outcome is None:
            await self._cancel(self.job)
        self.job, self._outcome = "", None

    async def scan_back(self, attendant: Attendant) -> Mapping[str, Detail]:
        """The badge in the hand says what Graph made: only this closes a replacement."""
        if not await attendant.scan_back(self._digest):
            raise NotScannedBackError("the new badge was not read", hint="hold it flat and still before the scanner")
        await self._became(CodeState.SCANNED)
        return {"digest": self._digest.hex()}

    async def _hand_over(self, symbol: qr.Symbol, code: NewCode, kind: CodeKind) -> Badge | None:
        """Give the driver the page; None, and it is taken back, when what the driver reads in it is not `code`."""
        await self.drop()
        drawn = self._draw(symbol, code, kind)
        self.job = str(uuid.uuid4())
        try:
            prepared = await self._printer.prepare(self.job, drawn)
        finally:
            drawn.rows.forget()
        self._grade = grade.letter(prepared.quality)
        badge = only_badge(prepared.read)
        if badge and badge.code_id == code.code_id:
            return badge
        await self.drop()
        return None

    async def _cancel(self, job: str) -> None:
        # A driver that cannot be told is away, and its pages with it.
        with suppress(DeviceError):
            await self._printer.cancel(job)

    def _draw(self, symbol: qr.Symbol, code: NewCode, kind: CodeKind) -> Page:
        holder = Holder(self._person.display_name, language=self._person.language)
        try:
            drawn = self._stationery.badge(symbol, holder, Life(kind, code.code_id, code.expire), self._printer.paper)
        except page.PageError as wrong:
            raise PageError(str(wrong), hint="set the printer's width and dpi, or use a wider one") from None
        if drawn.missing:
            # Which letters is part of a name: it is not for the log.
            log.warning("letters no font has were printed as question marks", count=len(drawn.missing))
        return drawn.page

    def _symbols(self, code: NewCode) -> Iterator[tuple[qr.Symbol, str]]:
        try:
            yield from symbols(code.image, code.content, self._printer.paper)
        except page.PageError as wrong:
            raise PageError(str(wrong)) from None

    async def _register(self, code: NewCode, badge: Badge, kind: CodeKind, replaces: Iterable[str]) -> None:
        self.code_id = code.code_id
        if await self._registry.code(code.code_id):
            return
        now = self._clock.now()
        known = [code_id for code_id in replaces if await self._registry.code(code_id)]
        async with self._registry.transaction() as together:
            together.add_code(self._issued(code, badge, kind, now))
            for old in known:
                together.change_state(
                    old, CodeState.REPLACED, at=now, reason=self._plan.reason, replaced_by=code.code_id
                )

    def _issued(self, code: NewCode, badge: Badge, kind: CodeKind, now: datetime) -> IssuedCode:
        return IssuedCode(
            code_id=code.code_id,
            user_id=self._person.user_id,
            upn=badge.upn,
            display_name=self._person.display_name,
            kind=kind,
            digest=badge.digest,
            issued_at=now,
            start_at=code.start,
            expire_at=code.expire,
            station=self._stationery.station.name,
            changed_at=now,
            reason=self._plan.reason,
        )

    async def _became(self, state: CodeState) -> None:
        with self._written():
            await self._registry.change_state(self.code_id, state, at=self._clock.now(), reason=self._plan.reason)


def _evidence(outcome: Outcome) -> Mapping[str, Detail]:
    return {"job": outcome.job, "evidence": outcome.evidence}
