"""A driver run by a person shows everything but the content of badges."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import pytest

from kiosk.harness.printer_server import SimulatedPrinter
from tests.drivers.symbols import BADGE, picture


def drivers(*words: str | Path, stdin: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    """`python -m drivers WORDS…`."""
    command = [sys.executable, "-m", "drivers", *map(str, words)]
    return subprocess.run(command, check=False, capture_output=True, input=stdin, timeout=40)


def _png(folder: Path, name: str, content: bytes) -> Path:
    cv2.imwrite(str(folder / name), picture(content))
    return folder / name


def test_a_scan_shows_other_codes_and_no_badge(tmp_path: Path) -> None:
    done = drivers("scan", "pictures", _png(tmp_path, "a.png", BADGE), _png(tmp_path, "b.png", b"hello"))

    badge, other = (json.loads(line)["codes"][0] for line in done.stdout.splitlines())
    assert done.returncode == 0
    assert "content_base64" not in badge
    assert base64.b64decode(other["content_base64"]) == b"hello"
    assert b"ms-qrpin" not in done.stdout + done.stderr


def test_a_folder_is_read_in_order_and_what_is_no_picture_is_named(tmp_path: Path) -> None:
    _png(tmp_path, "2.png", b"two")
    _png(tmp_path, "1.png", b"one")
    (tmp_path / "3.png").write_text("three")

    done = drivers("scan", "pictures", tmp_path)

    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["type"] for row in rows] == ["scan", "scan", "error"]
    assert [Path(row.get("source") or row["about"]).name for row in rows] == ["1.png", "2.png", "3.png"]
    assert done.returncode == 1


def test_a_stream_of_jpegs_on_standard_input_is_a_camera() -> None:
    """Frames without a code are passed over in silence."""
    blank = bytes(cv2.imencode(".jpg", picture(b"x") * 0 + 200)[1])
    frame = bytes(cv2.imencode(".jpg", picture(b"seen"))[1])

    done = drivers("scan", "pictures", "-", stdin=blank + frame)

    (row,) = (json.loads(line) for line in done.stdout.splitlines())
    assert base64.b64decode(row["codes"][0]["content_base64"]) == b"seen"


def test_a_video_is_a_camera(tmp_path: Path) -> None:
    file = str(tmp_path / "badge.avi")
    frame = cv2.cvtColor(picture(b"filmed"), cv2.COLOR_GRAY2BGR)
    film = cv2.VideoWriter(file, cv2.VideoWriter.fourcc(*"MJPG"), 10, (frame.shape[1], frame.shape[0]))
    for _ in range(3):
        film.write(frame)
    film.release()

    done = drivers("scan", "pictures", file)

    contents = [json.loads(line)["codes"][0]["content_base64"] for line in done.stdout.splitlines()]
    assert contents == [base64.b64encode(b"filmed").decode()] * 3


def test_a_picture_is_printed_and_its_outcome_is_the_exit_code(tmp_path: Path) -> None:
    file = _png(tmp_path, "page.png", b"a page")
    with SimulatedPrinter() as printer:
        done = drivers("print", "escpos", "--to", printer.address, file)
        printer.fault("cover_open")
        refused = drivers("print", "escpos", "--to", printer.address, file)

    assert (done.returncode, len(printer.sheets)) == (0, 1)
    assert json.loads(done.stdout.splitlines()[-1])["result"] == "printed"
    assert refused.returncode == 1
    assert json.loads(refused.stdout.splitlines()[-1])["reason"] == "cover open"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("scan", "picturs"), b"did you mean pictures?"),
        (("scan",), b"name a KIND"),
        (("scan", "pictures", "--option", "budgt_ms=3", "x"), b"did you mean budget_ms?"),
        (("scan", "pictures", "--option", "x"), b"NAME=VALUE"),
        (("scan", "--wire", "carrier-pigeon"), b"stdio, listen or fd:N"),
        (("scan", "--wire", "listen"), b"--wire listen"),
        (("scan", "pictures", "--reveal", "x"), b"only to a terminal"),
        (("print", "escpos", "--to", "nowhere"), b"FILE"),
    ],
)
def test_words_that_make_no_sense_are_named(words: tuple[str, ...], says: bytes) -> None:
    done = drivers(*words)

    assert done.returncode == 2
    assert says in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("camera", "/dev/v4l/by-id/nobody"), b"camera: there is no /dev/v4l/by-id/nobody; is it plugged in?"),
        (("camera", "http://127.0.0.1:9/video"), b"cannot be reached"),
        (("camera", "/dev/null/x"), b"camera: "),
        (("serial", "/dev/serial/by-id/nobody"), b"serial: there is no /dev/serial/by-id/nobody"),
        (("none",), b"none: no device is configured"),
    ],
)
def test_a_device_that_is_not_there_ends_it_in_words(words: tuple[str, ...], says: bytes) -> None:
    """By hand nobody waits for a device: one line on standard error, nothing of a library's, and 1."""
    done = drivers("scan", *words)

    assert done.returncode == 1
    assert says in done.stderr
    assert done.stderr.count(b"\n") == 1
    assert json.loads(done.stdout)["type"] == "health"


def test_a_reader_that_leaves_is_no_error(tmp_path: Path) -> None:
    file = _png(tmp_path, "a.png", b"hello")
    reading, writing = os.pipe()
    os.close(reading)

    with os.fdopen(writing, "wb") as closed:
        command = [sys.executable, "-m", "drivers", "scan", "pictures", str(file)]
        done = subprocess.run(command, check=False, stdout=closed, stderr=subprocess.PIPE, timeout=40)

    assert done.stderr == b""


def test_a_scan_of_no_pictures_is_refused_and_not_waited_for() -> None:
    done = drivers("scan", "pictures")

    assert done.returncode == 2
    assert b"name the pictures, folders or videos" in done.stderr


def test_usb_ids_are_typed_as_they_are_listed() -> None:
    """05e0 is no number, and 1200 is not one either."""
    done = drivers("scan", "keyboard", "--option", "vendor=05e0", "--option", "product=1200")

    assert done.returncode == 1
    assert b"no keyboard has vendor 05e0, product 1200" in done.stderr
