"""A badge on the configured printer: rehearsed before a code is made, and read by the driver before it is printed."""

from __future__ import annotations

import asyncio
import secrets
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Final

from drivers.wire.messages import Outcome, Page
from drivers.wire.secret import Secret
from kiosk.badge import page, qr
from kiosk.badge.content import digest
from kiosk.badge.kind import CodeKind
from kiosk.clock import Clock
from kiosk.config import Config
from kiosk.devices.link import DeviceError
from kiosk.devices.printer import Printer
from kiosk.devices.supervisor import Supervisor
from kiosk.errors import KioskError, UsageError
from kiosk.graph.models import QrCode, User
from kiosk.registry import CodeState, IssuedCode, Registry, RegistryError

#: Seconds a driver has to start and say hello.
_READY_SECONDS: Final = 25.0
#: Bytes of the longest content Microsoft's samples point to, for the rehearsal.
_LONGEST: Final = 271
_REASON: Final = "administrator"


class PrintError(KioskError):
    """The badge cannot be drawn, or what was drawn does not say what it should."""


class BadgePrinter:
    """Prints badges of one person's codes, and notes them in the registry as issued here."""

    def __init__(self, printer: Printer, registry: Registry, config: Config, clock: Clock) -> None:
        self._printer = printer
        self._registry = registry
        self._config = config
        self._clock = clock

    async def rehearse(self, user: User, kind: CodeKind) -> None:
        """Whether a badge would come out, tried as far as can be without printing. Raises DeviceError, PrintError."""
        health = await self._printer.health()
        acceptable = health.state == "unknown" and self._config.policy.accept_unknown_printer
        if health.state != "ok" and not acceptable:
            raise DeviceError(f"printer {self._printer.name}: {health.reason or health.state}", hint=health.hint)
        nobody = uuid.UUID(int=0)
        start = f"ms-qrpin:v1|{user.user_principal_name}|{nobody}|"
        content = Secret(start + secrets.token_hex(_LONGEST)[: max(1, _LONGEST - len(start.encode()))])
        now = self._clock.now()
        code = QrCode(id=str(nobody), start=now, expire=now + timedelta(days=1))
        job = await self._prepare(self._draw(qr.from_content(content), user, kind, code), content)
        await self._drop(job)

    async def print(self, user: User, kind: CodeKind, code: QrCode) -> Outcome:
        """One badge, and what became of it: printed, failed or unknown. Raises DeviceError, PrintError."""
        assert code.image is not None, "a code just created has its image"
        try:
            symbol = qr.from_image(code.image.binary_value)
        except qr.SymbolError:
            symbol = qr.from_content(code.image.raw_content)
        job = await self._prepare(self._draw(symbol, user, kind, code), code.image.raw_content)
        await self._register(user, kind, code)
        outcome = await self._printer.commit(job)
        if outcome.result == "printed":
            # What came out came out, whether or not that could be noted.
            with suppress(RegistryError):
                await self._became(code, CodeState.PRINTED)
        return outcome

    async def revoked(self, code: QrCode) -> None:
        """Note that the code was deleted again."""
        if await self._registry.code(code.id):
            await self._became(code, CodeState.REVOKED)

    async def _became(self, code: QrCode, state: CodeState) -> None:
        await self._registry.change_state(code.id, state, at=self._clock.now(), reason=_REASON)

    async def _prepare(self, drawn: Page, content: Secret) -> str:
        job = str(uuid.uuid4())
        try:
            read = await self._printer.prepare(job, drawn)
        finally:
            drawn.rows.forget()
        right = [digest(found.reveal()) for found in read] == [digest(content.reveal())]
        for found in read:
            found.forget()
        if not right:
            await self._drop(job)
            raise PrintError(
                "the page drawn for the badge does not read as its code; it was not printed", hint="run: kiosk doctor"
            )
        return job

    async def _drop(self, job: str) -> None:
        # A driver that cannot be told is away, and its pages with it.
        with suppress(DeviceError):
            await self._printer.cancel(job)

    def _draw(self, symbol: qr.Symbol, user: User, kind: CodeKind, code: QrCode) -> Page:
        station = self._config.station
        artwork = page.Artwork(
            name=user.display_name or user.user_principal_name,
            organisation=station.organisation,
            station=station.name,
            kind=kind,
            expires=code.expire.astimezone(self._config.zone),
            code_id=code.id,
        )
        try:
            return page.draw(symbol, artwork, self._printer.paper)
        except page.PageError as wrong:
            raise PrintError(str(wrong), hint="set the printer's width and dpi, or use a wider one") from None

    async def _register(self, user: User, kind: CodeKind, code: QrCode) -> None:
        assert code.image is not None, "a code just created has its image"
        if await self._registry.code(code.id):
            return
        now = self._clock.now()
        issued = IssuedCode(
            code_id=code.id,
            user_id=user.id,
            upn=user.user_principal_name,
            display_name=user.display_name or "",
            kind=kind,
            digest=digest(code.image.raw_content.reveal()),
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
    async with Registry.open(config.registry_path) as registry:
        running = asyncio.create_task(supervisor.run())
        try:
            await supervisor.ready(_READY_SECONDS)
            yield BadgePrinter(Printer(supervisor), registry, config, clock)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
