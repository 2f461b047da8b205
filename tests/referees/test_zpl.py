"""Three programs that were not written for this project draw our labels, dot for dot."""

from __future__ import annotations

import io

import numpy as np
import pytest
import zebrafy
import zplkit
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image
from zplkit import rendering

from drivers.printers import zpl
from drivers.printers.page import Dots
from kiosk.harness.zpl_printer import ZplPrinter
from tests.referees import node, reference

HEIGHT = 600
LABEL = zpl.label(reference.badge(4), width=reference.WIDTH, height=HEIGHT)
pages = arrays(np.bool_, st.tuples(st.integers(1, 60), st.integers(1, 90)))


def _dots(picture: Image.Image) -> Dots:
    return np.asarray(picture.convert("L")) < 128


def _expected(page: Dots) -> Dots:
    label = np.zeros((HEIGHT, reference.WIDTH), dtype=np.bool_)
    label[: page.shape[0], : page.shape[1]] = page
    return label


def _zplkit(label: bytes) -> Dots:
    # It takes ^JZ for unsupported; it draws, and never prints again.
    label = label.replace(b"^JZN", b"")
    options = zplkit.Options(width=reference.WIDTH, height=HEIGHT, dpi=reference.DPI)
    document = zplkit.render(label, options, limits=rendering.Limits(graphic_bytes=1 << 20))
    assert document.warnings == []
    raster = document.labels[0].rasterize()
    return np.frombuffer(raster.pixels, dtype=np.uint8).reshape(raster.height, raster.width) < 128


def test_zplkit_draws_the_badge() -> None:
    assert (_zplkit(LABEL) == _expected(reference.badge(4))).all()


@settings(max_examples=25, deadline=None)
@given(pages)
def test_zplkit_draws_any_page(page: Dots) -> None:
    assert (_zplkit(zpl.label(page, width=reference.WIDTH, height=HEIGHT)) == _expected(page)).all()


@settings(max_examples=25, deadline=None)
@given(pages.filter(lambda page: bool(page.any())))
def test_zebrafy_reads_the_graphic(page: Dots) -> None:
    (picture,) = zebrafy.ZebrafyZPL(zpl.label(page, width=reference.WIDTH).decode("ascii")).to_images()

    rows, columns = np.flatnonzero(page.any(axis=1)), np.flatnonzero(page.any(axis=0))
    inked = page[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    drawn = _dots(picture)
    assert (drawn[:, : inked.shape[1]] == inked).all()
    assert not drawn[:, inked.shape[1] :].any()


@pytest.mark.parametrize("format_type", ["Z64", "B64", "ASCII"])
def test_the_simulated_printer_draws_what_zebrafy_sends(format_type: str) -> None:
    page = reference.badge(4)
    picture = Image.fromarray(~page)
    label = zebrafy.ZebrafyImage(picture, format=format_type, complete_zpl=False).to_zpl()

    printer = ZplPrinter(reference.WIDTH)
    printer.receive(f"^XA^PW{reference.WIDTH}^LL{HEIGHT}".encode() + label.encode() + b"^XZ")
    printer.work()

    assert printer.faults == []
    assert (_dots(printer.sheets[0].image()) == _expected(page)).all()


def test_zpl_renderer_js_draws_the_badge() -> None:
    drawn = node.run("zpl-renderer-js", "render_zpl.mjs", reference.WIDTH // 8, HEIGHT // 8, stdin=LABEL)

    assert (_dots(Image.open(io.BytesIO(drawn))) == _expected(reference.badge(4))).all()
