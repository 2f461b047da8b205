"""The composition root: opens what the configuration names, and runs it until told to stop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from drivers.wire.messages import Error, Frame, FromDriver, Health, Motion, Preview, Scan, Sight
from kiosk.by_badge import ByBadge
from kiosk.checking import Checker
from kiosk.clock import Clock, SystemClock
from kiosk.config import Config, Device
from kiosk.devices.link import Role
from kiosk.devices.printer import Printer
from kiosk.devices.stock import Stock
from kiosk.devices.supervisor import HEARTBEAT_SECONDS, Supervisor
from kiosk.graph.client import GraphClient
from kiosk.graph_settings import app_credential, graph_settings
from kiosk.presence import Presence
from kiosk.registry import Registry
from kiosk.replace.facilities import Facilities
from kiosk.replace.issuer import GraphIssuer, Issuer
from kiosk.retaining import retain_daily
from kiosk.state import DeviceView
from kiosk.stationery import Stationery
from kiosk.supervisors import Supervisors, open_supervisors
from kiosk.viewfinder import Viewfinder
from kiosk.visit import Visit


class Station:
    """A station that is open. Make one with `open_station`."""

    def __init__(
        self,
        config: Config,
        clock: Clock,
        registry: Registry,
        issuer: Issuer | None,
        supervisors: Supervisors | None = None,
    ) -> None:
        self.config = config
        self.registry = registry
        self.issuer = issuer
        self.supervisors = supervisors
        self.devices: list[tuple[str, Supervisor]] = []
        self._clock = clock
        self._tasks: list[asyncio.Task[None]] = []
        self._stocks = {
            name: Stock(name, device.roll, registry.stock, clock) for name, device in config.printers.items()
        }
        for name, device in config.scanners.items():
            self._add("scan", name, device)
        for name, device in config.printers.items():
            self._add("print", name, device)
        checker = Checker(registry, issuer, clock, config.graph.domains)
        presence = Presence(clock, config.ui.away_seconds)
        by_badge = ByBadge(checker, registry, clock) if issuer and config.policy.supervisors_group else None
        self.visit = Visit(checker, self._facilities(), presence, config.ui, supervisors, by_badge)
        self.viewfinder = Viewfinder(clock, lambda: self.visit.board.state.aiming, self._ask_for_pictures)

    @property
    def printer(self) -> Printer | None:
        """Where badges come out: the first printer configured."""
        return next(
            (Printer(device, self._stocks[device.name]) for role, device in self.devices if role == "print"), None
        )

    def start(self) -> None:
        """Start the drivers, and the looking after what was not finished and what is too old to be kept."""
        self._tasks = [asyncio.create_task(device.run(), name=device.name) for _, device in self.devices]
        self._tasks.append(asyncio.create_task(self.visit.recovering.watch(), name="unfinished"))
        retaining = retain_daily(self.registry, self._clock, self.config.registry.retention_days)
        self._tasks.append(asyncio.create_task(retaining, name="retention"))
        self._tasks.append(asyncio.create_task(self._count(), name="stock"))

    async def close(self) -> None:
        """Stop the looking, the visit and the drivers."""
        await self.viewfinder.close()
        await self.visit.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _facilities(self) -> Facilities | None:
        printer, config = self.printer, self.config
        issuer = self.issuer or (self.supervisors.issuer if self.supervisors else None)
        if issuer is None or printer is None or config.policy.replacement == "nobody":
            return None
        return Facilities(issuer, self.registry, printer, self._clock, Stationery.open(config), config.policy)

    def _add(self, role: Role, name: str, device: Device) -> None:
        def hear(message: FromDriver) -> None:
            if isinstance(message, Scan) and not message.request:
                self.visit.scanned(name, message)
            elif isinstance(message, Error) and message.about == "scan":
                self.visit.misread()
            elif isinstance(message, Motion | Sight | Frame):
                self.viewfinder.heard(name, message)
            elif isinstance(message, Health):
                health = self._stocks[name].tell(message) if role == "print" else message
                self._show_device(DeviceView(name, role, health))

        self.devices.append((role, Supervisor(role, name, device, self._clock, hear)))

    async def _ask_for_pictures(self, scanner: str, on: bool) -> None:  # noqa: FBT001
        for role, device in self.devices:
            if (role, device.name) == ("scan", scanner) and "preview" in device.capabilities:
                await device.tell(Preview(on=on))

    async def _count(self) -> None:
        """Show what other processes count, too: a command that prints, or says that a new roll is in."""
        counted = [(name, stock) for name, stock in self._stocks.items() if stock.counted]
        while counted:
            for name, stock in counted:
                await stock.look()
                self._show_devices(name)
            await self._clock.sleep(HEARTBEAT_SECONDS)

    def _show_devices(self, printer: str) -> None:
        for role, device in self.devices:
            if role == "print" and device.name == printer:
                self._show_device(DeviceView(printer, "print", self._stocks[printer].tell(device.health)))

    def _show_device(self, view: DeviceView) -> None:
        board = self.visit.board
        if view in board.state.devices:
            return  # said again at every heartbeat
        shown = {(device.role, device.name): device for device in board.state.devices}
        shown[view.role, view.name] = view
        board.change(devices=tuple(shown[key] for key in sorted(shown)))


@asynccontextmanager
async def open_station(config: Config, clock: Clock | None = None) -> AsyncIterator[Station]:
    """The station of a configuration, its registry open and its drivers running.

    Raises UsageError, RegistryError, GraphError.
    """
    clock = clock or SystemClock()
    async with AsyncExitStack() as stack:
        registry = await stack.enter_async_context(
            Registry.open(
                config.registry_path, station=config.station.name, syslog=config.syslog, mend_at=clock.now()
            )
        )
        await registry.retain(at=clock.now(), days=config.registry.retention_days)
        issuer = await stack.enter_async_context(open_issuer(config, clock))
        supervisors = await stack.enter_async_context(open_supervisors(config, clock))
        station = Station(config, clock, registry, issuer, supervisors)
        stack.push_async_callback(station.close)
        station.start()
        await station.visit.recovering.list()
        yield station


@asynccontextmanager
async def look_at_station(config: Config, clock: Clock) -> AsyncIterator[Station]:
    """The station of a configuration, to be looked at: no driver is started, and the registry is not written.

    Raises UsageError, RegistryError, GraphError.
    """
    async with AsyncExitStack() as stack:
        registry = await stack.enter_async_context(Registry.open(config.registry_path, read_only=True))
        issuer = await stack.enter_async_context(open_issuer(config, clock))
        supervisors = await stack.enter_async_context(open_supervisors(config, clock))
        station = Station(config, clock, registry, issuer, supervisors)
        stack.push_async_callback(station.close)
        yield station


@asynccontextmanager
async def open_issuer(config: Config, clock: Clock) -> AsyncIterator[Issuer | None]:
    """The way to Graph that `[graph]` describes; None when it names no tenant, or leaves all of it to supervisors.

    Raises UsageError, GraphError.
    """
    if not config.graph.tenant_id or config.only_supervisors:
        yield None
        return
    settings = graph_settings(config)
    async with GraphClient(settings, app_credential(config, settings, clock), clock=clock) as graph:
        yield GraphIssuer(graph)
