"""Successful scans, counted by day and verdict and by nothing else."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection, insert, select, update

from kiosk.registry.audit import Writing
from kiosk.registry.schema import SCANS


def count(writing: Writing, verdict: str, *, at: datetime) -> None:
    """One more scan with this verdict on the day of `at`, in UTC."""
    if at.utcoffset() is None:
        raise ValueError("a time in the registry needs its zone")
    day = at.astimezone(UTC).date().isoformat()
    this = (SCANS.c.day == day) & (SCANS.c.verdict == verdict)
    if not writing.connection.execute(update(SCANS).where(this).values(count=SCANS.c.count + 1)).rowcount:
        writing.connection.execute(insert(SCANS).values(day=day, verdict=verdict, count=1))


def counted(connection: Connection) -> tuple[tuple[str, str, int], ...]:
    """Day, verdict and how many, oldest day first."""
    rows = connection.execute(select(SCANS).order_by(SCANS.c.day, SCANS.c.verdict))
    return tuple((day, verdict, number) for day, verdict, number in rows)
