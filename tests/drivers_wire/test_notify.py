"""The notifier, against a socket that listens as systemd does."""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.wire.notify import Notifier


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, socket.socket]]:
    """What NOTIFY_SOCKET says, and the service manager's end of it."""
    name = str(tmp_path / "notify") if request.param == "path" else f"@kiosk-test-{secrets.token_hex(8)}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(name.replace("@", "\0", 1) if name.startswith("@") else name)
        listening.settimeout(5)
        yield name, listening


def test_each_message_is_one_datagram_with_systemd_s_words(manager: tuple[str, socket.socket]) -> None:
    name, listening = manager
    notifier = Notifier.from_environment({"NOTIFY_SOCKET": name})
    notifier.ready()
    notifier.watchdog()
    notifier.status("reading badges")
    notifier.stopping()
    assert [listening.recv(4096) for _ in range(4)] == [
        b"READY=1",
        b"WATCHDOG=1",
        b"STATUS=reading badges",
        b"STOPPING=1",
    ]


def test_a_status_cannot_smuggle_in_another_assignment(manager: tuple[str, socket.socket]) -> None:
    """Assignments are separated by newlines; a status with one in it stays one assignment."""
    name, listening = manager
    Notifier(name).status("printer\nMAINPID=1\r\x0bREADY=1")
    assert listening.recv(4096) == b"STATUS=printer MAINPID=1 READY=1"


@given(text=st.text(st.characters(codec=None)))
def test_any_text_is_one_line_of_status(text: str) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(b"")  # the kernel picks an abstract address
        listening.settimeout(5)
        Notifier("@" + os.fsdecode(listening.getsockname()[1:])).status(text)
        said = listening.recv(65536)
    assert said.startswith(b"STATUS=")
    assert b"\n" not in said


@pytest.mark.parametrize(
    "address",
    [
        "",
        "relative/path",
        "vsock:2:1234",
        "/nowhere/at/all",
        "@nobody-listens-here",
        "/" + "x" * 200,
        "@" + "x" * 200,
    ],
)
def test_without_a_listener_nothing_happens(address: str) -> None:
    """No NOTIFY_SOCKET, an unknown kind of address, nobody there, an address too long: never an exception."""
    notifier = Notifier.from_environment({"NOTIFY_SOCKET": address})
    notifier.ready()
    notifier.watchdog()
    notifier.status("nobody hears")
    notifier.stopping()


def test_a_manager_that_does_not_read_cannot_hold_us_up(tmp_path: Path) -> None:
    """The socket's queue is finite; a message that does not fit is dropped after a second."""
    name = str(tmp_path / "full")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(name)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as filling:
            filling.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                while True:
                    filling.sendto(b"x", name)
        Notifier(name).ready()


def test_nothing_is_said_without_a_notify_socket(manager: tuple[str, socket.socket]) -> None:
    _, listening = manager
    Notifier.from_environment({}).ready()
    listening.setblocking(False)
    with pytest.raises(BlockingIOError):
        listening.recv(4096)


@pytest.mark.parametrize(
    ("variables", "seconds"),
    [
        ({"WATCHDOG_USEC": "30000000"}, 15.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}, 15.0),
        ({"WATCHDOG_USEC": "1"}, 0.0000005),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": ""}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "-5"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({"WATCHDOG_USEC": "٣"}, None),
        ({"WATCHDOG_USEC": "9" * 5000}, None),
        ({"WATCHDOG_USEC": ""}, None),
        ({}, None),
    ],
)
def test_the_interval_is_half_of_what_the_watchdog_allows(variables: dict[str, str], seconds: float | None) -> None:
    """Half of WATCHDOG_USEC, and only when WATCHDOG_PID, if set, is this process."""
    assert Notifier.from_environment({"NOTIFY_SOCKET": "/run/notify", **variables}).interval == seconds


def test_there_is_no_interval_without_anybody_to_tell() -> None:
    assert Notifier.from_environment({"WATCHDOG_USEC": "30000000"}).interval is None
