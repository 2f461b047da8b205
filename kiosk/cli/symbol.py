"""QR codes on a terminal, drawn in half blocks."""

from __future__ import annotations

import click
import numpy as np
from PIL import Image

from drivers.wire.secret import Secret
from kiosk.badge import qr
from kiosk.badge.page import QUIET
from kiosk.graph.models import QrCodeImageDetails
from kiosk.ui.widgets.half_blocks import blocks

#: Columns for the widest code a UPN of usual length needs, its quiet zone included.
COLUMNS = 80


def drawn(symbol: qr.Symbol) -> str:
    """White on black whatever the terminal's own colours are, with the quiet zone a phone needs."""
    light = ~np.pad(symbol.modules, QUIET)
    return "\n".join(f"\x1b[97;40m{row}\x1b[0m" for row in blocks(Image.fromarray(light)))


def of_image(image: QrCodeImageDetails) -> str:
    """The code Graph made. Anybody who sees it has it."""
    try:
        return drawn(qr.from_image(image.binary_value))
    except qr.SymbolError:
        return drawn(qr.from_content(image.raw_content))


def show_address(address: str, *, err: bool = False) -> None:
    """An address for a phone to open."""
    # Colour is what makes it readable, so it is kept even where click would strip it.
    click.echo(drawn(qr.from_content(Secret(address))), err=err, color=True)
