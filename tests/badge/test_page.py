"""A page is whole dots a module, reads as the code it was drawn from, and fits the printer or says it does not."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from drivers.decode import engine
from drivers.printers.page import unpack
from drivers.wire.messages import Page
from drivers.wire.secret import Secret
from kiosk.badge.kind import CodeKind
from kiosk.badge.page import MIN_DOTS, MIN_MM, Artwork, PageError, Printer, dots_per_module, draw
from kiosk.badge.qr import from_content

CONTENT = b"ms-qrpin:v1|ada@example.com|1a253da5-3f9a-457d-bd9c-de1aab9a2e59|" + b"k" * 180
SYMBOL = from_content(Secret(CONTENT))


def artwork(name: str = "Ada Okafor", kind: CodeKind = CodeKind.STANDARD) -> Artwork:
    expires = datetime(2027, 12, 21, 18, 0, tzinfo=UTC)
    return Artwork(name, "Contoso Stores", "gate 3", kind, expires, "1a253da5-3f9a-457d-bd9c-de1aab9a2e59")


def read(page: Page) -> list[bytes]:
    return [found.content for found in engine.read(np.where(unpack(page), 0, 255).astype(np.uint8))]


@pytest.mark.parametrize("width", [384, 512, 576, 640])
@pytest.mark.parametrize("dpi", [180, 203])
@pytest.mark.parametrize("kind", list(CodeKind))
def test_the_page_reads_as_its_code(width: int, dpi: int, kind: CodeKind) -> None:
    page = draw(SYMBOL, artwork(kind=kind), Printer(width, dpi))

    assert read(page) == [CONTENT]
    assert (page.width, page.dpi) == (width, dpi)


@pytest.mark.parametrize(
    "name",
    [
        "Zoë Śliwińska-Müller",
        "ليلى حداد",
        "Γιώργος Παπαδόπουλος",
        "Ирина Кузнецова",
        "דוד כהן",
        "x" * 300,
        " ",
        "",
        "Maximiliane Alexandra von Hohenstein zu Wittelsbach und noch viel mehr Namen",
    ],
)
def test_any_name_leaves_the_code_readable_and_the_page_its_width(name: str) -> None:
    page = draw(SYMBOL, artwork(name), Printer(576, 203))

    assert read(page) == [CONTENT]
    assert not unpack(page)[:, [0, -1]].any(), "nothing touches the edges"


def test_control_characters_in_a_name_draw_nothing_harmful() -> None:
    assert read(draw(SYMBOL, artwork("A\x1b@\n\x00B"), Printer(576, 203))) == [CONTENT]


@pytest.mark.parametrize(("width", "dpi"), [(384, 203), (576, 203), (640, 180), (832, 300), (1200, 300)])
def test_modules_are_never_too_small_and_as_near_two_inches_as_fits(width: int, dpi: int) -> None:
    dots = dots_per_module(SYMBOL, Printer(width, dpi))

    assert dots >= MIN_DOTS
    assert dots / dpi * 25.4 >= MIN_MM
    assert (SYMBOL.size + 8) * dots <= width


def test_a_printer_too_narrow_is_named_with_what_is_needed() -> None:
    with pytest.raises(PageError, match="has 200"):
        dots_per_module(SYMBOL, Printer(200, 203))


def test_a_temporary_badge_is_not_to_be_taken_for_a_standard_one() -> None:
    standard = draw(SYMBOL, artwork(), Printer(576, 203))
    temporary = draw(SYMBOL, artwork(kind=CodeKind.TEMPORARY), Printer(576, 203))

    black_rows = (unpack(temporary).mean(axis=1) > 0.95).sum()
    assert black_rows >= 10, "a black band across the page"
    assert (unpack(standard).mean(axis=1) > 0.95).sum() == 0


def test_a_glyph_no_font_has_is_reported() -> None:
    assert artwork("Ada").missing_glyphs == ""
    assert artwork("Ada \U0001f9ff").missing_glyphs == "\U0001f9ff"


def test_the_page_shows_itself_to_no_log() -> None:
    assert "rows=Secret(redacted)" in repr(draw(SYMBOL, artwork(), Printer(576, 203)))
