"""How many labels are left, as far as anybody counted."""

from __future__ import annotations

import msgspec

from drivers.wire.messages import Health
from drivers.wire.options import PaperOptions


class Stock:
    """Counts down from what was in the printer when it was configured. Knows nothing of a change of rolls since."""

    def __init__(self, options: PaperOptions) -> None:
        self._counted = bool(options.stock)
        self._low = options.low_stock
        self.left = options.stock

    def use(self) -> None:
        """A label was used, or may have been."""
        self.left = max(0, self.left - 1)

    def tell(self, health: Health) -> Health:
        """`health` with what is left among its evidence, and as its reason when that is little and all else well."""
        if not self._counted:
            return health
        told = f"labels left {self.left}"
        low = health.state == "ok" and self.left <= self._low
        return msgspec.structs.replace(
            health,
            reason="; ".join(filter(None, (health.reason, f"stock is low, {told}"))) if low else health.reason,
            hint=health.hint or ("have the next roll at hand" if low else ""),
            evidence="; ".join(filter(None, (health.evidence, told))),
        )
