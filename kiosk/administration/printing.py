"""A badge on the configured printer: rehearsed before a code is made, and read by the driver before it is printed."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Final

import structlog

from drivers.wire.messages import Outcome, Page
from drivers.wire.secret import Secret
from kiosk.badge import page, qr
from kiosk.badge.content import Badge, digest
from kiosk.badge.kind import CodeKind
from kiosk.clock import Clock
from kiosk.config import Config
from kiosk.devices.link import DeviceError
from kiosk.devices.printer import Printer
from kiosk.devices.supervisor import Supervisor
from kiosk.errors import KioskError, UsageError
from kiosk.graph.models import QrCode, User
from kiosk.registry import CodeState, IssuedCode, Registry, RegistryError
from kiosk.stationery import NOBODY, Holder, Life, Stationery, nobodys, only_badge, symbols

log = structlog.get_logger(__name__)

#: Seconds a driver has to start and say hello.
_READY_SECONDS: Final = 25.0
_REASON: Final = "administrator"
_TOO_NARROW: Final = "set the printer's width and dpi, or use a wider one"
_DISAGREES: Final = "Graph's image and its content do not agree: the image was printed"


class PrintError(KioskError):
    """The badge cannot be drawn, or what was drawn does not say what it should."""


class BadgePrinter:
    """Prints badges of one person's codes, and notes them in the registry as issued here."""

    def __init__(self, printer: Printer, registry: Registry, config: Config, clock: Clock) -> None:
        self._printer = printer
        self._registry = registry
        self._config = config
        self._clock = clock
        self._stationery = Stationery.open(config)
        #: What whoever ordered the badge last printed must hear about it; empty when it is as it should be.
        self.notes: tuple[str, ...] = ()

    async def rehearse(self, user: User, kind: CodeKind) -> None:
        """Whether a badge would come out, tried as far as can be without printing. Raises DeviceError, PrintError."""
        health = await self._printer.health()
        acceptable = health.state == "unknown" and self._config.policy.accept_unknown_printer
        if health.state != "ok" and not acceptable:
            raise DeviceError(f"printer {self._printer.name}: {health.reason or health.state}", hint=health.hint)
        content = nobodys(user.user_principal_name)
        now = self._clock.now()
        code = QrCode(id=str(NOBODY), start=now, expire=now + timedelta(days=1))
        try:
            symbol = page.symbol_of(content, self._printer.paper)
        except ValueError as wrong:
            raise PrintError(str(wrong), hint=_TOO_NARROW) from None
        job, read = await self._prepare(self._draw(symbol, user, kind, code))
        await self._drop(job)
        if [digest(found.reveal()) for found in read] != [digest(content.reveal())]:
            raise PrintError("the printer's driver cannot read a page drawn for it", hint="run: kiosk doctor")

    async def print(self, user: User, kind: CodeKind, code: QrCode) -> Outcome:
        """One badge, and what became of it: printed, failed or unknown. Raises DeviceError, PrintError.

        Where Graph's image and its content do not agree, the image is what is printed, and `notes` says so.
        """
        job, badge, agrees = await self._ready(user, kind, code)
        await self._register(user, kind, code, badge)
        outcome = await self._printer.commit(job)
        if outcome.result == "printed":
            # What came out came out, whether or not that could be noted.
            with suppress(RegistryError):
                await self._became(code, CodeState.PRINTED)
        if not agrees:
            log.warning("image and content of a code do not agree", code_id=code.id)
            self.notes += (_DISAGREES,)
        return outcome

    async def _ready(self, user: User, kind: CodeKind, code: QrCode) -> tuple[str, Badge, bool]:
        """The job of a page that reads as `code`, what is read in it, and whether that is what Graph said of it."""
        assert code.image is not None, "a code just created has its image"
        content = code.image.raw_content
        try:
            for symbol, _ in symbols(code.image.binary_value, content, self._printer.paper):
                job, read = await self._prepare(self._draw(symbol, user, kind, code))
                badge = only_badge(read)
                if badge and badge.code_id == code.id.lower():
                    return job, badge, badge.digest == digest(content.reveal())
                await self._drop(job)
        except page.PageError as wrong:
            raise PrintError(str(wrong), hint=_TOO_NARROW) from None
        raise PrintError(
            "the page drawn for the badge does not read as its code; it was not printed", hint="run: kiosk doctor"
        )

    async def revoked(self, code: QrCode) -> None:
        """Note that the code was deleted again."""
        if await self._registry.code(code.id):
            await self._became(code, CodeState.REVOKED)

    async def _became(self, code: QrCode, state: CodeState) -> None:
        await self._registry.change_state(code.id, state, at=self._clock.now(), reason=_REASON)

    async def _prepare(self, drawn: Page) -> tuple[str, tuple[Secret, ...]]:
        job = str(uuid.uuid4())
        try:
            return job, (await self._printer.prepare(job, drawn)).read
        finally:
            drawn.rows.forget()

    async def _drop(self, job: str) -> None:
        # A driver that cannot be told is away, and its pages with it.
        with suppress(DeviceError):
            await self._printer.cancel(job)

    def _draw(self, symbol: qr.Symbol, user: User, kind: CodeKind, code: QrCode) -> Page:
        holder = Holder(name=user.display_name or user.user_principal_name, language=user.preferred_language or "")
        try:
            drawn = self._stationery.badge(symbol, holder, Life(kind, code.id, code.expire), self._printer.paper)
        except page.PageError as wrong:
            raise PrintError(str(wrong), hint=_TOO_NARROW) from None
        missing = (f"no font here has {drawn.missing}; question marks were printed",) if drawn.missing else ()
        left_out = (f"left out: {', '.join(drawn.left_out)}",) if drawn.left_out else ()
        self.notes = missing + left_out
        return drawn.page

    async def _register(self, user: User, kind: CodeKind, code: QrCode, badge: Badge) -> None:
        if await self._registry.code(code.id):
            return
        now = self._clock.now()
        issued = IssuedCode(
            code_id=code.id,
            user_id=user.id,
            upn=user.user_principal_name,
            display_name=user.display_name or "",
            kind=kind,
            digest=badge.digest,
            issued_at=now,
            start_at=code.start,
            expire_at=code.expire,
            station=self._config.station.name,
            changed_at=now,
            reason=_REASON,
        )
        async with self._registry.transaction() as together:
            together.add_code(issued)


@asynccontextmanager
async def open_printer(config: Config, clock: Clock) -> AsyncIterator[BadgePrinter]:
    """The first printer configured, its driver running. Raises UsageError, DeviceError, RegistryError."""
    first = next(iter(config.printers.items()), None)
    if first is None:
        raise UsageError("no printer is configured", hint="set [printers.NAME], or use --reveal on a terminal")
    supervisor = Supervisor("print", *first, clock, lambda _: None)
    async with Registry.open(config.registry_path, station=config.station.name, syslog=config.syslog) as registry:
        running = asyncio.create_task(supervisor.run())
        try:
            await supervisor.ready(_READY_SECONDS)
            yield BadgePrinter(Printer(supervisor), registry, config, clock)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
