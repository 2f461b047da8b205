"""What the station's printers have left, read and set from a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from drivers.wire.options import nearest
from kiosk.clock import Clock
from kiosk.config import Config, Device
from kiosk.errors import UsageError
from kiosk.registry import Registry


@dataclass(frozen=True)
class Counted:
    """What one printer has left, of how many."""

    printer: str
    left: int
    full: int
    low_stock: int

    @property
    def low(self) -> bool:
        """Whether that is little."""
        return self.left <= self.low_stock

    def row(self) -> dict[str, Any]:
        """For JSON."""
        return {"printer": self.printer, "left": self.left, "full": self.full, "low": self.low}


async def counted(config: Config) -> Sequence[Counted]:
    """Every printer whose labels are counted. Raises UsageError where there is none, RegistryError."""
    printers = _counted(config)
    if not config.registry_path.exists():
        return [_of(name, device, None) for name, device in printers.items()]
    station = config.station.name
    async with Registry.open(config.registry_path, read_only=True, station=station) as registry:
        return [_of(name, device, await registry.stock.remaining(name)) for name, device in printers.items()]


async def put(config: Config, clock: Clock, printer: str, labels: int | None) -> Counted:
    """So many labels are in this printer now, None for a full roll; an empty name is the first that is counted.

    Raises UsageError for a printer that is not counted, RegistryError.
    """
    printers = _counted(config)
    name = printer or next(iter(printers))
    if name not in printers:
        if name in config.printers:
            raise _not_counted(name)
        raise UsageError(f"no printer is called {name!r}; {nearest(name, list(config.printers))}")
    device = printers[name]
    station, syslog = config.station.name, config.registry.syslog
    async with Registry.open(config.registry_path, station=station, syslog=syslog) as registry:
        left = device.roll.stock if labels is None else labels
        await registry.stock.put(name, left, at=clock.now())
    return _of(name, device, left)


def _counted(config: Config) -> dict[str, Device]:
    found = {name: device for name, device in config.printers.items() if device.roll.stock}
    if not found:
        first = next(iter(config.printers), None)
        if first is None:
            raise UsageError("no printer is configured", hint="set [printers.NAME]")
        raise _not_counted(first)
    return found


def _not_counted(name: str) -> UsageError:
    hint = f"set stock = N in [printers.{name}]: the labels of a full roll"
    return UsageError(f"nobody counts the labels of printer {name}", hint=hint)


def _of(name: str, device: Device, left: int | None) -> Counted:
    full = device.roll.stock
    return Counted(name, full if left is None else left, full, device.roll.low_stock)
