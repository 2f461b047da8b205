"""Templates are data: strict, named precisely when wrong, and never able to make a badge nobody can tell apart."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.decode import engine
from drivers.printers.page import unpack
from drivers.wire.messages import Page
from drivers.wire.secret import Secret
from kiosk import config
from kiosk.badge import picture
from kiosk.badge.kind import CodeKind
from kiosk.badge.page import Artwork, PageError, Printer, compose, draw
from kiosk.badge.qr import from_content
from kiosk.badge.slip import Slip, draw_slip
from kiosk.badge.template import Template, TemplateError, fitting, packaged, parse
from kiosk.errors import UsageError
from kiosk.stationery import Holder, Stationery, symbols, template_named
from kiosk.tenant.symbol import symbol_svg

CONTENT = b"ms-qrpin:v1|ada@example.com|1a253da5-3f9a-457d-bd9c-de1aab9a2e59|" + b"k" * 180
SYMBOL = from_content(Secret(CONTENT), level="l")
BADGES = {name: template for name, template in packaged().items() if template.document == "badge"}
PRINTERS = {
    "receipt-58": [Printer(384, 203), Printer(567, 300)],
    "receipt-80": [Printer(576, 203), Printer(512, 180), Printer(852, 300)],
    "label-2x2": [Printer(406, 203, 406), Printer(600, 300, 600)],
    "label-4x2": [Printer(812, 203, 406), Printer(1200, 300, 600)],
}
CASES = [(name, printer) for name, printers in PRINTERS.items() for printer in printers]
OWN = """
title = "ours"
[page]
paper = "receipt"
width_mm = 80
[[part]]
show = ["temporary"]
size_mm = 5
[[part]]
show = ["symbol"]
size_mm = 30
"""


def artwork(kind: CodeKind = CodeKind.STANDARD, **more: object) -> Artwork:
    expires = datetime(2027, 12, 21, 18, 0, tzinfo=UTC)
    given = {"name": "Maximiliane Alexandra von Hohenstein zu Wittelsbach", "role": "Schichtleiterin", **more}
    return Artwork(
        organisation="Contoso Stores",
        station="gate 3",
        kind=kind,
        expires=expires,
        code_id="1a253da5-3f9a-457d-bd9c-de1aab9a2e59",
        **given,  # type: ignore[arg-type]
    )


def read(page: Page) -> list[bytes]:
    return [found.content for found in engine.read(np.where(unpack(page), 0, 255).astype(np.uint8))]


@pytest.mark.parametrize(("name", "printer"), CASES)
@pytest.mark.parametrize("kind", list(CodeKind))
def test_every_template_reads_back_on_every_printer_it_is_for(name: str, printer: Printer, kind: CodeKind) -> None:
    drawn = compose(SYMBOL, artwork(kind, language="de"), printer, packaged()[name])

    assert read(drawn.page) == [CONTENT]
    assert fitting(printer) == packaged()[name], "it is the one chosen for this paper"
    height = packaged()[name].page.height_mm
    assert height is None or drawn.page.height == printer.dots(height), "a label is exactly as high as it is"


@pytest.mark.parametrize(("name", "printer"), CASES)
def test_the_symbol_is_on_rows_of_its_own_and_on_even_dots(name: str, printer: Printer) -> None:
    drawn = compose(SYMBOL, artwork(CodeKind.TEMPORARY), printer, packaged()[name])
    dots = unpack(drawn.page)
    if packaged()[name].page.beside or drawn.module % 2:
        return

    side = SYMBOL.size * drawn.module
    wanted = np.kron(SYMBOL.modules, np.ones((drawn.module, drawn.module), dtype=np.bool_))
    found = [
        (y, x)
        for y in range(dots.shape[0] - side + 1)
        for x in range(0, dots.shape[1] - side + 1, 2)
        if dots[y, x] and dots[y + side - 1, x] and (dots[y : y + side, x : x + side] == wanted).all()
    ]
    ((y, x),) = found
    assert not np.delete(dots[y : y + side], np.s_[x : x + side], axis=1).any(), "nothing else on its rows"
    assert not dots[y - 4 * drawn.module : y].any(), "its quiet zone is blank above"
    assert x % 2 == 0


@pytest.mark.parametrize("name", BADGES)
def test_a_temporary_badge_has_a_black_band_and_a_standard_one_has_none(name: str) -> None:
    printer = PRINTERS[name][0]

    def longest_black(kind: CodeKind) -> int:
        dots = unpack(draw(SYMBOL, artwork(kind), printer, packaged()[name]))
        return max(
            (max(map(len, bytes(row.astype(np.uint8)).split(b"\0"))) for row in dots),
            default=0,
        )

    assert longest_black(CodeKind.TEMPORARY) > 0.4 * printer.width
    assert longest_black(CodeKind.STANDARD) < 0.25 * printer.width


def test_what_has_no_room_on_a_label_is_left_out_and_said() -> None:
    narrow = Printer(406, 203, 406)
    drawn = compose(from_content(Secret(CONTENT + b"k" * 120), level="l"), artwork(CodeKind.TEMPORARY), narrow)

    assert drawn.left_out
    assert len(read(drawn.page)) == 1


def test_a_label_too_small_for_the_code_is_refused_in_words() -> None:
    with pytest.raises(PageError, match="needs"):
        compose(SYMBOL, artwork(), Printer(300, 203, 200), packaged()["label-2x2"])


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("title", "titel"), "ours.toml: titel: there is no such key; did you mean title?"),
        (("width_mm", "widht_mm"), "page.widht_mm: there is no such key; did you mean width_mm?"),
        (("size_mm = 5", "size_mn = 5"), "part[0].size_mn: there is no such key; did you mean size_mm?"),
        (("size_mm = 5", 'size_mm = "5"'), "part[0].size_mm: should be a number, not text"),
        (('"temporary"', '"temporaly"'), "part[0].show[0]: there is no 'temporaly'; it is one of name, "),
        (('["temporary"]', '["name"]'), "exactly one part must show temporary"),
        (('["symbol"]', '["name"]'), "exactly one part must show symbol"),
        (('["symbol"]', '["symbol", "name"]'), "part[1].show: symbol stands alone"),
        (('["symbol"]', "[]"), "part[1].show: it shows nothing"),
        (('["temporary"]', '["pin"]'), "part: pin is never on a badge"),
        (('"receipt"', '"label"'), "page.height_mm: a label has one"),
        (("[page]", "[page"), "ours.toml: "),
    ],
)
def test_a_template_that_is_wrong_is_named_by_file_key_and_nearest_right_key(
    change: tuple[str, str], says: str
) -> None:
    with pytest.raises(TemplateError) as caught:
        parse(OWN.replace(*change), "ours.toml")
    assert says in str(caught.value)


def test_a_pin_is_never_on_a_badge_and_a_symbol_never_on_a_slip() -> None:
    for template in packaged().values():
        shown = {field for part in template.part for field in part.show}
        assert ("pin" in shown) == (template.document == "pin_slip")
        assert ("symbol" in shown) == (template.document == "badge")
    with pytest.raises(PageError, match="no template of a badge"):
        draw(SYMBOL, artwork(), Printer(576, 203), packaged()["pin-slip"])
    with pytest.raises(PageError, match="no template of a PIN slip"):
        draw_slip(slip(), Printer(576, 203), packaged()["receipt-80"])


def slip() -> Slip:
    return Slip("Ada Okafor", "Contoso", "gate 3", Secret("735102"), "pl")


def test_a_pin_slip_is_a_page_of_its_own_and_off_unless_allowed() -> None:
    page = draw_slip(slip(), Printer(576, 203))

    assert read(page) == []
    assert unpack(page).any()
    with pytest.raises(UsageError, match="PIN slips are off"):
        stationery("").pin_slip(Holder("Ada"), Secret("735102"), Printer(576, 203))
    allowed = stationery("[badge]\npin_slip = true")
    assert allowed.pin_slip(Holder("Ada"), Secret("735102"), Printer(576, 203)).width == 576


def stationery(text: str, folder: Path | None = None) -> Stationery:
    import tomllib  # noqa: PLC0415 - one test's reader

    return Stationery.open(config.parse(tomllib.loads(text), folder and folder / "kiosk.toml"))


def test_a_site_brings_its_own_template_by_name_or_file(tmp_path: Path) -> None:
    (tmp_path / "ours.toml").write_text(OWN)

    by_name = stationery(f'[badge]\ntemplate = "ours"\ntemplate_directory = "{tmp_path}"').template
    by_file = stationery(f'[badge]\ntemplate = "{tmp_path}/ours.toml"').template

    assert by_name == by_file
    assert isinstance(by_name, Template)
    assert by_name.title == "ours"
    assert template_named("label-4x2", str(tmp_path)) == packaged()["label-4x2"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('template = "receit-80"', "badge.template: no template is called 'receit-80'; did you mean receipt-80?"),
        ('template = "pin-slip"', "badge.template: pin-slip is a template of another document"),
        ('template = "/nowhere/ours.toml"', "badge.template: /nowhere/ours.toml: No such file"),
        ('logo = "/nowhere/logo.png"', "badge.logo: /nowhere/logo.png: No such file"),
        ('logoo = "x"', "badge.logoo: there is no such key; did you mean logo?"),
    ],
)
def test_a_configuration_of_badges_that_is_wrong_names_the_key(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(config.ConfigError) as caught:
        stationery(f"[badge]\n{text}", tmp_path)
    assert str(tmp_path / "kiosk.toml") in str(caught.value)
    assert says in str(caught.value)


def test_a_logo_that_is_no_picture_is_named(tmp_path: Path) -> None:
    (tmp_path / "logo.png").write_bytes(b"no picture")
    with pytest.raises(config.ConfigError, match=r"badge\.logo"):
        stationery(f'[badge]\nlogo = "{tmp_path}/logo.png"', tmp_path)


def test_a_photo_that_cannot_be_read_costs_the_photo_and_is_said() -> None:
    drawn = compose(SYMBOL, artwork(photo=b"no picture"), Printer(576, 203))

    assert drawn.left_out == ("photo",)
    assert read(drawn.page) == [CONTENT]


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_text_gives_anything_but_a_template_or_words_about_it(data: st.DataObject) -> None:
    text = OWN
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(text)))
        text = text[:at] + data.draw(st.text(max_size=4)) + text[at + data.draw(st.integers(0, 6)) :]
    with suppress(TemplateError):
        parse(text, "ours.toml")


@settings(max_examples=60, deadline=None)
@given(st.one_of(st.binary(max_size=200), st.binary(max_size=60).map(lambda noise: b"\x89PNG\r\n\x1a\n" + noise)))
def test_no_photo_raises_anything_but_that_it_is_none(photo: bytes) -> None:
    with pytest.raises(picture.PictureError):
        picture.dots(photo, 100, 100)


def test_the_image_is_printed_and_the_content_only_where_the_image_cannot_be() -> None:
    paper, content = Printer(576, 203), Secret(CONTENT)
    ((image, source), (again, why)) = symbols(Secret(symbol_svg(CONTENT)), content, paper)
    ((only, because),) = symbols(Secret(b"<svg onload='x'/>"), content, paper)

    assert (source, image.size) == ("image", SYMBOL.size)
    assert why == "content, because of the image reads as something else"
    assert because == "content, because of an SVG with the attribute onload, which is not read"
    assert again.size == only.size
    with pytest.raises(PageError, match="no code can be drawn"):
        list(symbols(Secret(b""), Secret(b"x" * 3000), paper))
