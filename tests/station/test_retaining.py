"""A station that is left alone forgets whom it has to forget, day by day, by the clock it was given."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import structlog

from kiosk import config
from kiosk.clock import ManualClock
from kiosk.registry import Registry
from kiosk.retaining import retain_daily
from kiosk.station import open_station

pytestmark = pytest.mark.anyio

NOW = datetime(2025, 11, 21, 14, 2, tzinfo=UTC)


async def expired(registry: Registry) -> AsyncIterator[bool]:
    """Whether anybody was dropped, asked again and again."""
    while True:
        yield any(entry.action == "people_expired" for entry in await registry.audit())


async def test_a_station_left_alone_drops_who_is_too_old(tmp_path: Path) -> None:
    """On the day after the retention time, and not at its next start."""
    settings = config.parse({"station": {"state_directory": str(tmp_path)}, "registry": {"retention_days": 30}}, None)
    clock = ManualClock(NOW)
    async with asyncio.timeout(60), open_station(settings, clock) as station:
        await station.registry.note("approved", at=NOW, actor="boss")
        async for done in expired(station.registry):
            if done:
                break
        told = [entry for entry in await station.registry.audit() if entry.action == "people_expired"]
    assert [entry.at - NOW for entry in told] == [timedelta(days=31)]


async def test_a_day_on_which_it_cannot_be_done_is_said_and_is_not_the_last(tmp_path: Path) -> None:
    """Another process writes on the first day; it is done when that has ended."""
    file, clock = tmp_path / "registry.db", ManualClock(NOW + timedelta(days=40))
    async with asyncio.timeout(60), Registry.open(file, busy_ms=20) as registry:
        await registry.note("approved", at=NOW, actor="boss")
        with (
            closing(sqlite3.connect(file, isolation_level=None)) as other,
            structlog.testing.capture_logs() as logged,
        ):
            other.execute("BEGIN IMMEDIATE")
            daily = asyncio.create_task(retain_daily(registry, clock, 30))
            while not logged:
                await registry.counts()
            assert (await registry.audit())[0].actor == "boss"
            other.execute("ROLLBACK")
            async for done in expired(registry):
                if done:
                    break
            daily.cancel()
    assert logged[0]["event"] == "nobody was dropped from the registry"
    assert "is locked by another process" in logged[0]["reason"]
