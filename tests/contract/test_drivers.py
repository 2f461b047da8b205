"""The one contract that every driver keeps, whatever it drives: each clause of docs/driver-protocol.md."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import pytest

from drivers.wire.lines import MAX_LINE
from drivers.wire.messages import (
    VERSION,
    Configure,
    Decode,
    Error,
    FromDriver,
    Health,
    Page,
    Ping,
    Prepare,
    Prepared,
    Scan,
    Trigger,
)
from drivers.wire.options import PRINTERS, SCANNERS
from drivers.wire.secret import Secret
from tests.contract.peers import KINDS, Kind, Peer
from tests.drivers.driver_process import DriverProcess
from tests.drivers.symbols import BADGE, picture

SECONDS = 20
PNG = Secret(bytes(cv2.imencode(".png", picture(BADGE))[1]))
PAGE = Page(width=8, height=8, dpi=203, rows=Secret(bytes(8)))
WITH_PEER = [kind for kind in KINDS if kind.peer]


@pytest.fixture
def kind(request: pytest.FixtureRequest) -> Kind:
    assert isinstance(request.param, Kind)
    return request.param


@pytest.fixture
def peer(kind: Kind, tmp_path: Path) -> Iterator[Peer]:
    assert kind.peer
    with kind.peer(tmp_path) as made:
        yield made


def start(kind: Kind, peer: Peer) -> DriverProcess:
    return DriverProcess(kind.name, kind.role, **peer.options)


def becomes(process: DriverProcess, *states: str) -> Health:
    """Ask until it is in one of these states."""
    deadline = time.monotonic() + SECONDS
    while True:
        process.say(Ping())
        health = process.hear(Health)
        if health.state in states:
            return health
        assert time.monotonic() < deadline, health


def test_every_kind_is_here() -> None:
    """A new kind of driver cannot be forgotten."""
    assert {(one.role, one.name) for one in KINDS} == {
        *(("scan", name) for name in SCANNERS),
        *(("print", name) for name in PRINTERS),
    }


@pytest.mark.parametrize("kind", WITH_PEER, indirect=True, ids=str)
def test_a_conversation(kind: Kind, peer: Peer) -> None:
    """Hello; health with evidence or a reason; configured once only; what it cannot do is refused; then it leaves.

    `DriverProcess` sees to the last two clauses: it leaves with 0 when hung up on, and printed nothing.
    """
    with start(kind, peer) as process:
        assert (process.hello.version, process.hello.kind) == (VERSION, kind.name)
        assert process.hello.identity
        health = becomes(process, kind.state)
        assert health.evidence or health.reason

        process.say(Configure(kind=kind.name, options=peer.options))
        twice = process.hear(Error)
        assert (twice.about, twice.fatal) == ("configure", False)

        process.say(Decode(request="mine", bytes=PNG))
        if "decode" in process.hello.capabilities:
            scans = (process.hear(Scan) for _ in range(1000))
            answer = next(scan for scan in scans if scan.request == "mine")
            assert [code.content.reveal() for code in answer.codes] == [BADGE]
            process.say(Decode(request="bad", bytes=Secret(b"no picture")))
            assert process.hear(Error).about == "bad"
        else:
            assert process.hear(Error).about == "mine"

        process.say(Prepare(job="j", page=PAGE))
        if kind.role == "print":
            assert process.hear(Prepared).job == "j"
        else:
            assert process.hear(Error).about == "j"

        # A bad line costs itself alone, and what is for another kind of device nothing at all.
        process._wire.sendall(b'{"type":"wash"}\n')
        assert not process.hear(Error).fatal
        if kind.role == "print":
            process.say(Trigger())
        assert becomes(process, kind.state)


@pytest.mark.parametrize("kind", KINDS, indirect=True, ids=str)
def test_a_wrong_option_is_refused_with_the_nearest_right_one(kind: Kind) -> None:
    """In words, as a fatal error about `configure`; then it leaves with 0."""
    wrong, right = kind.wrong
    asked = {"type": "configure", "kind": kind.name, "options": {wrong: 1}}
    done = subprocess.run(
        [sys.executable, "-m", "drivers", kind.role, "--wire", "stdio"],
        check=False,
        capture_output=True,
        input=json.dumps(asked).encode() + b"\n",
        timeout=40,
    )
    (error,) = (json.loads(line) for line in done.stdout.splitlines())
    assert (error["type"], error["about"], error["fatal"]) == ("error", "configure", True)
    assert repr(wrong) in error["reason"]
    assert right in error["reason"]
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("kind", [one for one in KINDS if one.absent is not None], indirect=True, ids=str)
def test_a_device_that_is_not_there_is_a_state(kind: Kind) -> None:
    """Said without being asked, with a reason and what to do about it; never a crash. By itself it leaves with 0."""
    with DriverProcess(kind.name, kind.role, **(kind.absent or {})) as process:
        health = process.hear(Health)
        assert health.state in ("absent", "unknown")
        assert health.reason
        assert health.hint


@pytest.mark.parametrize("kind", [one for one in WITH_PEER if one.can_go], indirect=True, ids=str)
def test_lost_and_back(kind: Kind, peer: Peer) -> None:
    """Taken away: said, with a reason. Back: ok again, in the same process or, where it left, in the next one."""
    assert peer.lose
    assert peer.restore
    with start(kind, peer) as process:
        becomes(process, "ok")
        peer.lose()
        if kind.leaves:
            last = _last_health(process.rest())
            peer.restore()
        else:
            last = becomes(process, "absent", "fault", "unknown")
            peer.restore()
            becomes(process, "ok")
        assert last.state == "absent" or not kind.leaves
        assert last.reason
    if kind.leaves:
        with start(kind, peer) as process:
            becomes(process, "ok")


def _last_health(said: list[FromDriver]) -> Health:
    return [message for message in said if isinstance(message, Health)][-1]


@pytest.mark.parametrize("kind", WITH_PEER, indirect=True, ids=str)
def test_sigterm_ends_it_within_a_second_and_a_line_too_long_at_once(kind: Kind, peer: Peer) -> None:
    """Two ends that the station or systemd bring about; neither leaves anything on its output."""
    process = start(kind, peer)
    process.__enter__()
    process.process.send_signal(signal.SIGTERM)
    assert process.process.wait(1) in (0, -signal.SIGTERM)
    output, _ = process.process.communicate()
    process._wire.close()
    assert output == b""

    with start(kind, peer) as process:
        process._wire.sendall(b"x" * MAX_LINE)
        last = [message for message in process.rest() if isinstance(message, Error)][-1]
        assert last.fatal
        assert str(MAX_LINE) in last.reason
