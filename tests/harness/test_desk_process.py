"""The desk as a process, from the first line to nothing left behind."""

from __future__ import annotations

import contextlib
import io
import json
import os
import select
import signal
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

pytestmark = pytest.mark.system
WAIT = 30.0


class Process:
    """A child of the harness; `ask` gives the answer to a command, `said` what it told unasked until then."""

    def __init__(self, temporary: Path, *words: str) -> None:
        environment = {**os.environ, "TMPDIR": str(temporary)}
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        self.child = subprocess.Popen([sys.executable, "-m", "kiosk.harness", *words], env=environment, **pipes)
        self.said: list[dict[str, Any]] = []
        self._late = threading.Timer(WAIT, self.child.kill)
        self._late.start()

    def line(self) -> dict[str, Any]:
        assert self.child.stdout is not None
        line = self.child.stdout.readline()
        assert line, "it left, or was killed for saying nothing"
        answer = json.loads(line)
        assert isinstance(answer, dict)
        return answer

    def printed(self) -> dict[str, Any]:
        while not self.said:
            self.said.append(self.line())
        return self.said.pop(0)

    def ask(self, **words: Any) -> dict[str, Any]:
        self.tell(json.dumps(words).encode())
        while (answer := self.line())["event"] == "printed":
            self.said.append(answer)
        return answer

    def tell(self, line: bytes) -> None:
        assert self.child.stdin is not None
        self.child.stdin.write(line + b"\n")
        self.child.stdin.flush()

    def leave(self) -> tuple[int, bytes]:
        """Hang up. Its exit status and what it complained of."""
        _, complaints = self.child.communicate(timeout=WAIT)
        return self.child.returncode, complaints

    def close(self) -> None:
        self._late.cancel()
        self.child.kill()
        with contextlib.suppress(ValueError):
            self.child.communicate()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Process]]:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    with contextlib.ExitStack() as stack:

        def begin(*words: str) -> Process:
            process = Process(temporary, *words)
            stack.callback(process.close)
            return process

        yield begin
    # Whatever happened, nothing is left on disk but what was asked for.
    assert list(temporary.iterdir()) == []


def send(address: str, data: bytes) -> None:
    host, port = address.removeprefix("tcp:").split(":")
    with socket.create_connection((host, int(port)), timeout=WAIT) as sender:
        sender.sendall(data + b"\x1d(H\x06\x0000job1")
        assert sender.recv(7, socket.MSG_WAITALL) == b"\x37\x22job1\x00"


def frames(camera: str) -> Generator[np.ndarray[Any, Any], None, None]:
    """The pictures of the stream, as one who knows only JPEG finds them."""
    reader = os.open(camera, os.O_RDONLY | os.O_NONBLOCK)
    held = b""
    try:
        while True:
            assert select.select([reader], [], [], WAIT)[0], "no frame"
            with contextlib.suppress(BlockingIOError):
                held += os.read(reader, 1 << 20)
            while (end := held.find(b"\xff\xd9")) >= 0:
                picture, held = held[: end + 2], held[end + 2 :]
                # What the reader before left lying in the FIFO may come first.
                picture = picture[picture.rfind(b"\xff\xd8\xff") :]
                yield np.array(Image.open(io.BytesIO(picture)))
    finally:
        os.close(reader)


