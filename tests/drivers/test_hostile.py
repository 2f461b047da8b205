"""What a code says reaches no terminal as it is: a person who runs a driver by hand sees plain ASCII."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from kiosk.harness.serial_scanner import PtyPlug, SimulatedScanner

CLEAR_SCREEN = b"\x1b[2J\x1b]0;title\x07"
C1 = "\x9b31m\x90q\x9c".encode()
TURNED_ROUND = "badge\u202egdab\u2066x\u2069".encode()
SHELL = b"$(reboot)`reboot`;reboot\n"[:-1]


def test_by_hand_a_hostile_code_is_shown_as_base64(tmp_path: Path) -> None:
    """Escape sequences, C1 controls as UTF-8 and as bytes, overrides of direction, NUL and DEL."""
    codes = [CLEAR_SCREEN, C1, b"\x9b31m", TURNED_ROUND, SHELL, b"\x00\x7f"]
    with SimulatedScanner(PtyPlug(tmp_path / "port")) as scanner:
        command = [sys.executable, "-m", "drivers", "scan", "serial", scanner.address]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            assert process.stdout
            assert process.stderr
            lines = [process.stdout.readline()]
            for code in codes:
                scanner.scan(code)
                lines.append(process.stdout.readline())
            scanner.unplug()
            rest = process.stdout.read() + process.stderr.read()

    shown = b"".join(lines) + rest
    assert all(byte == 0x0A or 0x20 <= byte <= 0x7E for byte in shown)
    contents = [json.loads(line)["codes"][0]["content_base64"] for line in lines[1:]]
    assert [base64.b64decode(content) for content in contents] == codes


@pytest.mark.parametrize("name", ["\x1b[2J.png", "\u202egnp.exe", "\x9b31m.png", "\x7f.png"])
def test_by_hand_a_hostile_file_name_is_escaped(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("no picture")

    command = [sys.executable, "-m", "drivers", "scan", "pictures", str(tmp_path / name)]
    done = subprocess.run(command, check=False, capture_output=True, timeout=40)

    assert all(byte == 0x0A or 0x20 <= byte <= 0x7E for byte in done.stdout + done.stderr)
    assert json.loads(done.stdout)["about"] == str(tmp_path / name)


def test_no_thread_of_a_simulated_scanner_stays_behind(tmp_path: Path) -> None:
    with SimulatedScanner(PtyPlug(tmp_path / "port")):
        pass
    assert "simulated scanner" not in [thread.name for thread in threading.enumerate()]
