"""What a scanner is told of its scans, by a station and by a work list: bytes from and to a scanner at a pty."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from drivers.wire.messages import Code, Error, FromDriver, Health, Scan
from drivers.wire.secret import Secret
from kiosk import config
from kiosk.clock import SystemClock
from kiosk.devices.acknowledging import signal_for
from kiosk.devices.supervisor import Supervisor
from kiosk.harness.serial_scanner import PtyPlug, SimulatedScanner
from kiosk.station import open_station

pytestmark = pytest.mark.anyio

ID = b"11111111-2222-3333-4444-555555555555"
BADGE = b"ms-qrpin:v1|ada@contoso.example|" + ID + b"|key"
OTHER = BADGE.replace(b"ada", b"bob")


@asynccontextmanager
async def gate(folder: Path, scanner: SimulatedScanner, **options: Any) -> AsyncIterator[None]:
    """A station with this scanner, whose driver is a process."""
    settings = {
        "station": {"state_directory": str(folder)},
        "scanners": {"gun": {"kind": "serial", "device": scanner.address, "gap_ms": 50, **options}},
    }
    async with open_station(config.parse(settings, None)) as station, asyncio.timeout(40):
        async for state in station.visit.board.states():
            if any(one.health.state == "ok" for one in state.devices):
                break
        yield


async def told(scanner: SimulatedScanner, command: str, times: int = 1) -> None:
    await asyncio.to_thread(scanner.wait_for, command, times)


async def test_a_scanner_that_waits_for_its_host_is_told_of_every_scan(tmp_path: Path) -> None:
    """Also of a badge that was read just before and begins nothing: until it is told, it does not read on."""
    with SimulatedScanner(PtyPlug(tmp_path / "gun"), "honeywell", host_ack=True) as scanner:
        async with gate(tmp_path, scanner, family="honeywell_host_ack"):
            for at, (content, signal) in enumerate(
                [
                    (BADGE, "good"),
                    (BADGE, "good"),
                    (b"4006381333931", "bad"),
                    (b"ms-qrpin:v9|x", "bad"),
                    (b"x" * 9000, "bad"),
                    (OTHER, "good"),
                ]
            ):
                before = scanner.heard
                assert scanner.scan(content)
                await told(scanner, signal, before.count(signal) + 1)
                assert len(scanner.heard) == at + 1
            scanner.send(b"ms-qrpin:v1|half a ba")
            await told(scanner, "bad", 4)


async def test_a_scanner_of_no_make_is_told_nothing(tmp_path: Path) -> None:
    with SimulatedScanner(PtyPlug(tmp_path / "gun"), "honeywell") as scanner:
        async with gate(tmp_path, scanner):
            scanner.scan(BADGE)
            scanner.scan(b"4006381333931")
        assert scanner.heard == []


async def test_a_scan_close_behind_the_hello_is_answered(tmp_path: Path) -> None:
    """It is heard before the station knows what the driver can do."""
    with SimulatedScanner(PtyPlug(tmp_path / "gun"), "honeywell", host_ack=True) as scanner:
        options = {"device": scanner.address, "family": "honeywell_host_ack"}
        device = config.parse({"scanners": {"gun": {"kind": "serial", **options}}}, None).scanners["gun"]
        supervisor = Supervisor("scan", "gun", device, SystemClock(), lambda _: None)
        supervisor._heard(Scan(seq=1, codes=(Code(content=Secret(BADGE)),)))
        running = asyncio.create_task(supervisor.run())
        try:
            await told(scanner, "good")
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


def scan(*contents: bytes, request: str = "") -> Scan:
    return Scan(seq=1, codes=tuple(Code(content=Secret(content)) for content in contents), request=request)


@pytest.mark.parametrize(
    ("message", "signal"),
    [
        (scan(BADGE), "good"),
        (scan(BADGE, b"4006381333931"), "good"),
        (scan(BADGE, OTHER), "bad"),
        (scan(), "bad"),
        (scan(BADGE, request="a picture"), None),
        (Error(reason="cut off", about="scan"), "bad"),
        (Error(reason="the scanner takes no bytes", about="signal"), None),
        (Health(state="ok"), None),
    ],
)
def test_one_badge_is_good(message: FromDriver, signal: str | None) -> None:
    """What stands beside it does not count; of two nobody knows which is meant."""
    assert signal_for(message) == signal
