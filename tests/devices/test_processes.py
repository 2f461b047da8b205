"""Real driver processes, started as the station starts them: what they are given, and that none outlives its use."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
import segno

from drivers.wire.messages import Cancel, Decode, FromDriver, Page, Scan
from drivers.wire.options import EscposOptions, NoneOptions, PicturesOptions, SerialOptions
from drivers.wire.secret import Secret
from kiosk.badge import page, qr
from kiosk.badge.kind import CodeKind
from kiosk.config import Device
from kiosk.devices import pictures
from kiosk.devices.link import DeviceError, Role, open_link
from kiosk.devices.printer import Printer
from kiosk.devices.supervisor import HEARTBEAT_SECONDS, Supervisor
from kiosk.harness.printer_server import SimulatedPrinter
from tests.devices.rogue import HeldClock, running

pytestmark = pytest.mark.anyio

NONE = Device("none", NoneOptions())
BADGE = b"ms-qrpin:v1|ada@contoso.example|0a0a0a0a-0000-4000-8000-00000000000a|secretkey"


def supervise(role: Role, device: Device, clock: HeldClock) -> tuple[Supervisor, list[FromDriver]]:
    heard: list[FromDriver] = []
    return Supervisor(role, "device", device, clock, heard.append), heard


def process_of(supervisor: Supervisor) -> asyncio.subprocess.Process:
    assert supervisor._link is not None
    assert supervisor._link._process is not None
    return supervisor._link._process


def alive(pid: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


def given(pid: int) -> tuple[list[bytes], list[bytes], list[str]]:
    """The environment of a process, its words, and what its descriptors are."""
    process = Path(f"/proc/{pid}")
    environment, words = ((process / name).read_bytes().split(b"\0")[:-1] for name in ("environ", "cmdline"))
    return environment, words, sorted({str(fd.readlink()) for fd in (process / "fd").iterdir()})


def children() -> list[bytes]:
    """The words of every process this one has started."""
    pids = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    return [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in pids]


def picture(folder: Path, content: bytes = BADGE) -> Path:
    path = folder / "badge.png"
    segno.make_qr(content, error="m").save(str(path), scale=6, border=4)
    return path


def badge_page() -> Page:
    """A page as a replacement draws it."""
    artwork = page.Artwork("Ada", "Contoso", "till-3", CodeKind.STANDARD, datetime(2027, 1, 1, tzinfo=UTC), "0a0a")
    return page.draw(qr.from_content(Secret(BADGE)), artwork, page.Printer(576, 203))


@pytest.mark.parametrize("role", ["scan", "print"])
async def test_none_is_absent_and_prints_nothing(role: Role) -> None:
    """A device that is configured away says so, and leaves with the station."""
    clock = HeldClock()
    supervisor, _ = supervise(role, NONE, clock)
    async with running(supervisor):
        assert await clock.wait() == HEARTBEAT_SECONDS
        pid = process_of(supervisor).pid
        assert supervisor.health.state == "absent"
        assert supervisor.health.hint
        if role == "print":
            outcome = await Printer(supervisor).commit("j")
            assert outcome.result == "failed"
    assert not alive(pid)


async def test_pictures_decodes_what_it_is_handed(tmp_path: Path) -> None:
    """A driver without files waits for `decode`."""
    clock = HeldClock()
    supervisor, _ = supervise("scan", Device("pictures", PicturesOptions()), clock)
    async with running(supervisor):
        await supervisor.ready(20)
        answer = await supervisor.ask(
            Decode(request="r", bytes=Secret(picture(tmp_path).read_bytes())), lambda said: isinstance(said, Scan), 20
        )
        assert isinstance(answer, Scan)
        assert [code.content.reveal() for code in answer.codes] == [BADGE]
        assert supervisor.health.state == "ok", "asked as soon as it was there"


async def test_pictures_reads_files_and_leaves(tmp_path: Path) -> None:
    """One answer for each name, in order, errors among them; no process is left."""
    missing, right = tmp_path / "missing.png", picture(tmp_path)
    before = asyncio.all_tasks()
    said = [answer async for answer in pictures.read((str(missing), str(right)), every=True)]
    assert [type(one).__name__ for one in said] == ["Error", "Scan"]
    assert asyncio.all_tasks() == before


async def test_a_driver_that_is_killed_is_started_again() -> None:
    """kill -9: absent at once, and after the wait another process is there."""
    clock = HeldClock()
    supervisor, _ = supervise("scan", Device("pictures", PicturesOptions()), clock)
    async with running(supervisor):
        assert await clock.wait() == HEARTBEAT_SECONDS
        first = process_of(supervisor).pid
        os.kill(first, signal.SIGKILL)
        assert await clock.wait() < 1
        assert (supervisor.health.state, supervisor.health.reason) == ("absent", "device: its driver left")
        clock.advance(1)
        assert await clock.wait() == HEARTBEAT_SECONDS
        assert supervisor.health.state == "ok"
        second = process_of(supervisor).pid
        assert second != first
    assert not alive(first)
    assert not alive(second)


async def test_a_driver_that_will_not_leave_is_made_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stopped process takes no notice of a hang-up."""
    monkeypatch.setattr("kiosk.devices.link._LEAVE_SECONDS", 0.1)
    clock = HeldClock()
    supervisor, _ = supervise("scan", NONE, clock)
    async with running(supervisor):
        await clock.wait()
        pid = process_of(supervisor).pid
        os.kill(pid, signal.SIGSTOP)
    assert not alive(pid)


