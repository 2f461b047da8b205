"""The picture of a code, drawn the way Graph's is: an SVG of squares, about 195 pixels wide."""

from __future__ import annotations

from typing import Final

import segno

#: Width and height of the captured sample, in pixels: 65 modules (57 and the quiet zone) of 3 pixels.
PIXELS: Final = 195
QUIET_ZONE: Final = 4
LEVEL: Final = "l"
_OPENING: Final = (
    '<svg version="1.1" baseProfile="full" shape-rendering="crispEdges" '
    'width="{size}" height="{size}" xmlns="http://www.w3.org/2000/svg">'
)


def symbol_svg(content: bytes) -> bytes:
    """The SVG of `content` at error correction level L, with a whole number of pixels to a module.

    It has the form of QRCoder's SvgQRCode: width and height but no viewBox, a white ground, one black rect a dark
    module, one element a line. The smallest version that fits is taken, so a long UPN makes a denser picture, and the
    pixels of a module are chosen to keep it near 195.
    """
    modules = segno.make(content, error=LEVEL, mode="byte", micro=False, boost_error=False).matrix
    side = len(modules) + 2 * QUIET_ZONE
    scale = max(1, round(PIXELS / side))
    size = side * scale
    lines = [
        _OPENING.format(size=size),
        f'<rect x="0" y="0" width="{size}" height="{size}" fill="#FFFFFF" />',
    ]
    lines += [
        f'<rect x="{(x + QUIET_ZONE) * scale}" y="{(y + QUIET_ZONE) * scale}" '
        f'width="{scale}" height="{scale}" fill="#000000" />'
        for y, row in enumerate(modules)
        for x, dark in enumerate(row)
        if dark
    ]
    return "\n".join([*lines, "</svg>"]).encode()
