"""Photographs and logos as black and white dots."""

from __future__ import annotations

import io
from typing import Final

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

#: Bytes and pixels a side of a picture that is looked at.
MAX_BYTES: Final = 8 << 20
_MAX_SIDE: Final = 4096
#: Thermal dots are larger than their place: a photograph is lightened, or it comes out as a black square.
_GAMMA: Final = 0.72
_MIDDLE: Final = 128
#: Grey values, in shares of all pixels, of a picture that is a drawing and not a photograph.
_EXTREMES: Final = (48, 208)
_DRAWING: Final = 0.85


class PictureError(ValueError):
    """No picture that can be read. `str` says why."""


def dots(data: bytes, width: int, height: int) -> Image.Image:
    """The picture in at most `width` by `height` dots, mode 1: drawings cut at the middle, photographs dithered.

    `data`: the bytes of a PNG or JPEG. Raises PictureError.
    """
    grey = _grey(data)
    scale = min(width / grey.width, height / grey.height)
    size = max(1, round(grey.width * scale)), max(1, round(grey.height * scale))
    small = grey.resize(size, Image.Resampling.LANCZOS)
    values = np.asarray(grey)
    if np.mean((values < _EXTREMES[0]) | (values > _EXTREMES[1])) > _DRAWING:
        return small.point(lambda value: 255 if value >= _MIDDLE else 0, mode="1")
    light = ImageOps.autocontrast(small, cutoff=1).point(lambda value: round(255 * (value / 255) ** _GAMMA))
    return light.convert("1")


def _grey(data: bytes) -> Image.Image:
    if len(data) > MAX_BYTES:
        raise PictureError(f"a picture of {len(data)} bytes")
    try:
        with Image.open(io.BytesIO(data), formats=["PNG", "JPEG"]) as picture:
            if max(picture.size) > _MAX_SIDE:
                raise PictureError(f"a picture of {picture.size[0]} by {picture.size[1]} pixels")
            coloured = ImageOps.exif_transpose(picture).convert("RGBA")
            flat = Image.new("L", coloured.size, 255)
            flat.paste(coloured.convert("L"), mask=coloured.getchannel("A"))
            return flat
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as wrong:
        if isinstance(wrong, PictureError):
            raise
        raise PictureError(f"no PNG or JPEG that can be read: {type(wrong).__name__}") from None