async def test_a_supervision_stopped_at_any_time_leaves_no_process(tmp_path: Path) -> None:
    """Also before hello: what was started is ended."""
    for turns in range(12):
        supervisor, _ = supervise("scan", NONE, HeldClock())
        async with running(supervisor):
            for _ in range(turns):
                await asyncio.sleep(0)
    assert not [words for words in children() if b"drivers" in words]


async def test_what_a_driver_is_given(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No credential, no word of systemd's, none of the station's settings; its options go over the wire."""
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", "/run/credentials/kiosk.service")
    monkeypatch.setenv("NOTIFY_SOCKET", "/run/systemd/notify")
    monkeypatch.setenv("KIOSK_CONFIG", "/etc/kiosk/secret.toml")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    clock = HeldClock()
    supervisor, _ = supervise("scan", Device("pictures", PicturesOptions(paths=())), clock)
    async with running(supervisor):
        # It has answered a ping, and now waits: what it opens is open.
        assert await clock.wait() == HEARTBEAT_SECONDS
        pid = process_of(supervisor).pid
        environment, words, files = given(pid)
        names = {entry.partition(b"=")[0].decode() for entry in environment}
    allowed = {"PATH", "HOME", "LANG", "LC_ALL", "TZ", "VIRTUAL_ENV", "TMPDIR", "XDG_RUNTIME_DIR", "LC_CTYPE"}
    assert names <= allowed
    assert [word.decode() for word in words[1:-1]] == ["-P", "-m", "drivers", "scan", "pictures", "--wire"]
    assert "/dev/null" in files
    assert sum(file.startswith("socket:") for file in files) == 1, "the wire, and no other connection"


async def test_a_driver_that_cannot_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    """An interpreter that is not there is a device that is absent, not an end of its supervision."""
    clock = HeldClock()
    monkeypatch.setattr("sys.executable", "/nonexistent/python")
    supervisor, _ = supervise("scan", NONE, clock)
    async with running(supervisor):
        assert await clock.wait() < 1
        assert "cannot be started" in supervisor.health.reason
        monkeypatch.undo()
        clock.advance(1)
        await supervisor.ready(20)


async def test_options_that_a_driver_refuses() -> None:
    """Its words reach whoever asks for the device."""
    clock = HeldClock()
    odd = SerialOptions(device="/dev/ttyS9", family="nobody's")
    supervisor, _ = supervise("scan", Device("serial", odd), clock)
    async with running(supervisor):
        await clock.wait()
        with pytest.raises(DeviceError, match="no scanner family"):
            await supervisor.ready(0)


async def test_a_kind_that_is_not_there() -> None:
    """Said in words, and the process is gone."""
    odd = Device("odd", NoneOptions())
    link = await open_link("scan", "odd", odd, lambda _: None)
    listening = asyncio.create_task(link.listen())
    with pytest.raises(DeviceError, match="no driver 'odd'"):
        await link.configure(odd)
    await link.close()
    await listening
    assert link._process is not None
    assert not alive(link._process.pid)


async def test_a_driver_killed_in_the_middle_of_a_print() -> None:
    """Killed once it was told: unknown. Told when it was away: failed, since nothing was sent."""
    clock = HeldClock()
    with SimulatedPrinter() as paper:
        supervisor, _ = supervise("print", Device("escpos", EscposOptions(to=paper.address)), clock)
        async with running(supervisor):
            assert await clock.wait() == HEARTBEAT_SECONDS
            printer = Printer(supervisor)
            await printer.prepare("j", badge_page())
            process = process_of(supervisor)
            process.send_signal(signal.SIGSTOP)
            committing = asyncio.create_task(printer.commit("j"))
            # The turn in which it is said; who was told cannot have answered.
            await asyncio.sleep(0)
            process.kill()
            assert (await committing).result == "unknown"
            assert await clock.wait() < 1
            outcome = await printer.commit("j")
            assert (outcome.result, outcome.evidence) == ("failed", "nothing was sent")
        assert paper.sheets == []


async def test_a_page_goes_through_a_real_driver_once() -> None:
    """Prepared: it says what it reads. Committed: one sheet. Committed again: the same answer, and no other sheet."""
    clock = HeldClock()
    with SimulatedPrinter() as paper:
        supervisor, _ = supervise("print", Device("escpos", EscposOptions(to=paper.address)), clock)
        async with running(supervisor):
            await supervisor.ready(20)
            printer = Printer(supervisor)
            (read,) = (await printer.prepare("j", badge_page())).read
            assert read.reveal() == BADGE
            assert (await printer.commit("j")).result == "printed"
            assert (await printer.commit("j")).result == "printed", (
                "asked twice, the same answer, and no second badge"
            )
            await printer.prepare("k", badge_page())
            await supervisor.tell(Cancel(job="k"))
            assert (await printer.commit("k")).result == "failed"
        assert len(paper.sheets) == 1
