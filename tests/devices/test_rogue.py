"""The station's side of the wire against drivers that misbehave: none of them stops it, each is tried again."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import structlog

from drivers.wire.messages import (
    VERSION,
    Cancel,
    FromDriver,
    Health,
    Hello,
    Preview,
    Scan,
)
from drivers.wire.options import NoneOptions
from kiosk.config import Device
from kiosk.devices import link as links
from kiosk.devices.link import DeviceAbsentError
from kiosk.devices.supervisor import HEARTBEAT_SECONDS, Supervisor
from tests.devices.rogue import (
    OK,
    Conduct,
    Ear,
    HeldClock,
    hangs_up,
    over_long,
    refuses,
    rogue,
    running,
    supervise,
    well,
)

pytestmark = pytest.mark.anyio


async def hangs_up_after_configure(ear: Ear) -> None:
    await ear.next()


async def newer(ear: Ear) -> None:
    await ear.next()
    ear.say(Hello(version=VERSION + 1, kind="rogue"))
    await ear.go_on()


@pytest.mark.parametrize(
    ("conduct", "reason"),
    [
        (hangs_up, "its driver left"),
        (hangs_up_after_configure, "its driver left"),
        (newer, f"speaks version {VERSION + 1}"),
        (refuses, "no such option"),
        (over_long, "its driver left"),
    ],
)
async def test_a_driver_that_does_not_begin_well_is_tried_again(
    conduct: Conduct, reason: str, tmp_path: Path
) -> None:
    """Absent, with the reason in words; after a wait it is tried again, and then it is there."""
    clock, heard = HeldClock(), list[FromDriver]()
    async with rogue(tmp_path, conduct, well) as device, running(supervise(device, clock, heard)) as supervisor:
        assert 0.3 < await clock.wait() < 0.7
        assert supervisor.health.state == "absent"
        assert reason in supervisor.health.reason
        assert heard == [supervisor.health]
        clock.advance(1)
        await supervisor.ready(20)
        assert await clock.wait() == HEARTBEAT_SECONDS
        assert supervisor.health == OK


async def test_a_driver_that_never_says_hello(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not waited for longer than HELLO_SECONDS."""
    monkeypatch.setattr(links, "HELLO_SECONDS", 0.05)
    clock = HeldClock()

    async def silent(ear: Ear) -> None:
        while await ear.next() is not None:
            pass

    async with rogue(tmp_path, silent, well) as device, running(supervise(device, clock)) as supervisor:
        await clock.wait()
        assert "no answer within" in supervisor.health.reason
        clock.advance(1)
        await supervisor.ready(20)


async def test_no_driver_at_all(tmp_path: Path) -> None:
    """A socket nobody listens on is a device that is absent, with a hint."""
    clock = HeldClock()
    device = Device("none", NoneOptions(), socket=str(tmp_path / "nobody.sock"))
    async with running(supervise(device, clock)) as supervisor:
        await clock.wait()
        assert supervisor.health.state == "absent"
        assert "socket unit" in supervisor.health.hint
        with pytest.raises(DeviceAbsentError):
            await supervisor.tell(Cancel(job="j"))


async def test_the_wait_grows_and_begins_anew_after_a_long_life(tmp_path: Path) -> None:
    """Half a second, doubling to half a minute; a driver that ran for a minute has earned a quick restart."""
    clock = HeldClock()
    leave = asyncio.Event()

    async def lives(ear: Ear) -> None:
        await ear.greet()
        living = asyncio.create_task(ear.go_on())
        await leave.wait()
        living.cancel()

    async with rogue(tmp_path, *[hangs_up] * 9, lives, hangs_up) as device, running(supervise(device, clock)):
        waits = []
        for _ in range(9):
            waits.append(await clock.wait())
            clock.advance(waits[-1])
        for wait, middle in zip(waits, [0.5, 1, 2, 4, 8, 16, 30, 30, 30], strict=True):
            assert 0.75 * middle <= wait <= 1.25 * middle
        assert await clock.wait() == HEARTBEAT_SECONDS
        clock.advance(61)
        assert await clock.wait() == HEARTBEAT_SECONDS
        leave.set()
        assert await clock.wait() < 1


