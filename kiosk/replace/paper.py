"""The steps from a code to a badge in a hand: page, print, scan back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import datetime

import structlog

from drivers.wire.messages import Outcome
from drivers.wire.secret import Secret
from kiosk.badge.content import Badge
from kiosk.badge.kind import CodeKind
from kiosk.errors import KioskError
from kiosk.photo import photo_of
from kiosk.press import Made, Press, Ready
from kiosk.registry import CodeState, Detail, IssuedCode
from kiosk.replace.assignment import Assignment
from kiosk.replace.attendant import Attendant, PrintSlip
from kiosk.replace.issuer import NewCode
from kiosk.stationery import Holder, Life

#: Gives a context: what fails to be written in it may be let pass.
Written = Callable[[], AbstractContextManager[None]]

log = structlog.get_logger(__name__)


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
        self._press = Press(asked.use.printer, asked.use.stationery)
        self._clock = asked.use.clock
        self._stationery = asked.use.stationery
        self._ask_photo = asked.use.issuer.photo
        self._holder = Holder(asked.person.display_name, asked.person.role, asked.person.language)
        self._without_photo = ""
        #: What a person must hear about the page; empty when it is as it should be.
        self.remark = ""
        #: What became of `job`: asked of the printer once, however often the step is tried.
        self._outcome: Outcome | None = None

    async def rehearse(self) -> None:
        """Draw a page of this kind with a content that is nobody's, and have the driver read it. Prints nothing.

        The worker's picture is fetched for it, where badges have one: not later, when there is no way back.
        """
        photo, self._without_photo = await photo_of(self._person.user_id, self._ask_photo, self._stationery)
        self._holder = replace(self._holder, photo=photo)
        await self._press.rehearse(self._holder, self._person.account.upn, self._plan.kind, self._clock.now())

    async def prepare(self, code: NewCode, kind: CodeKind, replaces: Iterable[str]) -> Mapping[str, Detail]:
        """Draw the page, have the driver say what it reads in it, and register what that is.

        `replaces` are the ids of the codes in whose place it is.
        """
        await self.drop()
        made = Made(Life(kind, code.code_id, code.expire), code.image, code.content)
        ready = await self._press.badge(self._holder, made)
        self.job, self._digest, self.remark = ready.job, ready.badge.digest, self._said(ready)
        _warn(ready)
        with self._written():
            await self._register(code, ready.badge, kind, replaces)
        return {
            "job": self.job,
            "code_id": code.code_id,
            "digest": ready.badge.digest.hex(),
            "symbol": ready.source,
            "image_agrees": ready.agrees,
            "grade": ready.grade,
        }

    def _said(self, ready: Ready) -> str:
        return "; ".join(filter(None, (self._without_photo, *ready.notes)))

    async def print(self) -> Mapping[str, Detail]:
        """Say commit, and take the driver's word for what became of it."""
        if self._outcome is None:
            self._outcome = await self._press.print(self.job)
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
            await self._press.drop(self.job)
        self.job, self._outcome = "", None

    async def scan_back(self, attendant: Attendant) -> Mapping[str, Detail]:
        """The badge in the hand says what Graph made: only this closes a replacement."""
        if not await attendant.scan_back(self._digest):
            raise NotScannedBackError("the new badge was not read", hint="hold it flat and still before the scanner")
        await self._became(CodeState.SCANNED)
        return {"digest": self._digest.hex()}

    def slip(self, pin: Secret) -> PrintSlip | None:
        """What prints the PIN on a slip of its own; None where policy allows none."""
        if not self._stationery.pin_slips:
            return None

        async def printed() -> Outcome:
            try:
                return await self._press.slip(self._holder, pin)
            except KioskError as wrong:
                return Outcome(job="", result="failed", reason=str(wrong), evidence="nothing was sent")

        return printed

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


def _warn(ready: Ready) -> None:
    if ready.missing:
        # Which letters is part of a name: it is not for the log.
        log.warning("letters no font has are question marks on the page", count=len(ready.missing))
