"""A page of the wire as dots, and back."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from drivers.wire.messages import Page
from drivers.wire.secret import Secret

#: H x W, True is black.
Dots: TypeAlias = NDArray[np.bool_]


def unpack(page: Page) -> Dots:
    """The page's dots. Raises ValueError when its rows are not what its width and height say."""
    stride = (page.width + 7) // 8
    rows = np.frombuffer(page.rows.reveal(), dtype=np.uint8)
    if page.width < 1 or page.height < 1 or rows.size != stride * page.height:
        raise ValueError(f"{rows.size} bytes are no page of {page.width} by {page.height} dots")
    return np.unpackbits(rows.reshape(page.height, stride), axis=1)[:, : page.width].astype(np.bool_)


def pack(dots: Dots, dpi: int) -> Page:
    """`dots` as a page of the wire."""
    height, width = dots.shape
    return Page(width=width, height=height, dpi=dpi, rows=Secret(np.packbits(dots, axis=1).tobytes()))
