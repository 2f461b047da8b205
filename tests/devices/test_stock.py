"""Labels, counted by the station: across drivers, restarts and processes, and never in the way of a badge."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from drivers.wire.messages import Health, Outcome
from kiosk import config, doctor
from kiosk.badge.kind import CodeKind
from kiosk.clock import SystemClock
from kiosk.config import Roll
from kiosk.devices.opening import open_first_printer
from kiosk.devices.printer import Printer
from kiosk.devices.stock import Stock
from kiosk.harness.printer_server import SimulatedPrinter
from kiosk.press import Press
from kiosk.registry import Registry
from kiosk.station import open_station
from kiosk.stationery import NOBODY, Holder, Life, Stationery

pytestmark = pytest.mark.anyio

OK = Health(state="ok", evidence="asked")


@pytest.fixture
def paper() -> Iterator[SimulatedPrinter]:
    with SimulatedPrinter() as printer:
        yield printer


@pytest.fixture
def counting(paper: SimulatedPrinter, tmp_path: Path) -> config.Config:
    """A station whose printer has three labels; at one left it says so."""
    till = {"kind": "escpos", "to": paper.address, "timeout": 2.0, "stock": 3, "low_stock": 1}
    return config.parse({"station": {"state_directory": str(tmp_path)}, "printers": {"till": till}}, None)


async def print_one(printer: Printer) -> Outcome:
    """A page of nobody's."""
    press = Press(printer, Stationery(station=config.Station()))
    life = Life(CodeKind.STANDARD, str(NOBODY), SystemClock().now())
    return await press.print(await press.nobodys(Holder("Ada"), "a@b.example", life))


@asynccontextmanager
async def opened(settings: config.Config) -> AsyncIterator[Printer]:
    """The printer with a driver of its own, which ends with the block."""
    async with open_first_printer(settings, SystemClock()) as printer:
        yield printer


async def test_the_count_survives_drivers_and_processes(counting: config.Config, paper: SimulatedPrinter) -> None:
    """Each driver is configured anew, and none of them begins to count anew. What got nothing used none."""
    async with opened(counting) as printer:
        assert (await print_one(printer)).result == "printed"
        health = await printer.health()
        assert (health.state, health.reason, "labels left 2" in health.evidence) == ("ok", "", True)
    async with opened(counting) as printer:
        paper.fault("cover_open")
        assert (await print_one(printer)).labels == 0
        paper.repair()
        assert "labels left 2" in (await printer.health()).evidence
        assert (await print_one(printer)).result == "printed"
    async with opened(counting) as printer:
        health = await printer.health()
        assert (health.state, health.reason) == ("ok", "stock is low, labels left 1")
        assert "--new-roll" in health.hint


async def test_a_station_shows_what_another_process_counted(counting: config.Config) -> None:
    async with Registry.open(counting.registry_path, station=counting.station.name) as registry:
        await registry.stock.put("till", 1, at=SystemClock().now())
    async with open_station(counting) as station, asyncio.timeout(30):
        async for state in station.visit.board.states():
            if [view.health.reason for view in state.devices] == ["stock is low, labels left 1"]:
                break
        async with Registry.open(counting.registry_path, station=counting.station.name) as other:
            await other.stock.put("till", 3, at=SystemClock().now())
        assert station.printer
        assert (await station.printer.health()).reason == ""


async def test_the_doctor_tells_of_few_labels(counting: config.Config) -> None:
    async def said() -> tuple[str, str, str]:
        (finding,) = [each async for each in doctor.examine(counting, SystemClock()) if each.part == "labels of till"]
        return finding.state, finding.answer, finding.todo

    assert await said() == ("ok", "3 left: nothing was printed here yet", "")
    async with Registry.open(counting.registry_path, station=counting.station.name) as registry:
        await registry.stock.put("till", 2, at=SystemClock().now())
    assert await said() == ("ok", "2 of 3 left", "")
    async with Registry.open(counting.registry_path, station=counting.station.name) as registry:
        await registry.stock.put("till", 1, at=SystemClock().now())
    state, answer, todo = await said()
    assert (state, answer) == ("fault", "1 of 3 left")
    assert "kiosk print stock --new-roll" in todo


@pytest.mark.parametrize(
    ("outcome", "left"),
    [
        (Outcome(job="j", result="printed", labels=1), 9),
        (Outcome(job="j", result="printed", labels=2), 8),
        (Outcome(job="j", result="failed", labels=1), 9),
        (Outcome(job="j", result="failed"), 10),
        (Outcome(job="j", result="printed"), 9),
        (Outcome(job="j", result="unknown"), 9),
        (Outcome(job="j", result="printed", labels=-(10**30)), 9),
        (Outcome(job="j", result="printed", labels=10**30), 0),
    ],
    ids=lambda value: str(value) if isinstance(value, int) else f"{value.result}-{min(value.labels, 99)}",
)
async def test_what_an_outcome_uses(outcome: Outcome, left: int, tmp_path: Path) -> None:
    """Also of a driver that says nothing of labels, or nonsense."""
    async with Registry.open(tmp_path / "r.db") as registry:
        stock = Stock("till", Roll(stock=10), registry.stock, SystemClock())
        await stock.use(outcome)
        assert stock.left == left
        await stock.look()
        assert stock.left == left


async def test_nobody_counts_unless_asked_to(tmp_path: Path) -> None:
    async with Registry.open(tmp_path / "r.db") as registry:
        stock = Stock("till", Roll(), registry.stock, SystemClock())
        await stock.use(Outcome(job="j", result="printed", labels=1))
        await stock.look()
        assert (stock.counted, stock.tell(OK)) == (False, OK)
        assert await registry.stock.remaining("till") is None


async def test_a_registry_that_cannot_be_written_changes_nothing_about_the_badge(tmp_path: Path) -> None:
    async with Registry.open(tmp_path / "r.db"):
        pass
    async with Registry.open(tmp_path / "r.db", read_only=True) as registry:
        stock = Stock("till", Roll(stock=30), registry.stock, SystemClock())
        await stock.use(Outcome(job="j", result="printed", labels=1))
        assert stock.tell(OK) == Health(state="ok", evidence="asked; labels left 30")


@pytest.mark.parametrize(
    ("printer", "says"),
    [
        ({"kind": "escpos", "to": "tcp:h:1", "stock": -1}, "printers.till.stock"),
        ({"kind": "escpos", "to": "tcp:h:1", "low_stock": "few"}, "printers.till.low_stock"),
        ({"kind": "escpos", "to": "tcp:h:1", "stok": 3}, "did you mean stock?"),
        ({"kind": "none", "stock": 3}, "printers.till.stock"),
    ],
)
def test_a_count_that_is_none_is_named(printer: dict[str, Any], says: str) -> None:
    with pytest.raises(config.ConfigError, match=says.replace(".", r"\.").replace("?", r"\?")):
        config.parse({"printers": {"till": printer}}, None)


def test_what_is_counted_is_in_the_configuration_that_is_shown(counting: config.Config) -> None:
    shown = config.shown(counting)["printers"]["till"]
    assert (shown["stock"], shown["low_stock"]) == (3, 1)