async def test_a_device_that_stays_away_is_lost_once(tmp_path: Path) -> None:
    """However often its driver is started in vain, and whatever it breaks off with: one line when lost, one back."""
    clock = HeldClock()
    conducts = (well, over_long, hangs_up, refuses, over_long, well)
    leave = asyncio.Event()

    async def leaves(ear: Ear) -> None:
        await ear.greet()
        living = asyncio.create_task(ear.go_on())
        await leave.wait()
        living.cancel()

    with structlog.testing.capture_logs() as logged:
        async with rogue(tmp_path, leaves, *conducts[1:]) as device, running(supervise(device, clock)) as supervisor:
            assert await clock.wait() == HEARTBEAT_SECONDS
            leave.set()
            for _ in conducts[1:]:
                wait = await clock.wait()
                clock.advance(wait)
            await supervisor.ready(20)
            assert await clock.wait() == HEARTBEAT_SECONDS
    assert [event["event"] for event in logged] == ["device there", "device lost", "device there"]


async def test_a_driver_that_hangs_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that leaves a ping unanswered is hung up on."""
    monkeypatch.setattr(Supervisor.ask_health, "__defaults__", (0.05,))
    clock = HeldClock()

    async def hangs(ear: Ear) -> None:
        await ear.greet()
        while await ear.next() is not None:
            pass

    with structlog.testing.capture_logs() as logged:
        async with rogue(tmp_path, hangs, well) as device, running(supervise(device, clock)) as supervisor:
            assert await clock.wait() < 1
            clock.advance(1)
            await supervisor.ready(20)
            assert await clock.wait() == HEARTBEAT_SECONDS
    assert "driver hangs" in [event["event"] for event in logged]


async def test_a_driver_that_is_started_again_is_told_again_that_a_preview_is_wanted(tmp_path: Path) -> None:
    """Also when it was away while the screen asked for it."""
    told: asyncio.Queue[bool] = asyncio.Queue()

    async def listens(ear: Ear) -> None:
        await ear.greet()
        while (message := await ear.next()) is not None:
            if isinstance(message, Preview):
                told.put_nowait(message.on)
                return
            ear.say(OK)

    clock = HeldClock()
    async with rogue(tmp_path, listens, listens, well) as device:
        supervisor = supervise(device, clock)
        with pytest.raises(DeviceAbsentError):
            await supervisor.tell(Preview(on=True))
        async with running(supervisor), asyncio.timeout(20):
            assert await told.get()
            while told.empty():
                await clock.wait()
                clock.advance(60)
            assert told.get_nowait()


async def test_what_a_heartbeat_finds_is_told(tmp_path: Path) -> None:
    """The screen learns that paper ran out, and that there is some again, without anybody printing."""
    clock, heard = HeldClock(), list[FromDriver]()
    said = [OK, Health(state="fault", reason="paper out"), OK]

    async def changes(ear: Ear) -> None:
        await ear.greet()
        for health in said:
            await ear.next()
            ear.say(health)
        await ear.go_on()

    async with rogue(tmp_path, changes) as device, running(supervise(device, clock, heard)):
        for _ in said:
            await clock.wait()
            clock.advance(HEARTBEAT_SECONDS)
    assert heard[:3] == said


async def test_absence_that_was_mended_does_not_hide_a_crash(tmp_path: Path) -> None:
    """Said absent, later ok, then gone: it is absent again, because it left."""
    clock = HeldClock()
    leave = asyncio.Event()

    async def mended(ear: Ear) -> None:
        await ear.greet()
        ear.say(Health(state="absent", reason="switched off"))
        await ear.next()
        ear.say(OK)
        await leave.wait()

    async with rogue(tmp_path, mended) as device, running(supervise(device, clock)) as supervisor:
        await clock.wait()
        assert supervisor.health == OK
        leave.set()
        await clock.wait()
        assert (supervisor.health.state, supervisor.health.reason) == ("absent", "rogue: its driver left")


async def test_somebody_who_cannot_hear_does_not_end_the_device(tmp_path: Path) -> None:
    """A mistake in what hears the driver costs one conversation, not the device."""
    clock = HeldClock()
    heard: list[FromDriver] = []

    def hear(message: FromDriver) -> None:
        if isinstance(message, Scan) and not heard:
            heard.append(message)
            raise ZeroDivisionError

    async def scans(ear: Ear) -> None:
        await ear.greet()
        ear.say(Scan(seq=1, codes=()))
        await ear.go_on()

    async with rogue(tmp_path, scans) as device:
        supervisor = Supervisor("scan", "rogue", device, clock, hear)
        async with running(supervisor):
            wait = await clock.wait()
            while wait == HEARTBEAT_SECONDS:
                wait = await clock.wait()
            clock.advance(1)
            await supervisor.ready(20)
            assert heard
