"""How many labels a printer has left: counted in the registry, so that no driver or station begun anew forgets it."""

from __future__ import annotations

from typing import Final

import msgspec
import structlog

from drivers.wire.messages import Health, Outcome
from kiosk.clock import Clock
from kiosk.config import Roll
from kiosk.registry import RegistryError
from kiosk.registry.stock_of import Stocks

_HINT: Final = "have the next roll at hand; when it is in: kiosk print stock --new-roll"

log = structlog.get_logger(__name__)


class Stock:
    """The labels of one printer. `left` is what was read or counted last; None where nobody counts.

    A registry that cannot be read or written changes nothing about what is printed: the count is then as it was.
    """

    def __init__(self, printer: str, roll: Roll, kept: Stocks | None, clock: Clock) -> None:
        self._printer = printer
        self._roll = roll
        self._kept = kept if roll.stock else None
        self._clock = clock
        self.left: int | None = roll.stock if self._kept else None

    @property
    def counted(self) -> bool:
        """Whether somebody counts."""
        return self._kept is not None

    async def look(self) -> None:
        """Read what is left: another process may have printed, or said that a new roll is in."""
        if self._kept is None:
            return
        try:
            found = await self._kept.remaining(self._printer)
        except RegistryError as wrong:
            log.warning("the labels left could not be read", device=self._printer, reason=str(wrong))
            return
        self.left = self._roll.stock if found is None else found

    async def use(self, outcome: Outcome) -> None:
        """Count what a job used, or may have used."""
        if self._kept is None:
            return
        # Drivers that say nothing of labels used one wherever one may have come out.
        labels = max(outcome.labels, int(outcome.result != "failed"))
        if not labels:
            return
        full = self._roll.stock
        try:
            at = self._clock.now()
            self.left = await self._kept.use(self._printer, min(labels, full), full=full, at=at)
        except RegistryError as wrong:
            log.warning("a label was not counted", device=self._printer, reason=str(wrong))

    def tell(self, health: Health) -> Health:
        """`health` with what is left among its evidence, and as its reason when that is little and all else well."""
        if self.left is None:
            return health
        told = f"labels left {self.left}"
        evidence = "; ".join(filter(None, (health.evidence, told)))
        if health.state != "ok" or self.left > self._roll.low_stock:
            return msgspec.structs.replace(health, evidence=evidence)
        reason = "; ".join(filter(None, (health.reason, f"stock is low, {told}")))
        return msgspec.structs.replace(health, reason=reason, hint=health.hint or _HINT, evidence=evidence)
