"""What the registry may say of people ends by age, also at a station that is never started again."""

from __future__ import annotations

from typing import Final

import structlog

from kiosk.clock import Clock
from kiosk.registry import Registry, RegistryError

#: Seconds between one look and the next.
_DAY: Final = 24 * 60 * 60.0

log = structlog.get_logger(__name__)


async def retain_daily(registry: Registry, clock: Clock, days: int) -> None:
    """Drop, once a day, who is named by what ended more than `days` ago. Until cancelled.

    A registry that cannot be written is said in the log, and is tried again the next day.
    """
    while True:
        await clock.sleep(_DAY)
        try:
            await registry.retain(at=clock.now(), days=days)
        except RegistryError as wrong:
            log.warning("nobody was dropped from the registry", reason=str(wrong))
