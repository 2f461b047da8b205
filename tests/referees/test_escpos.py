"""Programs that were not written for this project send what we send, and read what we draw."""

from __future__ import annotations

import importlib
import io
import shutil
import subprocess
import warnings
from typing import Any

import numpy as np
import pytest
from PIL import Image

from drivers.printers import escpos
from drivers.printers.page import Dots
from kiosk.harness.escpos_printer import EscposPrinter
from tests.referees import node, reference

#: A page whose raster needs no moving, cropping or doubling: random rows from edge to edge, up to 960 dots long.
PAGE = np.random.default_rng(4).random((96, reference.WIDTH)) < 0.5
PAGE[:, [0, -1]] = True


def _raster(bytes_sent: bytes) -> bytes:
    """From the first GS v 0 on, without what comes after the rasters."""
    return bytes_sent[bytes_sent.index(b"\x1dv0") :]


def _module(name: str) -> Any:
    # Its packages warn when they are imported.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return importlib.import_module(name)


def _python_escpos(page: Dots) -> bytes:
    printer = _module("escpos.printer").Dummy()
    printer.image(Image.fromarray(~page), impl="bitImageRaster", fragment_height=10_000)
    return bytes(printer.output)


def test_python_escpos_sends_the_same_raster() -> None:
    ours = escpos.page(PAGE, width=reference.WIDTH, double=False)

    theirs = _raster(_python_escpos(PAGE))
    assert theirs == ours


def test_python_escpos_initialises_as_we_do() -> None:
    assert escpos.INITIALISE == _module("escpos.constants").HW_INIT


def test_python_escpos_asks_for_status_as_we_do() -> None:
    constants = _module("escpos.constants")
    assert escpos.REAL_TIME_STATUS[1] == constants.RT_STATUS_ONLINE
    assert escpos.REAL_TIME_STATUS[4] == constants.RT_STATUS_PAPER


def test_receipt_printer_encoder_sends_the_same_raster() -> None:
    ours = escpos.page(PAGE, width=reference.WIDTH, double=False)
    dots = PAGE.astype(np.uint8).tobytes()
    theirs = node.run(
        "@point-of-sale/receipt-printer-encoder", "encode_escpos.mjs", PAGE.shape[1], PAGE.shape[0], stdin=dots
    )

    assert theirs.startswith(escpos.INITIALISE)
    assert ours in theirs


@pytest.mark.parametrize("module", [4, 6])
def test_the_simulated_printer_draws_what_python_escpos_sends(module: int) -> None:
    page = reference.badge(module)
    printer = EscposPrinter(reference.WIDTH)
    printer.receive(_raster(_python_escpos(page)) + escpos.CUT)
    printer.work()

    assert printer.faults == []
    drawn = np.asarray(printer.sheets[0].image().convert("L")) < 128
    assert (drawn[96 : 96 + len(page)] == page).all()


def test_netpbm_takes_the_rasters_data_for_a_picture() -> None:
    """The payload of GS v 0 is the payload of a PBM."""
    if (pnm := shutil.which("pnmtopng")) is None:
        pytest.skip("netpbm: pnmtopng is not installed")
    ours = escpos.page(PAGE, width=reference.WIDTH, double=False)
    pbm = b"P4\n%d %d\n" % (PAGE.shape[1], PAGE.shape[0]) + ours[8:]

    done = subprocess.run([pnm], input=pbm, capture_output=True, check=True, timeout=20)

    drawn = np.asarray(Image.open(io.BytesIO(done.stdout)).convert("L")) < 128
    assert (drawn == PAGE).all()


def test_pillow_takes_the_rasters_data_for_a_picture() -> None:
    ours = escpos.page(PAGE, width=reference.WIDTH, double=False)

    picture = Image.frombytes("1", (PAGE.shape[1], PAGE.shape[0]), ours[8:], "raw", "1;I")

    assert ((np.asarray(picture.convert("L")) < 128) == PAGE).all()
