"""Ports that are busy, denied, no ports, or asked for wrongly: each a state or an error in words."""

from __future__ import annotations

import errno
import fcntl
import os
import subprocess
import sys
import termios
from pathlib import Path
from typing import Any

import pytest

from drivers.scanners.trouble import explain
from drivers.wire.messages import Health
from drivers.wire.options import SCANNERS, OptionError, read
from tests.drivers.driver_process import DriverProcess


def test_a_port_that_another_program_holds_is_busy_and_the_program_is_named(terminal: str) -> None:
    """The driver stays, and takes the port when it is free."""
    held = os.open(terminal, os.O_RDWR | os.O_NOCTTY)
    fcntl.flock(held, fcntl.LOCK_EX)
    with DriverProcess("serial", device=terminal) as process:
        busy = process.hear(Health)
        os.close(held)
        back = process.hear(Health)
    assert (busy.state, back.state) == ("fault", "ok")
    assert f"(process {os.getpid()})" in busy.reason


def test_a_port_is_taken_for_ourselves(terminal: str) -> None:
    with DriverProcess("serial", device=terminal) as process:
        process.hear(Health)
        probe = "import os, sys; os.setuid(65534); os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY)"
        if os.getuid() == 0:
            os.chmod(terminal, 0o666)  # noqa: S103, PTH101
            refused = subprocess.run([sys.executable, "-c", probe, terminal], check=False, capture_output=True)
            assert b"EBUSY" in refused.stderr or b"busy" in refused.stderr
        with DriverProcess("serial", device=terminal) as second:
            assert (second.hear(Health)).state == "fault"


@pytest.mark.skipif(os.getuid() != 0, reason="nothing is denied to anybody else here without a second user")
def test_a_port_that_may_not_be_opened_names_the_group(terminal: str) -> None:
    """The driver as another user, as systemd runs it."""
    os.chmod(terminal, 0o600)  # noqa: PTH101
    program = (
        "import os, sys, json; sys.path.insert(0, '.'); from drivers.scanners import port, trouble\n"
        "from drivers.wire.options import SerialOptions\n"
        "os.setuid(65534)\n"
        "try: port.LocalPort(SerialOptions(device=sys.argv[1]))\n"
        "except trouble.DeviceTroubleError as wrong: print(wrong.health.state, wrong.health.hint)\n"
    )
    told = subprocess.run([sys.executable, "-c", program, terminal], check=True, capture_output=True, text=True)
    assert told.stdout.startswith("fault")
    assert "group" in told.stdout


def test_what_is_no_serial_port_is_a_state(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no port")
    with DriverProcess("serial", device=str(tmp_path / "file")) as process:
        health = process.hear(Health)
        assert (health.state, health.hint) == ("fault", "is this the right device?")
        assert health.reason.endswith("it is no serial port")


def test_a_port_held_by_a_meddling_program_says_what_keeps_it_off(terminal: str, tmp_path: Path) -> None:
    """Found among the processes by the device they have open, here as ModemManager would be."""
    process = tmp_path / "4711"
    (process / "fd").mkdir(parents=True)
    (process / "comm").write_text("ModemManager\n")
    (process / "fd/7").symlink_to(terminal)
    (process / "fd/0").symlink_to("/dev/null")

    health = explain(terminal, errno.EBUSY, group="dialout", processes=tmp_path).health

    assert health.state == "fault"
    assert "ModemManager (process 4711)" in health.reason
    assert "ID_MM_DEVICE_IGNORE" in health.hint


def test_a_port_that_brltty_took_away_says_so(tmp_path: Path) -> None:
    """It claims the USB adapter itself, so there is no port left that it could be seen to hold."""
    (tmp_path / "815").mkdir()
    (tmp_path / "815/comm").write_text("brltty\n")

    health = explain("/dev/ttyUSB0", errno.ENOENT, group="dialout", processes=tmp_path).health

    assert (health.state, "brltty" in health.hint) == ("absent", True)


def test_line_settings_reach_the_line(terminal: str) -> None:
    with DriverProcess("serial", device=terminal, baud=115200, flow="rts_cts", stopbits=2) as process:
        process.hear(Health)
        look = os.open(terminal, os.O_RDWR | os.O_NOCTTY) if os.getuid() == 0 else -1
        if look >= 0:
            settings = termios.tcgetattr(look)
            assert settings[4] == termios.B115200
            assert settings[2] & termios.CSTOPB
            assert settings[2] & termios.CRTSCTS
            os.close(look)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({}, "device"),
        ({"device": "/dev/x", "boud": 1}, "did you mean baud?"),
        ({"device": "/dev/x", "parity": "evn"}, "parity"),
        ({"device": "/dev/x", "bytesize": 9}, "bytesize"),
        ({"device": "/dev/x", "max_length": 1_000_000}, "max_length"),
        ({"device": "/dev/x", "prefix": "€"}, "bytes"),
    ],
)
def test_wrong_options_are_named(options: dict[str, Any], says: str) -> None:
    with pytest.raises(OptionError) as caught:
        read("serial", options, SCANNERS)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("ttyS0",), b"/dev/serial/by-id"),
        (("/dev/ttyS0", "/dev/ttyS1"), b"one device, not 2"),
        (("/dev/x", "--option", "family=honeywel"), b"did you mean honeywell?"),
        (("/dev/x", "--option", "suffix=\u20ac"), b"is not bytes"),
        (("rfc2217://nowhere:99999999",), b"rfc2217"),
        (("socket://nowhere",), b"socket://HOST:PORT"),
        (("rfc2217://localhost:1?logging=debug",), b"rfc2217://HOST:PORT"),
    ],
)
def test_what_only_the_driver_can_know_is_named_as_well(words: tuple[str, ...], says: bytes) -> None:
    command = [sys.executable, "-m", "drivers", "scan", "serial", *words]
    done = subprocess.run(command, check=False, capture_output=True, timeout=40)
    assert (done.returncode, says in done.stderr, b"Traceback" in done.stderr) == (2, True, False), done.stderr
