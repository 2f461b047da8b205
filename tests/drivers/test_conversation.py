"""The wire, end to end with a driver process: configure first, one bad line costs itself, hanging up ends it."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from typing import Any

import cv2
import pytest

from drivers.wire import lines
from drivers.wire.messages import VERSION
from tests.drivers.symbols import BADGE, picture


def talk(*said: bytes | dict[str, Any], role: str = "scan") -> tuple[list[dict[str, Any]], int]:
    """What a driver answers to these lines, and how it leaves when the station hangs up."""
    data = b"".join(one if isinstance(one, bytes) else json.dumps(one).encode() + b"\n" for one in said)
    command = [sys.executable, "-m", "drivers", role, "--wire", "stdio"]
    done = subprocess.run(command, check=False, capture_output=True, input=data, timeout=40)
    assert done.stderr == b""
    return [json.loads(line) for line in done.stdout.splitlines()], done.returncode


def test_hello_comes_first_and_decode_is_answered_by_its_request() -> None:
    png = base64.b64encode(bytes(cv2.imencode(".png", picture(BADGE))[1])).decode()

    (hello, scan, error), code = talk(
        {"type": "configure", "kind": "pictures"},
        {"type": "decode", "request": "mine", "bytes": png},
        {"type": "decode", "request": "bad", "bytes": "AAAA"},
    )

    assert (hello["type"], hello["version"], hello["kind"]) == ("hello", VERSION, "pictures")
    assert (scan["request"], base64.b64decode(scan["codes"][0]["content"])) == ("mine", BADGE)
    assert (error["type"], error["about"]) == ("error", "bad")
    assert code == 0


def test_nothing_is_done_before_configure() -> None:
    (error, hello, health), _ = talk({"type": "ping"}, {"type": "configure", "kind": "none"}, role="print")

    assert (error["type"], hello["type"], health["state"]) == ("error", "hello", "absent")


@pytest.mark.parametrize(
    ("configure", "says"),
    [
        ({"kind": "picturs"}, "did you mean pictures?"),
        ({"kind": "pictures", "options": {"pahts": []}}, "did you mean paths?"),
        ({"kind": "pictures", "options": {"paths": 3}}, "paths"),
    ],
)
def test_a_wrong_configure_is_fatal_and_named(configure: dict[str, Any], says: str) -> None:
    (error,), code = talk({"type": "configure", **configure})

    assert error["fatal"] is True
    assert says in error["reason"]
    assert code == 0


def test_a_bad_line_costs_itself_alone() -> None:
    answers, _ = talk({"type": "configure", "kind": "none"}, b"nonsense\n", {"type": "wash"}, {"type": "ping"})

    assert [answer["type"] for answer in answers] == ["hello", "health", "error", "error", "health"]


def test_an_overlong_line_ends_it_in_words() -> None:
    answers, code = talk({"type": "configure", "kind": "none"}, b"x" * (lines.MAX_LINE + 1))

    assert answers[-1]["fatal"] is True
    assert code == 0


def test_what_is_for_another_kind_of_device_is_ignored() -> None:
    answers, _ = talk(
        {"type": "configure", "kind": "pictures"},
        {"type": "cancel", "job": "a"},
        {"type": "trigger"},
        {"type": "signal", "signal": "good"},
        {"type": "preview", "on": True},
        {"type": "ping"},
    )

    assert [answer["type"] for answer in answers] == ["hello", "health"]
