"""One configured printer opened for a command: its driver running, its labels counted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

from kiosk.clock import Clock
from kiosk.config import Config
from kiosk.devices.printer import Printer
from kiosk.devices.stock import Stock
from kiosk.devices.supervisor import Supervisor
from kiosk.errors import UsageError
from kiosk.registry import Registry

#: Seconds a driver has to start and say hello.
READY_SECONDS: Final = 25.0


@asynccontextmanager
async def open_first_printer(
    config: Config, clock: Clock, registry: Registry | None = None
) -> AsyncIterator[Printer]:
    """The printer badges come out of. Without `registry` one is opened where labels are counted.

    Raises UsageError where none is configured, DeviceError, RegistryError.
    """
    first = next(iter(config.printers.items()), None)
    if first is None:
        raise UsageError("no printer is configured", hint="set [printers.NAME]")
    name, device = first
    async with AsyncExitStack() as stack:
        if registry is None and device.roll.stock:
            station, syslog = config.station.name, config.registry.syslog
            opened = Registry.open(config.registry_path, station=station, syslog=syslog)
            registry = await stack.enter_async_context(opened)
        supervisor = Supervisor("print", name, device, clock, lambda _: None)
        running = asyncio.create_task(supervisor.run())
        stack.push_async_callback(_end, running)
        await supervisor.ready(READY_SECONDS)
        yield Printer(supervisor, Stock(name, device.roll, registry.stock if registry else None, clock))


async def _end(running: asyncio.Task[None]) -> None:
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
