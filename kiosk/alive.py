"""Tells systemd that the station runs, and goes on to tell it for as long as its loop turns."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from drivers.wire.notify import Notifier


@asynccontextmanager
async def keep_alive() -> AsyncIterator[None]:
    """READY=1 now, WATCHDOG=1 from the loop while inside, STOPPING=1 at the end; nothing at all without systemd."""
    notifier = Notifier.from_environment()
    notifier.ready()
    feeding = asyncio.create_task(_feed(notifier))
    try:
        yield
    finally:
        notifier.stopping()
        feeding.cancel()
        with suppress(asyncio.CancelledError):
            await feeding


async def _feed(notifier: Notifier) -> None:
    while notifier.interval:
        notifier.watchdog()
        await asyncio.sleep(notifier.interval)
