"""Taking over systemd's sockets, handed over by systemd's own systemd-socket-activate."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from drivers.wire.listen import NotActivatedError, activation_sockets

activate = shutil.which("systemd-socket-activate")
needs_activate = pytest.mark.skipif(activate is None, reason="systemd-socket-activate is not on this machine")

#: Serves one connection: echoes a line, then says what it found and whether a second call finds nothing.
PROGRAM = """
import json, os, sys
from drivers.wire.listen import NotActivatedError, activation_sockets
listeners = activation_sockets()
connection, _ = listeners[0].accept()
try:
    activation_sockets()
    again = "found"
except NotActivatedError:
    again = "none"
with connection, connection.makefile("rw") as peer:
    heard = peer.readline()
    json.dump({
        "heard": heard, "sockets": len(listeners), "again": again,
        "inheritable": [listener.get_inheritable() for listener in listeners],
        "blocking": [listener.getblocking() for listener in listeners],
        "left": [name for name in os.environ if name.startswith("LISTEN_")],
    }, peer)
    peer.write("\\n")
"""


def ask(activated: subprocess.Popen[bytes], path: Path, listeners: int) -> dict[str, object]:
    """Connect when systemd-socket-activate listens, say one line, and return what comes back."""
    assert activated.stderr is not None
    for _ in range(listeners):
        assert b"Listening on" in activated.stderr.readline()
    with socket.socket(socket.AF_UNIX) as peer:
        peer.settimeout(30)
        peer.connect(str(path))
        peer.sendall(b"are you there?\n")
        with peer.makefile() as answers:
            said: dict[str, object] = json.loads(answers.readline())
    return said


@needs_activate
@pytest.mark.parametrize("listeners", [1, 2])
def test_the_sockets_systemd_opened_are_taken_over(tmp_path: Path, listeners: int) -> None:
    """All of them, from descriptor 3; blocking, close-on-exec, announced to no child, and only once."""
    paths = [tmp_path / f"{number}.sock" for number in range(listeners)]
    words = [word for path in paths for word in ("-l", str(path))]
    command = [str(activate), *words, sys.executable, "-c", PROGRAM]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as activated:
        try:
            said = ask(activated, paths[0], listeners)
            assert activated.wait(timeout=30) == 0
        finally:
            activated.kill()
    assert said == {
        "heard": "are you there?\n",
        "sockets": listeners,
        "again": "none",
        "inheritable": [False] * listeners,
        "blocking": [True] * listeners,
        "left": [],
    }


OURS = str(os.getpid())


@pytest.mark.parametrize(
    ("announced", "words"),
    [
        ({}, "not both set"),
        ({"LISTEN_FDS": "1"}, "not both set"),
        ({"LISTEN_PID": OURS}, "not both set"),
        ({"LISTEN_PID": "1", "LISTEN_FDS": "1"}, "are for process 1"),
        ({"LISTEN_PID": OURS, "LISTEN_FDS": "0"}, "not a number of sockets"),
        ({"LISTEN_PID": OURS, "LISTEN_FDS": "-1"}, "not a number of sockets"),
        ({"LISTEN_PID": OURS, "LISTEN_FDS": "one"}, "not a number of sockets"),
        ({"LISTEN_PID": OURS, "LISTEN_FDS": "9" * 5000}, "not a number of sockets"),
    ],
)
def test_no_sockets_is_a_typed_error_that_says_why(announced: dict[str, str], words: str) -> None:
    """Also then no child is to take the variables for its own."""
    environ = {**announced, "LISTEN_FDNAMES": "kiosk-scanner@front.socket", "PATH": "/usr/bin"}
    with pytest.raises(NotActivatedError, match=words):
        activation_sockets(environ)
    assert environ == {"PATH": "/usr/bin"}


def run_with_descriptor_3(preparation: str) -> str:
    """What a fresh process says when one socket is announced and descriptor 3 is what `preparation` makes it."""
    program = f"""
import os
{preparation}
from drivers.wire.listen import NotActivatedError, activation_sockets
try:
    activation_sockets({{"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1"}})
except NotActivatedError as wrong:
    print(wrong)
"""
    return subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout


def test_a_descriptor_that_is_no_socket_is_refused() -> None:
    assert "is none" in run_with_descriptor_3("os.dup2(os.open('/dev/null', os.O_RDONLY), 3)")


def test_a_descriptor_that_is_not_there_is_refused() -> None:
    assert "is not there" in run_with_descriptor_3("os.closerange(3, 4)")
