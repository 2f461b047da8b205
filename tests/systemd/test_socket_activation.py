"""A driver started by a connection, as kiosk-scanner@.socket and its service do it."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from drivers.wire.lines import LineReader, WireError, encode, from_driver
from drivers.wire.messages import VERSION, Configure, FromDriver, Health, Hello, Ping

M = TypeVar("M")

activate = shutil.which("systemd-socket-activate")
pytestmark = pytest.mark.skipif(activate is None, reason="systemd-socket-activate is not on this machine")


@pytest.fixture(params=["scan", "print"])
def activated(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Path, subprocess.Popen[bytes]]]:
    """The socket's path and what stands behind it: systemd-socket-activate, which turns into the driver."""
    path = tmp_path / "driver.sock"
    command = [str(activate), "-l", str(path), sys.executable, "-m", "drivers", request.param, "--wire", "listen"]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        assert b"Listening on" in process.stderr.readline()
        try:
            yield path, process
        finally:
            process.kill()


def hear(peer: socket.socket, reader: LineReader[FromDriver], wanted: type[M]) -> M:
    """The next message of the kind `wanted`; fails when the driver hangs up before it says one."""
    while data := peer.recv(65536):
        for message in reader.feed(data):
            assert not isinstance(message, WireError)
            if isinstance(message, wanted):
                return message
    pytest.fail(f"the driver hung up before it said {wanted.__name__}")


def test_a_connection_starts_the_driver_and_its_end_ends_it(
    activated: tuple[Path, subprocess.Popen[bytes]],
) -> None:
    """It greets, answers, and leaves with 0 when the station hangs up: then the next connection starts it anew."""
    path, process = activated
    reader = from_driver()
    with socket.socket(socket.AF_UNIX) as peer:
        peer.settimeout(30)
        peer.connect(str(path))
        peer.sendall(encode(Configure(kind="none", options={})))
        assert hear(peer, reader, Hello).version == VERSION
        peer.sendall(encode(Ping()))
        assert hear(peer, reader, Health).state == "absent"
    assert process.wait(timeout=30) == 0
