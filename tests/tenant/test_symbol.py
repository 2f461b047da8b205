"""The picture Graph sends: what it says when a decoder reads it, and its shape."""

from __future__ import annotations

import re

import pytest
import zxingcpp
from PIL import Image, ImageDraw

from kiosk.tenant.content import named_in, new_content
from kiosk.tenant.symbol import symbol_svg

CODE_ID = "1a253da5-3f9a-457d-bd9c-de1aab9a2e59"
RECT = re.compile(r'<rect x="(\d+)" y="(\d+)" width="(\d+)" height="(\d+)" fill="#(\w{6})" />')


def drawn(svg: bytes) -> Image.Image:
    """The SVG as pixels; it is nothing but rects."""
    rects = [(*map(int, match[:4]), match[4]) for match in RECT.findall(svg.decode())]
    picture = Image.new("L", (rects[0][2], rects[0][3]), 255)
    for x, y, width, height, fill in rects[1:]:
        assert fill == "000000"
        ImageDraw.Draw(picture).rectangle((x, y, x + width - 1, y + height - 1), fill=0)
    return picture


@pytest.mark.parametrize(
    ("upn", "version", "pixels"),
    [
        ("admin@xpfq8.onmicrosoft.com", 10, 195),
        ("ada.okafor@contoso-stores.example", 10, 195),
        ("katarzyna.wisniewska@contoso-stores.example", 10, 195),
        ("a.worker.with.a.name.that.is.long@a-shop-with-a-long-name.example", 11, 207),
        ("x" * 64 + "@" + "y" * 180 + ".example", 15, 170),
    ],
)
def test_the_picture_says_the_content(upn: str, version: int, pixels: int) -> None:
    """Level L, the smallest version that fits, whole pixels a module, about 195 in all; the sample's is exact."""
    content = new_content(upn, CODE_ID).reveal()
    svg = symbol_svg(content)
    picture = drawn(svg)
    read = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCodeModel2)
    assert [code.bytes for code in read] == [content]
    assert read[0].ec_level == "L"
    scale = int(RECT.findall(svg.decode())[1][2])
    assert picture.width // scale - 2 * 4 == 17 + 4 * version
    assert picture.size == (pixels, pixels)


def test_the_svg_is_in_the_form_graph_sends() -> None:
    """The captured beginning, the white ground, and no viewBox."""
    svg = symbol_svg(new_content("admin@xpfq8.onmicrosoft.com", CODE_ID).reveal()).decode()
    opening, ground, *rest = svg.splitlines()
    assert opening == (
        '<svg version="1.1" baseProfile="full" shape-rendering="crispEdges" width="195" height="195" '
        'xmlns="http://www.w3.org/2000/svg">'
    )
    assert RECT.fullmatch(ground)
    assert "viewBox" not in svg
    assert all(RECT.fullmatch(line) for line in rest[:-1])
    assert rest[-1] == "</svg>"


def test_contents_of_ordinary_names_fill_version_10() -> None:
    """231 to 271 bytes for names of 9 to 49 characters, naming UPN and code id, and never the same twice."""
    for length in (9, 27, 49):
        upn = "a@" + "b" * (length - 2)
        content = new_content(upn, CODE_ID).reveal()
        assert 231 <= len(content) <= 271
        assert named_in(content) == (upn, CODE_ID)
        assert new_content(upn, CODE_ID).reveal() != content


@pytest.mark.parametrize("content", [b"", b"https://example.com", b"ms-qrpin:v2|a|b|c", b"ms-qrpin:v1|a|b", b"\xff"])
def test_other_content_names_nobody(content: bytes) -> None:
    """Only four fields behind the scheme are a badge's."""
    assert named_in(content) is None
