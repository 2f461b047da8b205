"""What printers have left, as the station uses it: `registry.stock`."""

from __future__ import annotations

from datetime import datetime

from kiosk.registry import stock
from kiosk.registry.worker import Worker


class Stocks:
    """The printers of one station, by their names in its configuration. Each method raises RegistryError."""

    def __init__(self, worker: Worker, station: str) -> None:
        self._worker = worker
        self._station = station

    async def remaining(self, printer: str) -> int | None:
        """Labels left in a printer; None where nobody has counted yet."""
        return await self._worker.read(stock.remaining, self._station, printer)

    async def use(self, printer: str, labels: int, *, full: int, at: datetime) -> int:
        """Take `labels` off what is left, or off `full` where nobody has counted yet; gives what is left."""
        return await self._worker.write(stock.use, self._station, printer, labels, full=full, at=at)

    async def put(self, printer: str, labels: int, *, at: datetime) -> None:
        """So many labels are in it now."""
        await self._worker.write(stock.put, self._station, printer, labels, at=at)
