"""How many labels a printer has left, counted down by each that was used or may have been.

It is no fact about anybody, so the audit says nothing of it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, insert, select, update

from kiosk.registry.audit import Writing
from kiosk.registry.schema import STOCK


def remaining(connection: Connection, station: str, printer: str) -> int | None:
    """Labels left in a printer; None where nobody has counted yet."""
    return connection.execute(select(STOCK.c.remaining).where(_this(station, printer))).scalar()


def use(writing: Writing, station: str, printer: str, labels: int, *, full: int, at: datetime) -> int:
    """Take `labels` off what is left, or off `full` where nobody has counted yet; gives what is left, at least 0."""
    left = func.max(0, STOCK.c.remaining - labels)
    if not _change(writing.connection, station, printer, {"remaining": left, "changed_at": at}):
        put(writing, station, printer, max(0, full - labels), at=at)
    found = remaining(writing.connection, station, printer)
    assert found is not None, "just written"
    return found


def put(writing: Writing, station: str, printer: str, labels: int, *, at: datetime) -> None:
    """So many labels are in it now."""
    values = {"remaining": labels, "changed_at": at}
    if not _change(writing.connection, station, printer, values):
        writing.connection.execute(insert(STOCK).values(station=station, printer=printer, **values))


def _change(connection: Connection, station: str, printer: str, values: dict[str, Any]) -> bool:
    return bool(connection.execute(update(STOCK).where(_this(station, printer)).values(**values)).rowcount)


def _this(station: str, printer: str) -> ColumnElement[bool]:
    return (STOCK.c.station == station) & (STOCK.c.printer == printer)
