"""The picture driver leaves badges on disk, says so, and does it only when that was asked for in as many words."""

from __future__ import annotations

import json
import re
import stat
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from drivers.printers.page import pack
from drivers.printers.picture import PicturePrinter
from drivers.wire.options import PRINTERS, OptionError, PictureOptions, read
from tests.drivers.symbols import BADGE, picture

DOTS = picture(BADGE) < 128


def _printer(folder: Path, file_format: str = "png") -> PicturePrinter:
    return PicturePrinter(PictureOptions(to=str(folder), content_on_disk=True, format=file_format))  # type: ignore[arg-type]


def test_it_wants_to_be_told_that_content_may_be_on_disk(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="content of badges on disk"):
        read("picture", {"to": str(tmp_path)}, PRINTERS)


def test_pages_are_pictures_dot_for_dot_never_over_another_and_their_owners_alone(tmp_path: Path) -> None:
    printer = _printer(tmp_path)

    assert [printer.print(pack(DOTS, 203)).result for _ in range(2)] == ["printed"] * 2
    assert _printer(tmp_path).print(pack(~DOTS, 203)).evidence == "written to page-000003.png"

    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == ["page-000001.png", "page-000002.png", "page-000003.png"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    image = Image.open(files[0])
    assert (np.asarray(image.convert("L")) < 128).tolist() == DOTS.tolist()
    assert round(image.info["dpi"][0]) == 203


def test_a_pdf_is_as_large_as_the_badge(tmp_path: Path) -> None:
    assert _printer(tmp_path, "pdf").print(pack(DOTS, 203)).result == "printed"

    data = (tmp_path / "page-000001.pdf").read_bytes()
    assert data.startswith(b"%PDF")
    box = re.search(rb"/MediaBox \[ ?0 0 ([\d.]+) ([\d.]+) ?\]", data)
    assert box
    assert float(box[1]) == pytest.approx(DOTS.shape[1] / 203 * 72, abs=0.1)


def test_a_folder_that_is_not_there_is_absent_and_nothing_is_made(tmp_path: Path) -> None:
    printer = _printer(tmp_path / "none")

    assert printer.health().state == "absent"
    told = printer.print(pack(DOTS, 203))
    assert (told.result, bool(told.labels)) == ("failed", False)


def test_its_health_says_whose_secrets_are_there(tmp_path: Path) -> None:
    assert "on disk" in _printer(tmp_path).health().reason


def test_a_page_wider_than_the_paper_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="the printer prints 576"):
        _printer(tmp_path).check(pack(np.zeros((2, 577), dtype=np.bool_), 203))


def test_by_hand_a_page_becomes_a_file(tmp_path: Path) -> None:
    Image.fromarray(~DOTS).save(tmp_path / "page.png")
    words = ["print", "picture", "--to", str(tmp_path), str(tmp_path / "page.png")]
    command = [sys.executable, "-m", "drivers", *words]

    refused = subprocess.run(command, capture_output=True, check=False, timeout=40)
    done = subprocess.run(
        [*command, "--option", "content_on_disk=true"], capture_output=True, check=False, timeout=40
    )

    assert (refused.returncode, done.returncode) == (2, 0)
    assert b"content of badges on disk" in refused.stderr
    assert json.loads(done.stdout.splitlines()[-1])["evidence"] == "written to page-000001.png"
    assert (np.asarray(Image.open(tmp_path / "page-000001.png").convert("L")) < 128).tolist() == DOTS.tolist()
