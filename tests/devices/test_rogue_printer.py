"""The two phases of a print, against a driver that answers them oddly."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from drivers.wire.messages import (
    Commit,
    Error,
    Outcome,
    Page,
    Prepare,
    Prepared,
)
from drivers.wire.secret import Secret
from kiosk.clock import SystemClock
from kiosk.devices import link as links
from kiosk.devices.link import DeviceError
from kiosk.devices.printer import Printer
from kiosk.devices.supervisor import HEARTBEAT_SECONDS
from tests.devices.rogue import (
    HELLO,
    OK,
    Conduct,
    Ear,
    HeldClock,
    hangs_up,
    rogue,
    running,
    supervise,
    well,
)

pytestmark = pytest.mark.anyio


PAGE = Page(width=8, height=1, dpi=203, rows=Secret(b"\xff"))


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
