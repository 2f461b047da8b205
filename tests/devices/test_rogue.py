"""The station's side of the wire against drivers that misbehave: none of them stops it, each is tried again."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import structlog

from drivers.wire.lines import MAX_LINE, encode
from drivers.wire.messages import (
    VERSION,
    Cancel,
    Code,
    Commit,
    Error,
    FromDriver,
    Health,
    Hello,
    Outcome,
    Page,
    Prepare,
    Prepared,
    Preview,
    Scan,
)
from drivers.wire.options import NoneOptions
from drivers.wire.secret import Secret
from kiosk.clock import SystemClock
from kiosk.config import Device
from kiosk.devices import link as links
from kiosk.devices.link import DeviceAbsentError, DeviceError
from kiosk.devices.printer import Printer
from kiosk.devices.supervisor import HEARTBEAT_SECONDS, Supervisor
from kiosk.devices.throttle import BURST
from tests.devices.rogue import HELLO, OK, Conduct, Ear, HeldClock, rogue, running

pytestmark = pytest.mark.anyio

PAGE = Page(width=8, height=1, dpi=203, rows=Secret(b"\xff"))


def supervise(device: Device, clock: object, heard: list[FromDriver] | None = None) -> Supervisor:
    hear = heard.append if heard is not None else lambda _: None
    return Supervisor("print", "rogue", device, clock, hear)  # type: ignore[arg-type]


async def well(ear: Ear) -> None:
    """As a driver should be."""
    await ear.greet()
    await ear.go_on()


async def hangs_up(ear: Ear) -> None:
    """Before it says hello, as systemd's socket does when the driver behind it cannot start."""


async def hangs_up_after_configure(ear: Ear) -> None:
    await ear.next()


async def newer(ear: Ear) -> None:
    await ear.next()
    ear.say(Hello(version=VERSION + 1, kind="rogue"))
    await ear.go_on()


async def refuses(ear: Ear) -> None:
    await ear.next()
    ear.say(Error(reason="no such option", hint="mend it", about="configure", fatal=True))


async def over_long(ear: Ear) -> None:
    await ear.next()
    ear.writer.write(b"x" * (MAX_LINE + 1))
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


def lines_of(message: Scan, times: int) -> bytes:
    """A message, over and over."""
    return encode(message) * times


async def test_a_driver_that_does_not_listen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that it does not take is given up after a time; nobody waits for ever, the next one asks anew."""
    monkeypatch.setattr(links, "_SEND_SECONDS", 0.05)
    clock = HeldClock()
    awake = asyncio.Event()

    async def deaf(ear: Ear) -> None:
        await ear.greet()
        await ear.next()
        ear.say(OK)
        await awake.wait()

    big = Page(width=8000, height=600, dpi=203, rows=Secret(bytes(600_000)))
    async with rogue(tmp_path, deaf, well) as device, running(supervise(device, clock)) as supervisor:
        await supervisor.ready(20)
        await clock.wait()
        with pytest.raises(DeviceError, match="does not listen"):
            await Printer(supervisor).prepare("j", big)
        # The heartbeat then finds out, hangs up, and starts another.
        clock.advance(HEARTBEAT_SECONDS)
        await clock.wait()
        clock.advance(1)
        await clock.wait()
        assert supervisor.health == OK
        awake.set()


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


# The two phases of a print, against a driver that answers them oddly.


def printing(*answers: object, leave: bool = False) -> Conduct:
    """Prepares as it should; to `commit` it says `answers`, and then leaves or goes on."""

    async def conduct(ear: Ear) -> None:
        await ear.greet()
        while (message := await ear.next()) is not None:
            if isinstance(message, Prepare):
                ear.say(Prepared(job=message.job, read=(Secret(b"x"),)))
            elif isinstance(message, Commit):
                ear.say(*answers)  # type: ignore[arg-type]
                await ear.writer.drain()
                if leave:
                    return
            else:
                ear.say(OK)

    return conduct


@pytest.mark.parametrize(
    ("conduct", "result", "reason"),
    [
        (printing(Outcome(job="j", result="printed")), "printed", ""),
        (printing(Outcome(job="other", result="printed"), Outcome(job="j", result="failed")), "failed", ""),
        (printing(Prepared(job="j", read=()), Outcome(job="j", result="printed")), "printed", ""),
        (printing(Error(reason="out of order", about="j")), "unknown", "out of order"),
        (printing(HELLO, OK, leave=True), "unknown", "rogue: its driver left"),
        (printing(leave=True), "unknown", "rogue: its driver left"),
    ],
    ids=["printed", "another job's first", "a late prepared", "an error", "hello again and gone", "gone"],
)
async def test_what_becomes_of_a_commit(conduct: Conduct, result: str, reason: str, tmp_path: Path) -> None:
    """Only the driver's word about this very job counts; anything less is unknown."""
    async with rogue(tmp_path, conduct) as device, running(supervise(device, HeldClock())) as supervisor:
        await supervisor.ready(20)
        printer = Printer(supervisor)
        assert (await printer.prepare("j", PAGE)).read == (Secret(b"x"),)
        outcome = await printer.commit("j")
        assert (outcome.job, outcome.result, outcome.reason) == ("j", result, reason)


async def test_a_commit_that_nobody_heard_has_failed(tmp_path: Path) -> None:
    """The driver was away before it was said: nothing was printed, and that much is known."""
    clock = HeldClock()
    conducts = (printing(leave=True), hangs_up)
    async with rogue(tmp_path, *conducts) as device, running(supervise(device, clock)) as supervisor:
        await supervisor.ready(20)
        printer = Printer(supervisor)
        assert (await printer.commit("first")).result == "unknown"
        # At once, while the supervisor has not yet looked up: this one too was said to nobody.
        assert (await printer.commit("second")).result == "failed"
        while await clock.wait() == HEARTBEAT_SECONDS:
            pass
        assert (await printer.commit("third")).result == "failed"


async def test_one_question_at_a_time(tmp_path: Path) -> None:
    """A heartbeat waits for the print before it: its silence is not the driver's."""
    asked: list[str] = []

    async def slow(ear: Ear) -> None:
        await ear.greet()
        while (message := await ear.next()) is not None:
            asked.append(type(message).__name__)
            if isinstance(message, Commit):
                ear.say(Outcome(job=message.job, result="printed"))
            else:
                ear.say(OK)

    async with rogue(tmp_path, slow) as device, running(supervise(device, SystemClock())) as supervisor:
        await supervisor.ready(20)
        printer = Printer(supervisor)
        answers = await asyncio.gather(printer.commit("a"), printer.health(), printer.commit("b"))
    assert [answer.result for answer in (answers[0], answers[2])] == ["printed", "printed"]
    assert asked[-3:] == ["Commit", "Ping", "Commit"]
