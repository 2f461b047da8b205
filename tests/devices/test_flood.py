"""Drivers that say too much: a flood drowns no answer, starves no other device and fills no log."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import structlog

from drivers.wire.lines import encode
from drivers.wire.messages import (
    Code,
    FromDriver,
    Scan,
)
from drivers.wire.secret import Secret
from kiosk.clock import SystemClock
from kiosk.devices.supervisor import HEARTBEAT_SECONDS
from kiosk.devices.throttle import BURST
from tests.devices.rogue import (
    OK,
    Ear,
    HeldClock,
    rogue,
    running,
    supervise,
    well,
)

pytestmark = pytest.mark.anyio


async def test_nonsense_loses_a_line_and_nothing_else(tmp_path: Path) -> None:
    """What is no message is logged and passed over; what comes after it is heard."""
    clock, heard = HeldClock(), list[FromDriver]()
    scan = Scan(seq=1, codes=(Code(content=Secret(b"x")),))

    async def babbles(ear: Ear) -> None:
        ear.writer.write(b'\n{"type":"nobody"}\n\xff\xfe\nnull\n[]\n{"type":"hello"}\n')
        await ear.greet()
        ear.writer.write(b'{"type":"scan","seq":"ms-qrpin:v1|a@b|c|d","codes":[{"content":"!"}]}\n')
        ear.say(scan)
        await ear.go_on()

    with structlog.testing.capture_logs() as logged:
        async with rogue(tmp_path, babbles) as device, running(supervise(device, clock, heard)) as supervisor:
            await supervisor.ready(20)
            assert await supervisor.ask_health() == OK
    assert [message for message in heard if isinstance(message, Scan)] == [scan]
    assert sum(event["event"] == "driver said nonsense" for event in logged) == 7
    assert "ms-qrpin" not in repr(logged)


async def test_a_flood_does_not_drown_an_answer(tmp_path: Path) -> None:
    """Of ten thousand messages nobody asked for, a few are heard; the one asked for comes; then all is well again."""
    clock, heard = HeldClock(), list[FromDriver]()
    calm = asyncio.Event()

    async def floods(ear: Ear) -> None:
        await ear.greet()
        flood = lines_of(Scan(seq=1, codes=()), 10_000)
        while await ear.next() is not None:
            if not calm.is_set():
                ear.writer.write(flood)
            ear.say(OK)
            await ear.writer.drain()

    with structlog.testing.capture_logs() as logged:
        async with rogue(tmp_path, floods) as device, running(supervise(device, clock, heard)) as supervisor:
            await supervisor.ready(20)
            health = await supervisor.ask_health()
            assert health.state == "fault"
            assert "more than the station can hear" in health.reason
            assert supervisor.health == health
            calm.set()
            clock.advance(HEARTBEAT_SECONDS)
            assert await supervisor.ask_health() == OK
    assert 0 < sum(isinstance(message, Scan) for message in heard) <= BURST
    assert [event["event"] for event in logged] == ["device in trouble", "device there"]


async def test_a_flood_of_nonsense_fills_no_log(tmp_path: Path) -> None:
    """A driver's own mistakes are counted with what it says, and a few of them written down."""
    clock = HeldClock()

    async def babbles(ear: Ear) -> None:
        await ear.greet()
        ear.writer.write(b"nonsense\n" * 10_000)
        await ear.go_on()

    with structlog.testing.capture_logs() as logged:
        async with rogue(tmp_path, babbles) as device, running(supervise(device, clock)) as supervisor:
            await supervisor.ready(20)
            assert (await supervisor.ask_health()).state == "fault"
    assert 0 < sum(event["event"] == "driver said nonsense" for event in logged) <= 20


async def test_a_flood_does_not_starve_another_device(tmp_path: Path) -> None:
    """One driver says all it can without end; the other's questions are answered, and memory does not grow."""
    heard = list[FromDriver]()

    async def floods(ear: Ear) -> None:
        await ear.greet()
        flood = lines_of(Scan(seq=1, codes=()), 1000)
        while True:
            ear.writer.write(flood)
            await ear.writer.drain()

    (tmp_path / "other").mkdir()
    async with rogue(tmp_path, floods) as loud, running(supervise(loud, SystemClock(), heard)) as one:
        await one.ready(20)
        other_folder = tmp_path / "other"
        async with rogue(other_folder, well) as quiet, running(supervise(quiet, SystemClock())) as other:
            await other.ready(20)
            while not one._throttle.flooding:
                assert await other.ask_health(5) == OK
            for _ in range(20):
                assert await other.ask_health(5) == OK
        assert len(heard) < 10_000


def lines_of(message: Scan, times: int) -> bytes:
    """A message, over and over."""
    return encode(message) * times
