"""The simulated camera and scanner as commands: for trying a station by hand."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from drivers.wire.messages import Error, Frame, Health, Preview, Scan, Signal, Trigger
from kiosk.harness import camera_process
from kiosk.harness.badge_views.film import Film
from kiosk.harness.badge_views.view import views
from tests.drivers.driver_process import DriverProcess

WAIT = 30


@contextmanager
def harness(*words: str | Path) -> Iterator[tuple[Callable[[], dict[str, Any]], Callable[[str], None]]]:
    """`hear` gives its next line, `type` types one; it leaves with 0 at the end of what is typed."""
    command = [sys.executable, "-m", "kiosk.harness", *map(str, words)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        out, into = process.stdout, process.stdin

        def hear() -> dict[str, Any]:
            answer = json.loads(out.readline())
            assert isinstance(answer, dict)
            return answer

        def type_(line: str) -> None:
            into.write(line + "\n")
            into.flush()

        yield hear, type_
        into.close()
        assert process.wait(WAIT) == 0


@pytest.mark.parametrize("words", [("--at", "LINK"), ("--network",)])
def test_a_scanner_scans_what_is_typed_and_tells_what_it_is_told(words: tuple[str, ...], tmp_path: Path) -> None:
    here = tuple(word.replace("LINK", str(tmp_path / "gun")) for word in words)
    with harness("scanner", "--family", "zebra", *here) as (hear, type_):
        address = hear()["scanner"]
        with DriverProcess("serial", device=address, family="zebra", suffix="CR") as process:
            assert process.hear(Health).state == "ok"
            for typed, content in {"a code": b"a code", "!!loud": b"!loud", "]Q1x": b"x"}.items():
                type_(typed)
                assert process.hear(Scan).codes[0].content.reveal() == content
            type_("!show held")
            type_("!nonsense")
            assert "there are: !garbage" in hear()["hint"]
            process.say(Trigger())
            assert process.hear(Scan).codes[0].content.reveal() == b"held"
            process.say(Signal(signal="bad"))
            assert [hear()["command"] for _ in range(3)] == ["trigger", "release", "bad"]
            type_("!long")
            assert "longer" in process.hear(Error).reason
            type_("!unplug")
            assert process.hear(Health).state == "absent"


def test_a_scanner_takes_nothing_away_for_its_link(tmp_path: Path) -> None:
    (tmp_path / "diary").write_text("dear diary")
    command = [sys.executable, "-m", "kiosk.harness", "scanner", "--at", str(tmp_path / "diary")]
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=WAIT
    )

    assert (done.returncode, done.stdout) == (2, "")
    assert "is no link" in done.stderr
    assert (tmp_path / "diary").read_text() == "dear diary"


def test_a_camera_shows_badges_and_has_faults() -> None:
    with (
        harness("camera", "--fps", "30") as (hear, type_),
        DriverProcess("camera", device=hear()["camera"], freeze_seconds=0.5) as process,
    ):
        assert process.hear(Health).state == "ok"
        process.say(Preview(on=True))
        assert process.hear(Frame).width == 160
        type_("melt")
        assert "freeze" in hear()["hint"]
        type_("freeze")
        assert process.hear(Health).state == "fault"
        type_("well")
        assert process.hear(Health).state == "ok"


def test_a_camera_shows_an_empty_desk_and_then_a_badge() -> None:
    made: list[bytes] = []
    make = camera_process.scenes("plain", 0, 1.0)
    film = Film(views("plain", 1, 0)[0])
    made = [make() for _ in range(7)]

    assert made[0] == camera_process.jpeg(film.empty(0))
    assert made[3] == camera_process.jpeg(film.frame(0))
    assert made[6] == camera_process.jpeg(film.frame(90))
