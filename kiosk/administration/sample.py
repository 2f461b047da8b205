"""Pages with nobody's code: to look at, and to try the printer with."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from drivers.wire.messages import Outcome
from kiosk.badge import page
from kiosk.badge.content import digest
from kiosk.badge.kind import CodeKind
from kiosk.badge.template import Template
from kiosk.clock import Clock
from kiosk.config import Config
from kiosk.devices.printer import Printer, paper_of
from kiosk.devices.supervisor import Supervisor
from kiosk.errors import KioskError, UsageError
from kiosk.stationery import NOBODY, Holder, Life, Stationery, nobodys

#: Seconds a driver has to start and say hello.
_READY_SECONDS: Final = 25.0
_NOBODY_UPN: Final = "nobody@example.invalid"
_TEST_NAME: Final = "TEST PAGE · ZOË ŚLIWIŃSKA"
#: Drawn for where no printer is configured.
_USUAL: Final = page.Printer(576, 203)
_STANDARD_DAYS: Final = 365
#: When previews begin: whoever draws the same gets the same.
_BEGIN: Final = datetime(2027, 1, 4, 10, 0, tzinfo=UTC)


class SamplePageError(KioskError):
    """The page does not fit, or its driver does not read it."""


@dataclass(frozen=True)
class Tried:
    """What became of a test page on which printer."""

    printer: str
    outcome: Outcome

    def row(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "printer": self.printer,
            "result": self.outcome.result,
            "reason": self.outcome.reason,
            "evidence": self.outcome.evidence,
        }


def sample(
    config: Config,
    holder: Holder,
    *,
    template: Template | None = None,
    printer: page.Printer | None = None,
    life: timedelta | None = None,
) -> page.Drawn:
    """A badge of nobody's code, always the same. `life`: of a temporary one. Raises SamplePageError, ConfigError."""
    stationery = Stationery.open(config)
    if template:
        stationery = replace(stationery, template=template)
    kind = CodeKind.TEMPORARY if life else CodeKind.STANDARD
    expires = _BEGIN + (life or timedelta(days=_STANDARD_DAYS))
    content = nobodys(_NOBODY_UPN, random=False)
    try:
        paper = printer or _configured(config)
        symbol = page.symbol_of(content, paper)
        return stationery.badge(symbol, holder, Life(kind, str(NOBODY), expires), paper)
    except ValueError as wrong:
        raise SamplePageError(str(wrong), hint="set the printer's width and dpi, or use a wider one") from None


def _configured(config: Config) -> page.Printer:
    return next((paper_of(device.options) for device in config.printers.values()), _USUAL)


async def print_test(config: Config, clock: Clock) -> Tried:
    """Print a page on the first printer configured. Raises UsageError, DeviceError, SamplePageError."""
    first = next(iter(config.printers.items()), None)
    if first is None:
        raise UsageError("no printer is configured", hint="set [printers.NAME]")
    stationery = Stationery.open(config)
    supervisor = Supervisor("print", *first, clock, lambda _: None)
    running = asyncio.create_task(supervisor.run())
    try:
        await supervisor.ready(_READY_SECONDS)
        printer = Printer(supervisor)
        return Tried(printer.name, await _print(printer, stationery, clock))
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def _print(printer: Printer, stationery: Stationery, clock: Clock) -> Outcome:
    content, job = nobodys(_NOBODY_UPN), str(uuid.uuid4())
    life = Life(CodeKind.STANDARD, str(NOBODY), clock.now())
    try:
        symbol = page.symbol_of(content, printer.paper)
        drawn = stationery.badge(symbol, Holder(_TEST_NAME), life, printer.paper)
    except ValueError as wrong:
        raise SamplePageError(str(wrong), hint="set the printer's width and dpi, or use a wider one") from None
    read = (await printer.prepare(job, drawn.page)).read
    if [digest(found.reveal()) for found in read] != [digest(content.reveal())]:
        await printer.cancel(job)
        raise SamplePageError("the printer's driver cannot read a page drawn for it", hint="run: kiosk doctor")
    return await printer.commit(job)
