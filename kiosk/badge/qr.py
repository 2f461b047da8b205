"""The symbol as Graph sent it: the modules of its image, which the phone that signs in reads."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field
from typing import Any, Final
from xml.parsers import expat

import numpy as np
import segno
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from drivers.wire.secret import Secret

_QUIET: Final = 4
_SMALLEST: Final = 21
_LARGEST: Final = 177
#: Bytes of image, elements of SVG and pixels a side that are looked at; Graph's own is 195 pixels and some 200 KB.
MAX_BYTES: Final = 2 << 20
_MAX_ELEMENTS: Final = 40_000
_MAX_SIDE: Final = 4096
_DARK: Final = 128


class SymbolError(ValueError):
    """The image is no QR code this can read. `str` says what is wrong and never what it shows."""


@dataclass(frozen=True)
class Symbol:
    """The dark modules of a QR code, N x N without a quiet zone; N is 17 + 4 times the version."""

    modules: NDArray[np.bool_] = field(repr=False)

    @property
    def size(self) -> int:
        """Modules a side."""
        return int(self.modules.shape[0])


def from_image(image: Secret) -> Symbol:
    """The symbol in `binaryValue`: an SVG of squares, or a PNG. Raises SymbolError."""
    data = image.reveal()
    if len(data) > MAX_BYTES:
        raise SymbolError(f"an image of {len(data)} bytes")
    pixels = _png(data) if data.startswith(b"\x89PNG") else _svg(data)
    return Symbol(_modules(pixels))


def from_content(content: Secret) -> Symbol:
    """The symbol segno makes of a content, byte mode, level M: only for when the image cannot be read."""
    code = segno.make_qr(content.reveal(), mode="byte", error="m", boost_error=False)
    return Symbol(np.array([[bool(module) for module in row] for row in code.matrix], dtype=np.bool_))


def _modules(pixels: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whole modules out of a picture of dark pixels."""
    rows, columns = np.flatnonzero(pixels.any(axis=1)), np.flatnonzero(pixels.any(axis=0))
    if not len(rows):
        raise SymbolError("an image without a dark pixel")
    symbol = pixels[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    height, width = symbol.shape
    # The top left finder's first row is seven dark modules, then a light one.
    finder = int(np.argmin(symbol[0])) if not symbol[0].all() else width
    scale, rest = divmod(finder, 7)
    if height != width or rest or scale < 1 or width % scale:
        raise SymbolError("not a picture of whole modules")
    side = width // scale
    if not _SMALLEST <= side <= _LARGEST or (side - 17) % 4:
        raise SymbolError(f"{side} modules a side, which no QR code has")
    cells = symbol.reshape(side, scale, side, scale)
    modules: NDArray[np.bool_] = cells[:, 0, :, 0]
    if not (cells == modules[:, None, :, None]).all():
        raise SymbolError("not a picture of whole modules")
    return modules


def _png(data: bytes) -> NDArray[np.bool_]:
    try:
        with Image.open(io.BytesIO(data), formats=["PNG"]) as picture:
            if max(picture.size) > _MAX_SIDE:
                raise SymbolError(f"a picture of {picture.size[0]} by {picture.size[1]} pixels")
            flat = Image.new("L", picture.size, 255)
            coloured = picture.convert("RGBA")
            flat.paste(coloured.convert("L"), mask=coloured.getchannel("A"))
            return np.asarray(flat) < _DARK
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as wrong:
        raise SymbolError(f"not a PNG that can be read: {type(wrong).__name__}") from None


def _svg(data: bytes) -> NDArray[np.bool_]:
    """Paint the rectangles of an SVG, and refuse whatever else it holds."""
    canvas = _Canvas()
    parser = expat.ParserCreate()
    parser.StartElementHandler = canvas.element
    # A document type is how entities come in, and no SVG of ours has one.
    parser.StartDoctypeDeclHandler = canvas.refuse_doctype
    try:
        parser.Parse(data, True)
    except expat.ExpatError as wrong:
        raise SymbolError(f"neither PNG nor SVG: {expat.errors.messages[wrong.code]}") from None
    if canvas.pixels is None:
        raise SymbolError("an SVG without a drawing")
    return canvas.pixels


class _Canvas:
    """Where the rectangles of an SVG are painted, in whole pixels, later over earlier."""

    def __init__(self) -> None:
        self.pixels: NDArray[np.bool_] | None = None
        self._elements = 0

    def element(self, name: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        if self._elements > _MAX_ELEMENTS:
            raise SymbolError(f"an SVG of more than {_MAX_ELEMENTS} elements")
        match name.rpartition(":")[2], self.pixels:
            case "svg", None:
                self._begin(attributes)
            case "rect", np.ndarray():
                self._paint(attributes)
            case "g" | "title" | "desc", _:
                pass
            case other, _:
                raise SymbolError(f"an SVG with <{other[:20]}>; only rectangles are read")

    def refuse_doctype(self, *_: Any) -> None:
        raise SymbolError("an SVG with a document type")

    def _begin(self, attributes: dict[str, str]) -> None:
        width, height = _number(attributes, "width"), _number(attributes, "height")
        if not (0 < width <= _MAX_SIDE and 0 < height <= _MAX_SIDE):
            raise SymbolError(f"an SVG of {width} by {height} pixels")
        self.pixels = np.zeros((height, width), dtype=np.bool_)

    def _paint(self, attributes: dict[str, str]) -> None:
        assert self.pixels is not None
        x, y = _number(attributes, "x", 0), _number(attributes, "y", 0)
        width, height = _number(attributes, "width"), _number(attributes, "height")
        if min(x, y, width, height) < 0:
            raise SymbolError("an SVG with a rectangle of negative size or place")
        self.pixels[y : y + height, x : x + width] = _dark(attributes.get("fill", "#000"))


def _number(attributes: dict[str, str], name: str, default: int | None = None) -> int:
    text = attributes.get(name)
    if text is None and default is not None:
        return default
    number = re.fullmatch(r"\s*(-?\d{1,6})(?:\.0*)?(?:px)?\s*", text or "")
    if not number:
        raise SymbolError(f"an SVG whose {name} is no whole number of pixels")
    return int(number[1])


def _dark(fill: str) -> bool:
    colour = fill.strip().lower()
    named = {"black": True, "white": False, "none": False}
    if colour in named:
        return named[colour]
    digits = re.fullmatch(r"#([0-9a-f]{3}|[0-9a-f]{6})", colour)
    if not digits:
        raise SymbolError("an SVG with a colour that is neither black nor white")
    step = len(digits[1]) // 3
    channels = [int(digits[1][at : at + step] * (2 // step), 16) for at in range(0, 3 * step, step)]
    return sum(channels) / 3 < _DARK