def test_a_badge_goes_from_bytes_to_paper_to_camera(
    start: Callable[..., Process],
    badge_bytes: Callable[..., bytes],
    content: Callable[[int], bytes],
    reader: Callable[[object], list[bytes]],
) -> None:
    desk = start("desk", "--fps", "30")
    ready = desk.line()
    assert ready["event"] == "ready"
    assert stat.S_IMODE(Path(ready["camera"]).lstat().st_mode) == 0o600
    assert stat.S_IMODE(Path(ready["camera"]).parent.stat().st_mode) == 0o700
    with contextlib.closing(frames(ready["camera"])) as stream:
        assert reader(next(stream)) == []
        send(ready["printer"], badge_bytes(1))
        assert desk.printed() == {"event": "printed", "paper": 1, "torn": False}
        assert desk.ask(do="hold", paper="newest") == {"event": "held", "paper": 1, "as": "new"}
        assert any(reader(frame) == [content(1)] for frame, _ in zip(stream, range(20), strict=False))
        assert desk.ask(do="remove") == {"event": "removed"}
    # Another reader is as welcome.
    with contextlib.closing(frames(ready["camera"])) as stream:
        assert next(stream).shape == (720, 1280)
    assert desk.ask(do="view")["event"] == "view"
    assert desk.ask(do="papers")["faults"] == []
    assert desk.ask(do="quit") == {"event": "leaving"}
    assert desk.leave() == (0, b"")
    assert not Path(ready["camera"]).exists()


def test_kept_pictures_and_a_named_camera_are_where_they_were_asked_for(
    start: Callable[..., Process], tmp_path: Path, badge_bytes: Callable[..., bytes]
) -> None:
    desk = start("desk", "--camera", str(tmp_path / "camera"), "--keep", str(tmp_path / "kept" / "here"))
    ready = desk.line()
    assert ready["camera"] == str(tmp_path / "camera")
    send(ready["printer"], badge_bytes(1))
    desk.printed()
    desk.ask(do="hold", paper=1, **{"as": "worn"})
    assert sorted(p.name for p in (tmp_path / "kept" / "here").iterdir()) == ["paper-1.png", "view-1-worn.png"]
    assert desk.leave() == (0, b"")
    assert not (tmp_path / "camera").exists()


def test_a_wrong_line_is_answered_and_the_next_one_works(start: Callable[..., Process]) -> None:
    desk = start("desk")
    desk.line()
    for line in (b"what?", b'{"do":"hold"}', b'{"do":"fault","name":"on_fire"}', b"x" * 200_000):
        desk.tell(line)
        assert desk.line()["event"] == "error"
    assert desk.ask(do="fault", name="cover_open") == {"event": "fault", "name": "cover_open"}
    assert desk.ask(do="repair") == {"event": "repaired"}
    assert desk.leave() == (0, b"")


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("words", [("desk",), ("printer",)])
def test_a_signal_ends_it_cleanly(
    start: Callable[..., Process], words: tuple[str, ...], sent: signal.Signals
) -> None:
    process = start(*words)
    assert process.line()["event"] == "ready"
    process.child.send_signal(sent)
    assert process.child.wait(WAIT) == 0
    assert process.leave() == (0, b"")


def test_the_printer_alone_tells_of_sheets_and_keeps_them(
    start: Callable[..., Process], tmp_path: Path, badge_bytes: Callable[..., bytes]
) -> None:
    printer = start("printer", "--keep", str(tmp_path / "kept"), "--width", "512", "--dpi", "180")
    send(printer.line()["printer"], badge_bytes(1))
    assert printer.printed() == {"event": "printed", "paper": 1, "torn": False}
    with Image.open(tmp_path / "kept" / "paper-1.png") as picture:
        assert picture.width == 512
    printer.child.send_signal(signal.SIGTERM)
    assert printer.leave() == (0, b"")


def test_a_port_that_is_taken_is_one_clear_line(start: Callable[..., Process]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        status, complaint = start("printer", "--port", str(taken.getsockname()[1])).leave()
    assert (status, complaint.count(b"\n")) == (1, 1)
    assert b"in use" in complaint


def test_a_camera_path_that_is_a_file_is_one_clear_line(start: Callable[..., Process], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("kept")
    status, complaint = start("desk", "--camera", str(tmp_path / "file")).leave()
    assert (status, complaint.count(b"\n")) == (1, 1)
    assert b"is no FIFO" in complaint
    assert (tmp_path / "file").read_text() == "kept"
