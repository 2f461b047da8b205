"""The reference badge, as the printers put it on paper: read by two decoders, in no more bytes than promised."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import numpy as np
import pytest
import zxingcpp
from PIL import Image

from drivers.decode import zbar
from drivers.printers import escpos, zpl
from drivers.printers.page import Dots, unpack
from drivers.wire.secret import Secret
from kiosk.badge.kind import CodeKind
from kiosk.badge.page import Artwork, draw
from kiosk.badge.size import Printer, symbol_of
from kiosk.harness.printer_file import printed
from kiosk.harness.printer_model import Language
from tests.referees import reference

KB = 1024


def _escpos(page: Dots) -> bytes:
    raster = escpos.page(page, width=reference.WIDTH, double=True)
    return escpos.job(raster, escpos.process_id(1))


def _zpl(page: Dots) -> bytes:
    return zpl.label(page, width=reference.WIDTH)


ENCODERS: dict[Language, Callable[[Dots], bytes]] = {"escpos": _escpos, "zpl": _zpl}


@pytest.mark.parametrize(
    ("language", "module", "most"),
    [("escpos", 4, 6 * KB), ("escpos", 6, 10 * KB), ("zpl", 4, 4 * KB), ("zpl", 6, 4 * KB)],
)
def test_a_badge_costs_no_more_bytes_than_promised(language: Language, module: int, most: int) -> None:
    sent = ENCODERS[language](reference.badge(module))

    assert len(sent) <= most
    assert printed(sent, language, reference.WIDTH, reference.DPI).faults == []


def _on_paper(language: Language, module: int) -> Image.Image:
    printer = printed(ENCODERS[language](reference.badge(module)), language, reference.WIDTH, reference.DPI)
    (sheet,) = printer.sheets
    return sheet.image().convert("L")


@pytest.mark.parametrize("language", ["escpos", "zpl"])
@pytest.mark.parametrize("module", [4, 6])
def test_zxing_reads_what_is_on_the_paper(language: Language, module: int) -> None:
    codes = zxingcpp.read_barcodes(_on_paper(language, module))

    assert [code.bytes for code in codes] == [reference.CONTENT]


@pytest.mark.parametrize("language", ["escpos", "zpl"])
@pytest.mark.parametrize("module", [4, 6])
def test_zbar_reads_what_is_on_the_paper(language: Language, module: int) -> None:
    if zbar.library() is None:
        pytest.skip("zbar: libzbar0 is not installed")

    found = zbar.read(np.asarray(_on_paper(language, module)))

    assert [reading.content for reading in found] == [reference.CONTENT]


PAPERS = [
    Printer(384, 203),
    Printer(576, 203),
    Printer(512, 180),
    Printer(640, 203),
    Printer(408, 203, height=406),
    Printer(816, 203, height=406),
    Printer(1200, 300, height=600),
]
ARTWORK = Artwork(
    name="Zoë Ångström-Πολίτης",
    organisation="Contoso Stores",
    station="till-3",
    kind=CodeKind.TEMPORARY,
    expires=datetime(2026, 11, 21, 18, 0),  # noqa: DTZ001 - the site's own time
    code_id="1a253da5-3f9a-457d-bd9c-de1aab9a2e59",
)


@pytest.mark.parametrize("language", ["escpos", "zpl"])
@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: f"{paper.width}x{paper.height}-{paper.dpi}")
def test_every_template_reads_on_the_paper_of_every_printer(language: Language, paper: Printer) -> None:
    page = unpack(draw(symbol_of(Secret(reference.CONTENT), paper), ARTWORK, paper))
    if language == "zpl":
        sent = zpl.label(page, width=paper.width, height=paper.height)
    else:
        sent = escpos.job(escpos.page(page, width=paper.width, double=True), escpos.process_id(1))

    printer = printed(sent, language, paper.width, paper.dpi)

    assert printer.faults == []
    (sheet,) = printer.sheets
    picture = sheet.image().convert("L")
    assert [code.bytes for code in zxingcpp.read_barcodes(picture)] == [reference.CONTENT]
    if zbar.library() is not None:
        assert [reading.content for reading in zbar.read(np.asarray(picture))] == [reference.CONTENT]
