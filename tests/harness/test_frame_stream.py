"""Frames go to whoever reads; nobody is waited for, and no frame waits in line."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.errors import KioskError
from kiosk.harness.frame_stream import FrameStream


@pytest.fixture
def stream(tmp_path: Path) -> Iterator[FrameStream]:
    made = FrameStream(tmp_path / "camera")
    yield made
    made.close()


def reader_of(stream: FrameStream) -> int:
    return os.open(stream.path, os.O_RDONLY | os.O_NONBLOCK)


def test_the_fifo_is_its_owners_alone_and_goes_with_the_stream(tmp_path: Path) -> None:
    made = FrameStream(tmp_path / "camera")
    mode = (tmp_path / "camera").lstat().st_mode
    assert (stat.S_ISFIFO(mode), stat.S_IMODE(mode)) == (True, 0o600)
    made.close()
    assert list(tmp_path.iterdir()) == []


def test_without_a_reader_no_frame_is_made(stream: FrameStream) -> None:
    assert not stream.offer(lambda: pytest.fail("made for nobody"))


def test_a_frame_is_sent_whole_and_the_next_one_only_when_it_was_read(stream: FrameStream) -> None:
    reader = reader_of(stream)
    frame = os.urandom(300_000)
    assert stream.offer(lambda: frame)
    assert stream.unsent is not None
    got = b""
    while len(got) < len(frame):
        assert not stream.offer(lambda: b"too early")
        got += os.read(reader, 65536)
        stream.push()
    assert got == frame
    assert stream.unsent is None
    assert stream.offer(lambda: b"next")
    assert os.read(reader, 10) == b"next"
    os.close(reader)


def test_a_reader_may_leave_in_the_middle_and_the_next_one_gets_a_whole_frame(stream: FrameStream) -> None:
    reader = reader_of(stream)
    stream.offer(lambda: bytes(300_000))
    os.close(reader)
    stream.push()
    assert stream.unsent is None
    reader = reader_of(stream)
    assert stream.offer(lambda: b"whole")
    assert os.read(reader, 10) == b"whole"
    os.close(reader)


def test_a_reader_that_left_between_frames_is_noticed(stream: FrameStream) -> None:
    reader = reader_of(stream)
    stream.offer(lambda: b"one")
    os.read(reader, 10)
    os.close(reader)
    stream.offer(lambda: b"two")
    reader = reader_of(stream)
    assert stream.offer(lambda: b"three")
    assert os.read(reader, 10) == b"three"
    os.close(reader)


def test_a_fifo_left_by_a_killed_desk_is_taken_over(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "camera")
    FrameStream(tmp_path / "camera").close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["file", "no/folder"])
def test_a_path_that_will_not_do_is_refused_and_left_alone(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("kept")
    with pytest.raises(KioskError, match=name):
        FrameStream(tmp_path / name)
    assert (tmp_path / "file").read_text() == "kept"
