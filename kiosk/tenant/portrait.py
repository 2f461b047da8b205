"""Pictures of people who do not exist: a head and shoulders in two colours."""

from __future__ import annotations

import io
from functools import cache
from typing import Final

from PIL import Image, ImageDraw

#: Width and height in pixels; Entra keeps photos in squares of this size among others.
SIDE: Final = 240
_COLOURS: Final = (("#cfe3f2", "#35607f"), ("#e5dcc5", "#6d5a2f"), ("#d9ead3", "#3f6b39"))


@cache
def portrait(number: int) -> bytes:
    """The `number`-th picture as JPEG, the same each time."""
    behind, person = _COLOURS[number % len(_COLOURS)]
    picture = Image.new("RGB", (SIDE, SIDE), behind)
    pen = ImageDraw.Draw(picture)
    pen.ellipse((78, 42, 162, 138), person)
    pen.ellipse((36, 150, 204, 330), person)
    written = io.BytesIO()
    picture.save(written, "JPEG", quality=85)
    return written.getvalue()
