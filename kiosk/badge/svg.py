"""The rectangles of an SVG as pixels. It may be hostile: whatever is not a plain rectangle is refused in words."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final
from xml.parsers import expat

import numpy as np
from numpy.typing import NDArray

#: Elements, their depth, and pixels a side that are looked at; Graph's own has some 1 700, two deep, and 195.
MAX_ELEMENTS: Final = 40_000
MAX_DEPTH: Final = 8
MAX_SIDE: Final = 4096
#: How often the whole drawing may be painted over. Graph's is painted once white and half black.
_MAX_COATS: Final = 4
_DARK: Final = 128
#: What may be said of an element. Anything else, such as `transform`, could make it look other than it is read.
_ANYWHERE: Final = frozenset({"id", "shape-rendering"})
_ATTRIBUTES: Final = {
    "svg": _ANYWHERE | {"width", "height", "version", "baseProfile", "viewBox"},
    "rect": _ANYWHERE | {"x", "y", "width", "height", "fill"},
    "g": _ANYWHERE,
    "title": _ANYWHERE,
    "desc": _ANYWHERE,
}


class SvgError(ValueError):
    """The SVG holds something that is not read. `str` says what, and nothing of what it shows."""


def pixels(data: bytes) -> NDArray[np.bool_]:
    """The drawing, H x W, True is dark. Raises SvgError."""
    canvas = _Canvas()
    parser = expat.ParserCreate()
    parser.StartElementHandler = canvas.begin
    parser.EndElementHandler = canvas.end
    # A document type is how entities come in, and no SVG of ours has one.
    parser.StartDoctypeDeclHandler = canvas.refuse_doctype
    parser.ProcessingInstructionHandler = canvas.refuse_instruction
    try:
        parser.Parse(data, True)
    except expat.ExpatError as wrong:
        raise SvgError(f"neither PNG nor SVG: {expat.errors.messages[wrong.code]}") from None
    if canvas.pixels is None:
        raise SvgError("an SVG without a drawing")
    return canvas.pixels


class _Canvas:
    """Where rectangles are painted, in whole pixels, later over earlier."""

    def __init__(self) -> None:
        self.pixels: NDArray[np.bool_] | None = None
        self._elements = 0
        self._depth = 0
        self._paint_left = 0

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        self._depth += 1
        if self._elements > MAX_ELEMENTS:
            raise SvgError(f"an SVG of more than {MAX_ELEMENTS} elements")
        if self._depth > MAX_DEPTH:
            raise SvgError(f"an SVG nested more than {MAX_DEPTH} deep; only rectangles are read")
        kind = name.rpartition(":")[2]
        _refuse_attributes(kind, attributes)
        match kind, self.pixels:
            case "svg", None:
                self._open(attributes)
            case "rect", np.ndarray():
                self._paint(attributes)
            case "g" | "title" | "desc", np.ndarray():
                pass
            case _:
                raise SvgError(f"an SVG with <{_shown(kind)}>; only rectangles are read")

    def end(self, name: str) -> None:  # noqa: ARG002 - expat's signature
        self._depth -= 1

    def refuse_doctype(self, *_: Any) -> None:
        raise SvgError("an SVG with a document type")

    def refuse_instruction(self, *_: Any) -> None:
        raise SvgError("an SVG with a processing instruction")

    def _open(self, attributes: dict[str, str]) -> None:
        width, height = _number(attributes, "width"), _number(attributes, "height")
        if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE):
            raise SvgError(f"an SVG of {width} by {height} pixels")
        box = attributes.get("viewBox")
        if box is not None and box.replace(",", " ").split() != ["0", "0", str(width), str(height)]:
            raise SvgError("an SVG with a viewBox other than its own size")
        self.pixels = np.zeros((height, width), dtype=np.bool_)
        self._paint_left = _MAX_COATS * width * height

    def _paint(self, attributes: dict[str, str]) -> None:
        assert self.pixels is not None
        x, y = _number(attributes, "x", 0), _number(attributes, "y", 0)
        width, height = _number(attributes, "width"), _number(attributes, "height")
        if min(x, y, width, height) < 0:
            raise SvgError("an SVG with a rectangle of negative size or place")
        dark = _dark(attributes.get("fill", "#000"))
        painted = self.pixels[y : y + height, x : x + width]
        self._paint_left -= painted.size
        if self._paint_left < 0:
            raise SvgError("an SVG painted over and over")
        if dark is not None:
            painted[:] = dark


def _refuse_attributes(kind: str, attributes: dict[str, str]) -> None:
    right = _ATTRIBUTES.get(kind)
    if right is None:
        raise SvgError(f"an SVG with <{_shown(kind)}>; only rectangles are read")
    for name in attributes.keys() - right:
        if name != "xmlns" and not name.startswith(("xmlns:", "xml:")):
            raise SvgError(f"an SVG with the attribute {_shown(name)}, which is not read")


def _shown(name: str) -> str:
    return "".join(char for char in name[:20] if char.isalnum() or char in ":-_")


def _number(attributes: dict[str, str], name: str, default: int | None = None) -> int:
    text = attributes.get(name)
    if text is None and default is not None:
        return default
    number = _pixels(text or "")
    if number is None:
        raise SvgError(f"an SVG whose {name} is no whole number of pixels")
    return number


@lru_cache(maxsize=1024)
def _pixels(text: str) -> int | None:
    number = re.fullmatch(r"\s*(-?[0-9]{1,6})(?:\.0*)?(?:px)?\s*", text)
    return int(number[1]) if number else None


@lru_cache(maxsize=64)
def _dark(fill: str) -> bool | None:
    """Whether a colour counts as dark; None paints nothing."""
    colour = fill.strip().lower()
    named = {"black": True, "white": False, "none": None}
    if colour in named:
        return named[colour]
    digits = re.fullmatch(r"#([0-9a-f]{3}|[0-9a-f]{6})", colour)
    if not digits:
        raise SvgError("an SVG with a colour that is neither black nor white")
    step = len(digits[1]) // 3
    channels = [int(digits[1][at : at + step] * (2 // step), 16) for at in range(0, 3 * step, step)]
    return sum(channels) / 3 < _DARK
