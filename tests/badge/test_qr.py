"""The symbol is the very modules of the image Graph sent; whatever else comes as an image is refused in words."""

from __future__ import annotations

import io

import numpy as np
import pytest
import segno
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from drivers.wire.secret import Secret
from kiosk.badge.qr import Symbol, SymbolError, from_content, from_image
from kiosk.badge.size import Printer, symbol_of

CODE = segno.make_qr("ms-qrpin:v1|" + "x" * 240, mode="byte", error="l", boost_error=False)
MODULES = np.array([[bool(module) for module in row] for row in CODE.matrix], dtype=np.bool_)


def svg(scale: int = 3, *, merge: bool = False, fill: str = "#000", after: str = "") -> bytes:
    """An SVG as Graph's: width and height, no viewBox, a white rectangle, one for each dark module (or run)."""
    side = (len(MODULES) + 8) * scale
    rects = []
    for row, modules in enumerate(MODULES):
        column = 0
        while column < len(modules):
            run = 1
            if modules[column]:
                while merge and column + run < len(modules) and modules[column + run]:
                    run += 1
                x, y = (column + 4) * scale, (row + 4) * scale
                rects.append(f'<rect x="{x}" y="{y}" width="{run * scale}" height="{scale}" fill="{fill}" />')
            column += run
    head = f'<svg version="1.1" baseProfile="full" width="{side}" height="{side}" xmlns="http://www.w3.org/2000/svg">'
    white = f'<rect x="0" y="0" width="{side}" height="{side}" fill="#fff" />'
    return "\n".join([head, white, *rects, after, "</svg>"]).encode()


def png(mode: str, scale: int = 3) -> bytes:
    """The same as a PNG of that mode."""
    buffer = io.BytesIO()
    CODE.save(buffer, kind="png", scale=scale, border=4)
    converted = io.BytesIO()
    Image.open(buffer).convert(mode).save(converted, "PNG")
    return converted.getvalue()


@pytest.mark.parametrize(
    "image",
    [svg(), svg(1), svg(7), svg(merge=True), svg(fill="black"), svg(fill="#000000")]
    + [png(mode) for mode in ("1", "L", "RGB", "RGBA", "P")],
)
def test_the_modules_are_exactly_those_of_the_image(image: bytes) -> None:
    assert (from_image(Secret(image)).modules == MODULES).all()


def test_a_namespace_prefix_changes_nothing() -> None:
    prefixed = svg().replace(b"<svg ", b"<s:svg ").replace(b"</svg>", b"</s:svg>").replace(b"<rect", b"<s:rect")

    assert (from_image(Secret(prefixed.replace(b"xmlns=", b"xmlns:s="))).modules == MODULES).all()


@pytest.mark.parametrize(
    ("image", "says"),
    [
        (b"", "neither"),
        (b"hello", "neither"),
        (b'<!DOCTYPE svg [<!ENTITY a "b">]>' + svg(), "document type"),
        (svg(after="<script>alert(1)</script>"), "<script>"),
        (svg(after='<image href="http://example.com/"/>'), "<image>"),
        (svg(after='<rect x="1e9" y="0" width="1" height="1"/>'), "whole number"),
        (svg(after='<rect x="-3" y="0" width="9" height="9"/>'), "negative"),
        (svg(after='<rect x="0" y="0" width="9" height="9" fill="url(#a)"/>'), "colour"),
        (svg(after='<rect x="16" y="16" width="1" height="1" fill="#000"/>'), "whole modules"),
        (b'<svg width="100000" height="100000"/>', "100000"),
        (b'<svg width="30" height="30"/>', "without a dark"),
        (b'<svg width="9" height="9"><rect width="7" height="7"/></svg>', "no QR code has"),
        (b"\x89PNG\r\n\x1a\n broken", "PNG"),
        (svg() + b"x" * (2 << 20), "bytes"),
        (b"<a>" * 50_000, "only rectangles"),
    ],
)
def test_anything_else_is_refused_and_named(image: bytes, says: str) -> None:
    with pytest.raises(SymbolError) as caught:
        from_image(Secret(image))
    assert says in str(caught.value)


@settings(max_examples=200)
@given(st.one_of(st.binary(max_size=300), st.binary(max_size=60).map(lambda noise: svg()[:700] + noise)))
def test_no_bytes_raise_anything_else(image: bytes) -> None:
    with pytest.raises(SymbolError):
        from_image(Secret(image))


def test_content_alone_makes_a_symbol_of_the_same_content() -> None:
    symbol = from_content(Secret("ms-qrpin:v1|x"))

    assert isinstance(symbol, Symbol)
    assert (symbol.size - 17) % 4 == 0
    assert "modules" not in repr(symbol)


@pytest.mark.parametrize(
    ("image", "says"),
    [
        (svg().replace(b"<svg ", b'<svg onload="alert(1)" '), "onload"),
        (svg().replace(b"<svg ", b'<svg viewBox="0 0 50 50" '), "viewBox"),
        (svg(after='<g transform="scale(2)"></g>'), "transform"),
        (svg(after='<rect x="0" y="0" width="3" height="3" style="fill:red"/>'), "style"),
        (svg(after="<g>" * 20 + "</g>" * 20), "nested"),
        (svg(after='<rect x="0" y="0" width="999" height="999" fill="none"/>' * 9), "over and over"),
        (b'<?xml-stylesheet href="http://example.com/x.css"?>' + svg(), "processing instruction"),
        (b'<svg width="4096" height="4096">' + b'<rect width="4096" height="4096"/>' * 30_000 + b"</svg>", "over"),
        (b'<!DOCTYPE l [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><svg width="9" height="9">&b;</svg>', "document"),
        (svg(after="<use href='#a'/>"), "<use>"),
        (svg(after="<foreignObject/>"), "<foreignObject>"),
        (svg().replace(b'width="3"', 'width="٣"'.encode(), 1), "whole number"),
    ],
)
def test_a_hostile_svg_is_refused_before_it_costs_anything(image: bytes, says: str) -> None:
    with pytest.raises(SymbolError) as caught:
        from_image(Secret(image))
    assert says in str(caught.value)


ELEMENTS = st.sampled_from(["rect", "svg", "g", "title", "script", "image", "use", "a", "style"])
NAMES = st.sampled_from(["x", "y", "width", "height", "fill", "id", "transform", "href", "onload", "viewBox"])
VALUES = st.one_of(
    st.integers(-5, 300).map(str), st.sampled_from(["#000", "#fff", "none", "url(#a)", "1e9", "3px", ""])
)


@settings(max_examples=200)
@given(st.lists(st.tuples(ELEMENTS, st.dictionaries(NAMES, VALUES, max_size=5)), max_size=12))
def test_no_drawing_gives_anything_but_a_symbol_or_a_refusal(parts: list[tuple[str, dict[str, str]]]) -> None:
    inside = "".join(f"<{name} {_attributes(given)}/>" for name, given in parts)
    try:
        symbol = from_image(Secret(f'<svg width="90" height="90">{inside}</svg>'.encode()))
    except SymbolError:
        return
    assert symbol.size >= 21


def _attributes(given: dict[str, str]) -> str:
    return " ".join(f'{name}="{value}"' for name, value in given.items())


def test_level_m_is_taken_unless_it_costs_size() -> None:
    content = Secret("ms-qrpin:v1|" + "x" * 235)
    large, small = Printer(576, 203), Printer(384, 203)

    assert symbol_of(content, small).size > from_content(content, level="l").size, "4 dots either way"
    assert symbol_of(content, large).size == from_content(content, level="l").size, "6 dots, not 4"
