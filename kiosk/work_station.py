"""A station opened to carry out a work list: its registry, Graph, scanners and printer, and nobody's screen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final

from drivers.wire.messages import FromDriver, Scan
from kiosk.approving import Approving
from kiosk.clock import Clock
from kiosk.config import Config
from kiosk.devices.printer import Printer
from kiosk.devices.stock import Stock
from kiosk.devices.supervisor import Supervisor
from kiosk.errors import UsageError
from kiosk.presence import Presence
from kiosk.registry import Registry
from kiosk.replace.approval import Granted
from kiosk.replace.desk import Desk
from kiosk.replace.facilities import Facilities
from kiosk.replace.plan import Reason, Refusal
from kiosk.state import SupervisorView
from kiosk.station import open_issuer
from kiosk.stationery import Stationery
from kiosk.supervisors import Supervisors, open_supervisors

#: Seconds a driver has to start and say hello.
_READY_SECONDS: Final = 25.0


@dataclass(frozen=True)
class WordOf:
    """The Word of those who signed in; of nobody by name where `supervisors` is empty."""

    approving: Approving
    supervisors: Sequence[SupervisorView]

    async def ask(self, reason: Reason, user_id: str) -> Granted | Refusal:
        """See Word."""
        return await self.approving.ask(reason, user_id, self.supervisors)

    async def take_up(self, replacement: str, reason: Reason, user_id: str) -> Refusal | None:
        """See Word."""
        return await self.approving.take_up(replacement, reason, user_id, self.supervisors)


@dataclass(frozen=True)
class WorkStation:
    """`use` acts as the station, or as whoever signs in; `supervisors` is None where nobody has to.

    `scan_seconds`: how long each badge is waited for, with others before the same scanner.
    """

    use: Facilities
    desk: Desk
    supervisors: Supervisors | None
    scan_seconds: float


def require_fit(config: Config) -> None:
    """Raises UsageError where this configuration could carry out no list."""
    if config.policy.replacement == "nobody":
        raise UsageError(
            'policy.replacement is "nobody": nothing is made at this station',
            hint='set it to "supervisor" or "attendant"',
        )
    for section, devices in (("scanners", config.scanners), ("printers", config.printers)):
        if not devices:
            raise UsageError(f"{config.file or 'the defaults'}: no [{section}]", hint="a work list needs both")


@asynccontextmanager
async def open_work_station(
    config: Config, clock: Clock, *, unknown: Callable[[], None], paper: bool
) -> AsyncIterator[WorkStation]:
    """Open all of it. `unknown` is called when a badge is held up that nobody waits for.

    With `paper` the drivers have to be there. Raises UsageError, RegistryError, GraphError, DeviceError.
    """
    require_fit(config)
    async with AsyncExitStack() as stack:
        registry = await stack.enter_async_context(
            Registry.open(config.registry_path, station=config.station.name, syslog=config.syslog)
        )
        own = await stack.enter_async_context(open_issuer(config, clock))
        supervisors = await stack.enter_async_context(open_supervisors(config, clock))
        issuer = supervisors.issuer if supervisors else own
        if issuer is None:
            raise UsageError("graph.tenant_id is not set", hint="name the tenant and a credential in [graph]")
        desk = Desk()
        scanners = _scanners(config, clock, desk, unknown)
        name, device = next(iter(config.printers.items()))
        printer = Supervisor("print", name, device, clock, lambda _: None)
        devices = [*scanners, printer]
        tasks = [asyncio.create_task(each.run(), name=each.name) for each in devices]
        stack.push_async_callback(_end, tasks)
        for each in devices if paper else ():
            await each.ready(_READY_SECONDS)
        stationery = Stationery.open(config)
        stock = Stock(name, device.roll, registry.stock, clock)
        use = Facilities(issuer, registry, Printer(printer, stock), clock, stationery, config.policy)
        scan_seconds = config.ui.scan_back_seconds * config.policy.printed_not_scanned
        yield WorkStation(use, desk, supervisors, scan_seconds)


async def _end(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _scanners(config: Config, clock: Clock, desk: Desk, unknown: Callable[[], None]) -> list[Supervisor]:
    presence = Presence(clock, config.ui.away_seconds)

    def hearing(scanner: str) -> Callable[[FromDriver], None]:
        def hear(message: FromDriver) -> None:
            if isinstance(message, Scan) and not message.request:
                strange = [digest for digest in desk.scanned(message.codes) if presence.fresh(scanner, digest)]
                if strange:
                    unknown()

        return hear

    return [Supervisor("scan", name, device, clock, hearing(name)) for name, device in config.scanners.items()]
