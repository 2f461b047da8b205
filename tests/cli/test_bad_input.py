"""Bad input gives a clear line that says what and what to do, the right exit code, and leaves data as it was."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.cli.conftest import Run
from tests.drivers.symbols import BADGE, picture


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A folder of pictures, good and bad."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    ten = np.concatenate([picture(f"code {number}".encode()) for number in range(10)], axis=1)
    for name, image in {
        "badge.png": picture(BADGE),
        "other.png": picture(b"https://example.com"),
        "blank.png": np.full((50, 50), 255, dtype=np.uint8),
        "ten.png": ten,
        "two.png": np.concatenate([picture(BADGE), picture(BADGE + b"x")], axis=1),
    }.items():
        cv2.imwrite(str(folder / name), image)
    (folder / "text.png").write_text("no picture")
    return folder


def _complaint(stderr: str) -> list[str]:
    return [line for line in stderr.splitlines() if "Traceback" in line or line.startswith('  File "')]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("text.png", "not a picture"),
        ("blank.png", "no code"),
        ("none.png", "No such file"),
        ("other.png", "not_a_badge"),
        ("ten.png", "not_a_badge"),
        ("two.png", "several_badges"),
        ("badge.png", "unknown"),
    ],
)
def test_check_names_the_picture_and_what_it_shows(kiosk: Run, pictures: Path, name: str, says: str) -> None:
    done = kiosk("check", pictures / name)

    shown = done.stdout + done.stderr
    assert done.returncode == 1
    assert str(pictures / name) in shown
    assert says in shown
    assert not _complaint(done.stderr)


def test_check_tells_a_program_the_same(kiosk: Run, pictures: Path) -> None:
    done = kiosk("check", "--json", pictures / "badge.png", pictures / "text.png")

    badge, text = map(json.loads, done.stdout.splitlines())
    assert (badge["verdict"], badge["works"], badge["basis"]) == ("unknown", False, "registry")
    assert "not a picture" in text["error"]


def test_decode_shows_other_codes_and_of_badges_only_the_digest(kiosk: Run, pictures: Path) -> None:
    done = kiosk("decode", "--json", pictures / "badge.png", pictures / "other.png")

    badge, other = (json.loads(line) for line in done.stdout.splitlines())
    assert done.returncode == 0
    assert "content_base64" not in badge["codes"][0]
    assert len(badge["codes"][0]["sha256"]) == 64
    assert other["codes"][0]["content_base64"] == "aHR0cHM6Ly9leGFtcGxlLmNvbQ=="
    assert len(other["codes"][0]["corners"]) == 8


@pytest.mark.parametrize("words", [(), ("--all",)])
def test_decode_leaves_no_code_out_that_it_has_found(kiosk: Run, pictures: Path, words: tuple[str, ...]) -> None:
    done = kiosk("decode", *words, pictures / "ten.png")

    assert len(json.loads(done.stdout)["codes"]) == 10


def test_decode_reveals_to_a_terminal_only(kiosk: Run, pictures: Path) -> None:
    done = kiosk("decode", "--reveal", pictures / "badge.png")

    assert (done.returncode, done.stdout) == (2, "")
    assert "only to a terminal" in done.stderr


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[station]\nnmae = 'x'", "station.nmae: there is no such key; did you mean name?"),
        ("[policy]\nstandard_days = 'many'", "policy.standard_days: should be a whole number, not text"),
        ("[station", "line 1"),
    ],
)
def test_a_wrong_configuration_is_a_usage_error(kiosk: Run, tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "kiosk.toml"
    file.write_text(text)

    done = kiosk("check", "x.png", "--config", file)

    assert done.returncode == 2
    assert str(file) in done.stderr
    assert says in done.stderr
    assert not _complaint(done.stderr)


def _config(tmp_path: Path, extra: str = "") -> Path:
    file = tmp_path / "kiosk.toml"
    file.write_text(f"[registry]\npath = '{tmp_path}/registry.db'\n{extra}")
    return file


def test_a_registry_that_is_no_database_is_left_as_it_was(kiosk: Run, tmp_path: Path, pictures: Path) -> None:
    registry = tmp_path / "registry.db"
    registry.write_text("dear diary")

    done = kiosk("check", "--config", _config(tmp_path), pictures / "badge.png")

    assert done.returncode == 1
    assert str(registry) in done.stderr
    assert registry.read_text() == "dear diary"
    assert not _complaint(done.stderr)


def test_a_tenant_that_is_down_leaves_the_verdict_to_the_registry(kiosk: Run, tmp_path: Path, pictures: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"https://127.0.0.1:{closed.getsockname()[1]}"
    secret = tmp_path / "secret"
    secret.write_text("s3cret-of-nobody")
    graph = f"""[graph]
tenant_id = "8f2c6b1e-4d0a-4c57-9b1f-3a5e7d9c2b40"
client_id = "4b7e9d30-1c2f-4e58-a6d4-7f30b8e1c925"
client_secret_file = "{secret}"
base_url = "{address}"
authority = "{address}"
"""
    done = kiosk("check", "--json", "--config", _config(tmp_path, graph), pictures / "badge.png")
    doctor = kiosk("doctor", "--json", "--config", _config(tmp_path, graph))

    row = json.loads(done.stdout)
    assert (done.returncode, row["verdict"]) == (1, "unknown")
    assert row["offline"]
    parts = {finding["part"]: finding for finding in map(json.loads, doctor.stdout.splitlines())}
    assert doctor.returncode == 1
    assert parts["graph"]["state"] == "fault"
    assert parts["graph"]["todo"]
    assert "s3cret" not in done.stdout + done.stderr + doctor.stdout + doctor.stderr


def test_doctor_says_of_a_printer_that_is_away_what_to_do(kiosk: Run, tmp_path: Path) -> None:
    printer = "[printers.receipt]\nkind = 'escpos'\nto = 'tcp:127.0.0.1:1'\n"

    done = kiosk("doctor", "--json", "--config", _config(tmp_path, printer))

    parts = {finding["part"]: finding for finding in map(json.loads, done.stdout.splitlines())}
    assert done.returncode == 1
    assert parts["printer receipt"]["state"] == "fault"
    assert "switched on" in parts["printer receipt"]["todo"]
    assert parts["decoder"]["state"] == "ok"


@pytest.mark.parametrize(
    ("words", "says"),
    [(("frobnicate",), "No such command"), (("check",), "Missing argument"), (("run",), "no [scanners]")],
)
def test_words_that_make_no_sense_are_usage_errors(kiosk: Run, words: tuple[str, ...], says: str) -> None:
    done = kiosk(*words)

    assert done.returncode == 2
    assert says in done.stderr


def test_a_demo_keeps_nothing_over_what_is_there(kiosk: Run, pictures: Path) -> None:
    done = kiosk("demo", "--headless", "--keep", pictures)

    assert done.returncode == 2
    assert "not empty" in done.stderr


def test_the_program_starts_from_nothing() -> None:
    """Not in a process that has imported it before, as the other tests have it."""
    done = subprocess.run([sys.executable, "-m", "kiosk", "--version"], check=True, capture_output=True, text=True)
    assert done.stdout.startswith("kiosk 0.")
    done = subprocess.run([sys.executable, "-m", "kiosk", "run"], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert "no [scanners]" in done.stderr


def test_help_is_there(kiosk: Run) -> None:
    for command in ("", "demo", "run", "check", "decode", "tenant serve", "doctor", "config show", "config check"):
        done = kiosk(*command.split(), "--help")
        assert done.returncode == 0
        assert "Usage:" in done.stdout
