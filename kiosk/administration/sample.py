"""Pages with nobody's code: to look at, and to try the printer with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from drivers.wire.messages import Outcome
from drivers.wire.secret import Secret
from kiosk.badge import page
from kiosk.badge.kind import CodeKind
from kiosk.badge.template import Template
from kiosk.clock import Clock
from kiosk.config import Config
from kiosk.devices.opening import open_first_printer
from kiosk.devices.printer import paper_of
from kiosk.errors import KioskError
from kiosk.graph.pin import PIN_LEAST_DIGITS
from kiosk.press import Press
from kiosk.stationery import NOBODY, Holder, Life, Stationery, nobodys

_NOBODY_UPN: Final = "nobody@example.invalid"
_TEST_NAME: Final = "TEST PAGE · ZOË ŚLIWIŃSKA"
_NARROW: Final = "set the printer's width and dpi, or use a wider one"
#: Drawn for where no printer is configured.
_USUAL: Final = page.Printer(576, 203)
_STANDARD_DAYS: Final = 365
#: When previews begin: whoever draws the same gets the same.
_BEGIN: Final = datetime(2027, 1, 4, 10, 0, tzinfo=UTC)


class SamplePageError(KioskError):
    """The page does not fit."""


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
    """A badge of nobody's code, always the same; of a slip's template, a slip of nobody's PIN.

    `life`: of a temporary badge. Raises SamplePageError, ConfigError.
    """
    stationery = Stationery.open(config)
    if template and template.document == "pin_slip":
        return _slip(replace(stationery, pin_slips=True, pin_slip_template=template), holder, config, printer)
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
        raise SamplePageError(str(wrong), hint=_NARROW) from None


def _slip(stationery: Stationery, holder: Holder, config: Config, printer: page.Printer | None) -> page.Drawn:
    try:
        drawn = stationery.pin_slip(holder, Secret("0" * PIN_LEAST_DIGITS), printer or _configured(config))
    except ValueError as wrong:
        raise SamplePageError(str(wrong), hint=_NARROW) from None
    return page.Drawn(drawn, module=0)


def _configured(config: Config) -> page.Printer:
    return next((paper_of(device.options) for device in config.printers.values()), _USUAL)


async def print_test(config: Config, clock: Clock) -> Tried:
    """Print a page on the first printer configured. Raises UsageError, DeviceError, PageError, RegistryError."""
    stationery = Stationery.open(config)
    async with open_first_printer(config, clock) as printer:
        press = Press(printer, stationery)
        life = Life(CodeKind.STANDARD, str(NOBODY), clock.now())
        job = await press.nobodys(Holder(_TEST_NAME), _NOBODY_UPN, life)
        return Tried(printer.name, await press.print(job))
