"""`kiosk print` shows what badges look like and tries the printer, with nobody's code."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from drivers.decode import engine
from kiosk.cli.print import command
from kiosk.errors import KioskError
from kiosk.harness import gallery
from tests.cli.conftest import Run

ROOT = Path(__file__).parents[2]


def read(file: Path) -> list[bytes]:
    picture = cv2.imread(str(file), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    return [found.content for found in engine.read(np.asarray(picture, dtype=np.uint8))]


def config(folder: Path, text: str) -> Path:
    file = folder / "kiosk.toml"
    file.write_text(text)
    return file


def test_a_preview_is_a_badge_of_nobodys_code(kiosk: Run, tmp_path: Path) -> None:
    out = tmp_path / "page.png"
    words = ("--template", "label-4x2", "--out", out, "--name", "ليلى 山田", "--language", "ar", "--temporary")

    done = kiosk("print", "preview", *words, "--json")

    assert done.returncode == 0, done.stderr
    row = json.loads(done.stdout)
    assert (row["width"], row["height"], row["dpi"]) == (812, 406, 203)
    assert row["missing"] in {"山田", ""}, "said, unless this machine has a font for it"
    (content,) = read(out)
    assert content.startswith(b"ms-qrpin:v1|nobody@example.invalid|00000000-")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--template", "receit-80"), "did you mean receipt-80?"),
        (("--printer", "recept-80"), "did you mean receipt-80?"),
        (("--template", "label-4x2", "--printer", "receipt-58"), "dots for the name"),
        (("--template", "/nowhere/x.toml"), "/nowhere/x.toml: No such file"),
    ],
)
def test_a_preview_that_cannot_be_says_why(tmp_path: Path, words: tuple[str, ...], says: str) -> None:
    file = config(tmp_path, "")
    done = CliRunner().invoke(command, ["preview", "--out", str(tmp_path / "p.png"), "--config", str(file), *words])

    assert isinstance(done.exception, KioskError), "the command says what is wrong, and leaves with its code"
    assert says in str(done.exception)
    assert not (tmp_path / "p.png").exists()


def test_a_preview_of_a_slip_has_nobodys_pin(tmp_path: Path) -> None:
    out = tmp_path / "slip.png"
    words = ["--template", "pin-slip-label", "--printer", "label-2x2", "--out", str(out), "--json"]
    done = CliRunner().invoke(command, ["preview", *words, "--config", str(config(tmp_path, ""))])

    assert done.exception is None
    assert (json.loads(done.stdout)["width"], json.loads(done.stdout)["height"]) == (406, 406)
    assert read(out) == []


def test_a_test_page_goes_through_the_configured_driver(kiosk: Run, tmp_path: Path) -> None:
    pages = tmp_path / "pages"
    pages.mkdir()
    file = config(
        tmp_path,
        '[station]\norganisation = "Contoso"\n[printers.files]\nkind = "picture"\nprofile = "label-4x2"\n'
        f'to = "{pages}"\ncontent_on_disk = true\n',
    )

    done = kiosk("print", "test", "--json", "--config", file)

    assert done.returncode == 0, done.stderr
    row = json.loads(done.stdout)
    assert (row["printer"], row["result"]) == ("files", "printed")
    (page,) = pages.iterdir()
    assert cv2.imread(str(page)).shape[:2] == (406, 812), "the label's size, from the profile"
    assert len(read(page)) == 1


def test_without_a_printer_it_says_what_to_set(kiosk: Run) -> None:
    done = kiosk("print", "test")

    assert done.returncode == 2
    assert "no printer is configured" in done.stderr
    assert "[printers.NAME]" in done.stderr


def test_a_printer_that_is_away_is_named_and_the_exit_code_says_so(kiosk: Run, tmp_path: Path) -> None:
    file = config(tmp_path, '[printers.till]\nkind = "escpos"\nto = "tcp:127.0.0.1:9"\ntimeout = 1\n')

    done = kiosk("print", "test", "--config", file)

    assert done.returncode == 1
    assert "till: failed" in done.stdout
    assert "nothing was sent" in done.stdout


def test_a_profile_that_does_not_exist_is_named_with_the_nearest(kiosk: Run, tmp_path: Path) -> None:
    file = config(tmp_path, '[printers.till]\nkind = "escpos"\nto = "tcp:127.0.0.1:9"\nprofile = "reciept-58"\n')

    done = kiosk("print", "test", "--config", file)

    assert done.returncode == 2
    assert "did you mean receipt-58?" in done.stderr


def test_the_gallery_shows_every_picture_there_is() -> None:
    text = (ROOT / "docs/gallery.md").read_text(encoding="utf-8")

    assert text == gallery.text("gallery")
    for file, _, _ in gallery.SLIPS:
        assert (ROOT / f"docs/gallery/{file}.png").is_file()
    for picture in gallery.PICTURES:
        assert (ROOT / f"docs/gallery/{picture.file}.png").is_file()
    assert gallery.drawn(gallery.PICTURES[-1]).page == gallery.drawn(gallery.PICTURES[-1]).page, "always the same"


COUNTED = '[printers.till]\nkind = "escpos"\nto = "tcp:127.0.0.1:9"\nstock = 300\nlow_stock = 20\n'


def stock(file: Path, *words: str) -> dict[str, object]:
    """What `kiosk print stock --json` says."""
    done = CliRunner().invoke(command, ["stock", "--json", "--config", str(file), *words])
    assert done.exception is None, done.exception
    return dict(json.loads(done.stdout))


def test_a_new_roll_is_said_from_a_terminal(tmp_path: Path) -> None:
    file = config(tmp_path, f'[station]\nstate_directory = "{tmp_path}"\n{COUNTED}')
    full = {"printer": "till", "left": 300, "full": 300, "low": False}

    assert stock(file) == full
    assert stock(file, "--left", "20") == {**full, "left": 20, "low": True}
    assert stock(file) == {**full, "left": 20, "low": True}
    assert stock(file, "--new-roll", "--printer", "till") == full
    assert stock(file) == full


@pytest.mark.parametrize(
    ("text", "words", "says"),
    [
        (COUNTED, ("--new-roll", "--left", "3"), "exclude each other"),
        (COUNTED, ("--new-roll", "--printer", "tll"), "did you mean till?"),
        (COUNTED, ("--printer", "tll"), "nobody counts the labels of a printer 'tll'"),
        (COUNTED.replace("stock = 300", "stock = 0", 1), ("--new-roll",), "nobody counts the labels of printer till"),
        ("", (), "no printer is configured"),
    ],
)
def test_a_count_that_cannot_be_says_why(tmp_path: Path, text: str, words: tuple[str, ...], says: str) -> None:
    file = config(tmp_path, text)
    done = CliRunner().invoke(command, ["stock", "--config", str(file), *words])

    assert isinstance(done.exception, KioskError)
    assert says in str(done.exception)
