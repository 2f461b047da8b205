"""The symbol as Graph sent it: the modules of its image, which the phone that signs in reads."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np
import segno
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from drivers.wire.secret import Secret
from kiosk.badge.svg import MAX_SIDE, SvgError
from kiosk.badge.svg import pixels as _svg

_SMALLEST: Final = 21
_LARGEST: Final = 177
#: Bytes of image that are looked at; Graph's own has some 200 KB.
MAX_BYTES: Final = 2 << 20
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
    try:
        pixels = _png(data) if data.startswith(b"\x89PNG") else _svg(data)
    except SvgError as wrong:
        raise SymbolError(str(wrong)) from None
    return Symbol(_modules(pixels))


def from_content(content: Secret, *, level: Literal["l", "m"] = "m") -> Symbol:
    """The symbol segno makes of a content, in byte mode: only for when the image cannot be read.

    Raises ValueError when no QR code holds so much.
    """
    code = segno.make_qr(content.reveal(), mode="byte", error=level, boost_error=False)
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
            if max(picture.size) > MAX_SIDE:
                raise SymbolError(f"a picture of {picture.size[0]} by {picture.size[1]} pixels")
            flat = Image.new("L", picture.size, 255)
            coloured = picture.convert("RGBA")
            flat.paste(coloured.convert("L"), mask=coloured.getchannel("A"))
            return np.asarray(flat) < _DARK
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as wrong:
        raise SymbolError(f"not a PNG that can be read: {type(wrong).__name__}") from None
