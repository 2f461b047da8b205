"""Pictures somebody names: what is in them, asked of a driver process that reads them and leaves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from drivers.wire.messages import Error, FromDriver, Scan
from drivers.wire.options import PicturesOptions
from kiosk.config import Device
from kiosk.devices.link import open_link


async def read(paths: tuple[str, ...], *, every: bool, budget_ms: float | None = None) -> AsyncIterator[Scan | Error]:
    """One `scan` for each picture, or an `error` about it, in the order given. Raises DeviceError."""
    said: asyncio.Queue[FromDriver | None] = asyncio.Queue()
    options = PicturesOptions(paths=paths, all=every, budget_ms=budget_ms)
    device = Device(kind="pictures", options=options)
    link = await open_link("scan", "pictures", device, said.put_nowait)
    listening = asyncio.create_task(link.listen())
    listening.add_done_callback(lambda _: said.put_nowait(None))
    try:
        await link.configure(device)
        while (message := await said.get()) is not None:
            if isinstance(message, Scan | Error):
                yield message
    finally:
        await link.close()
        await listening
