"""An address as a QR code, for a phone held before the screen."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from PIL import Image
from textual.content import Content
from textual.geometry import Size
from textual.reactive import reactive
from textual.widget import Widget

from drivers.wire.secret import Secret
from kiosk.badge import qr
from kiosk.ui.widgets.half_blocks import blocks

#: Light modules around the code: four by the standard (ISO/IEC 18004), and phones make do with two.
_QUIET: Final = (4, 3, 2)
#: Cells beside the code that are for words.
_BESIDE: Final = 36


class QrCode(Widget):
    """As large as the place it is given, in whole modules; nothing where there is no room for it."""

    address: reactive[str] = reactive("", layout=True)

    def get_content_width(self, container: Size, viewport: Size) -> int:  # noqa: ARG002 - Textual's
        """As wide as the code will be."""
        drawn = symbol(self.address, container.width - _BESIDE, container.height)
        return len(drawn[0]) if drawn else 0

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002 - Textual's
        """As high as the code will be."""
        return len(symbol(self.address, width, container.height))

    def render(self) -> Content:
        """Draw it."""
        return Content("\n".join(symbol(self.address, *self.size)))


@lru_cache(maxsize=16)
def symbol(address: str, columns: int, rows: int) -> tuple[str, ...]:
    """The code in so many cells, light modules drawn, in rows of cells; empty when it does not fit."""
    if not address:
        return ()
    modules = qr.from_content(Secret(address)).modules
    for quiet in _QUIET:
        light = ~np.pad(modules, quiet)
        times = min(columns, 2 * rows) // len(light)
        if times > 0:
            return blocks(Image.fromarray(np.kron(light, np.ones((times, times), dtype=np.bool_))))
    return ()
