"""The simulated printers as programs: on a TCP port, on a pseudo terminal, and as the drawing of a file."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from drivers.printers import zpl
from drivers.printers.page import pack
from drivers.printers.receipt import ReceiptPrinter
from drivers.wire.options import EscposOptions

PAGE = np.kron(np.random.default_rng(3).random((20, 30)) < 0.5, np.ones((4, 4), dtype=np.bool_))


def harness(*words: str | Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "kiosk.harness", *map(str, words)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def _dots(file: Path) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    return np.asarray(Image.open(file).convert("L")) < 128


def test_the_bytes_in_a_file_are_drawn(tmp_path: Path) -> None:
    (tmp_path / "job").write_bytes(zpl.label(PAGE, width=576))

    with harness("draw", tmp_path / "job", "--language", "zpl", "--keep", tmp_path) as drawing:
        said, complaints = drawing.communicate(timeout=40)

    assert (drawing.returncode, complaints) == (0, b"")
    assert json.loads(said) == {"event": "printed", "paper": 1, "torn": False}
    assert (_dots(tmp_path / "paper-1.png")[:80, :120] == PAGE).all()


@pytest.mark.parametrize(("content", "says"), [(b"hello", b"the first at byte 0: text"), (None, b"No such file")])
def test_what_no_printer_should_be_sent_is_named(tmp_path: Path, content: bytes | None, says: bytes) -> None:
    if content is not None:
        (tmp_path / "job").write_bytes(content)

    with harness("draw", tmp_path / "job") as drawing:
        _, complaints = drawing.communicate(timeout=40)

    assert drawing.returncode == 1
    assert says in complaints
    assert b"Traceback" not in complaints


def test_a_printer_on_a_pseudo_terminal_is_a_serial_printer(tmp_path: Path) -> None:
    with harness("printer", "--pty", "--keep", tmp_path) as process:
        try:
            assert process.stdout is not None
            address = json.loads(process.stdout.readline())["printer"]
            assert address.startswith("serial:/dev/pts/")
            assert ReceiptPrinter(EscposOptions(to=address)).print(pack(PAGE, 203)).result == "printed"
            assert json.loads(process.stdout.readline())["event"] == "printed"
        finally:
            os.kill(process.pid, signal.SIGTERM)
    assert _dots(tmp_path / "paper-1.png").any()
