"""What an administrator has printed: badges, noted in the registry as issued here, and slips with PINs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import structlog

from drivers.wire.messages import Outcome
from drivers.wire.secret import Secret
from kiosk.administration.noting import ADMINISTRATOR, issued_code
from kiosk.badge.content import Badge
from kiosk.badge.kind import CodeKind
from kiosk.clock import Clock
from kiosk.config import Config
from kiosk.devices.opening import open_first_printer
from kiosk.devices.printer import Printer
from kiosk.errors import UsageError
from kiosk.graph.models import QrCode, User
from kiosk.photo import AskPhoto, photo_of
from kiosk.press import Made, Press
from kiosk.registry import CodeState, Detail, Registry, RegistryError
from kiosk.stationery import Holder, Life, Stationery

log = structlog.get_logger(__name__)


class BadgePrinter:
    """Prints badges of one person's codes, and notes them in the registry as issued here."""

    def __init__(  # noqa: PLR0917 - what printing a badge takes
        self,
        printer: Printer,
        stationery: Stationery,
        registry: Registry,
        config: Config,
        clock: Clock,
        ask_photo: AskPhoto,
    ) -> None:
        self._printer = printer
        self._press = Press(printer, stationery)
        self._stationery = stationery
        self._ask_photo = ask_photo
        self._photo: bytes | None = None
        self._without_photo = ""
        self._registry = registry
        self._config = config
        self._clock = clock
        #: What whoever ordered the badge last printed must hear about it; empty when it is as it should be.
        self.notes: tuple[str, ...] = ()

    async def rehearse(self, user: User, kind: CodeKind) -> None:
        """Whether a badge would come out, tried as far as can be without printing. Raises DeviceError, PageError."""
        await self._printer.require_fit(accept_unknown=self._config.policy.accept_unknown_printer)
        self._photo, self._without_photo = await photo_of(user.id, self._ask_photo, self._stationery)
        await self._press.rehearse(_holder(user, self._photo), user.user_principal_name, kind, self._clock.now())

    async def print(self, user: User, kind: CodeKind, code: QrCode) -> Outcome:
        """One badge, and what became of it: printed, failed or unknown. Raises DeviceError, PageError.

        Where Graph's image and its content do not agree, the image is what is printed, and `notes` says so.
        """
        assert code.image is not None, "a code just created has its image"
        made = Made(Life(kind, code.id, code.expire), code.image.binary_value, code.image.raw_content)
        ready = await self._press.badge(_holder(user, self._photo), made)
        await self._register(user, kind, code, ready.badge)
        outcome = await self._press.print(ready.job)
        if outcome.result == "printed":
            # What came out came out, whether or not that could be noted.
            with suppress(RegistryError):
                await self._became(code, CodeState.PRINTED)
        if not ready.agrees:
            await self._disagrees(user, code)
        self.notes = tuple(filter(None, (self._without_photo, *ready.notes)))
        return outcome

    async def _disagrees(self, user: User, code: QrCode) -> None:
        """The audit is told, where the doctor looks for it."""
        log.warning("image and content of a code do not agree", code_id=code.id)
        details: dict[str, Detail] = {"code_id": code.id.lower(), "image_agrees": False}
        with suppress(RegistryError):
            await self._registry.note("badge_prepared", at=self._clock.now(), subject=user.id, details=details)

    async def revoked(self, code: QrCode) -> None:
        """Note that the code was deleted again."""
        if await self._registry.code(code.id):
            await self._became(code, CodeState.REVOKED)

    async def _became(self, code: QrCode, state: CodeState) -> None:
        await self._registry.change_state(code.id, state, at=self._clock.now(), reason=ADMINISTRATOR)

    async def _register(self, user: User, kind: CodeKind, code: QrCode, badge: Badge) -> None:
        if await self._registry.code(code.id):
            return
        at, station = self._clock.now(), self._config.station.name
        issued = issued_code(user, kind, code, digest=badge.digest, at=at, station=station)
        async with self._registry.transaction() as together:
            together.add_code(issued)


class SlipPrinter:
    """Prints the slips that PINs are handed over on."""

    def __init__(self, printer: Printer, press: Press, *, accept_unknown: bool) -> None:
        self._printer = printer
        self._press = press
        self._accept_unknown = accept_unknown

    async def rehearse(self, user: User, digits: int) -> None:
        """Whether a slip with a PIN of so many digits would come out. Raises DeviceError, PageError."""
        await self._printer.require_fit(accept_unknown=self._accept_unknown)
        await self._press.rehearse_slip(_holder(user), digits)

    async def print(self, user: User, pin: Secret) -> Outcome:
        """One slip, and what became of it: printed, failed or unknown. Raises DeviceError, PageError."""
        return await self._press.slip(_holder(user), pin)


def require_slips(config: Config) -> None:
    """Raises UsageError where the configuration allows no PIN on paper."""
    if not config.badge.pin_slip:
        raise UsageError(
            "PIN slips are off: nothing was changed",
            hint="give --reveal to see the PIN on a terminal, or set badge.pin_slip = true to have PINs printed",
        )


@asynccontextmanager
async def open_printer(
    config: Config, clock: Clock, ask_photo: AskPhoto
) -> AsyncIterator[tuple[BadgePrinter, SlipPrinter]]:
    """What the first printer configured prints, its driver running. Raises UsageError, DeviceError, RegistryError."""
    if not config.printers:
        raise UsageError("no printer is configured", hint="set [printers.NAME], or use --reveal on a terminal")
    station, syslog = config.station.name, config.syslog
    async with (
        Registry.open(config.registry_path, station=station, syslog=syslog) as registry,
        open_first_printer(config, clock, registry) as printer,
    ):
        stationery = Stationery.open(config)
        badges = BadgePrinter(printer, stationery, registry, config, clock, ask_photo)
        accept_unknown = config.policy.accept_unknown_printer
        yield badges, SlipPrinter(printer, Press(printer, stationery), accept_unknown=accept_unknown)


def _holder(user: User, photo: bytes | None = None) -> Holder:
    name = user.display_name or user.user_principal_name
    return Holder(name, user.job_title or "", user.preferred_language or "", photo)
