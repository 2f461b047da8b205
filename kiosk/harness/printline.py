"""Where on the paper a row of a raster comes to lie, and what characters look like on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from kiosk.harness.escpos_commands import Command, Justify, LeftMargin, PrintWidth

#: Each byte's eight dots doubled to sixteen.
_DOUBLED: Final = [int("".join(bit * 2 for bit in f"{byte:08b}"), 2).to_bytes(2, "big") for byte in range(256)]
_CHARACTER_ROWS: Final = 24
#: Dots to a character: the 12 of an ESC/POS font A, to a whole byte.
CHARACTER_DOTS: Final = 16


@dataclass(frozen=True)
class Line:
    """The print area: `margin` dots free on the left, `area` dots wide (None: all there is), contents to a side."""

    width: int
    margin: int = 0
    area: int | None = None
    side: int = 0

    def told(self, command: Command) -> Line:
        """This line after a command that sets something of it; itself after any other."""
        match command:
            case Justify(side):
                return replace(self, side=side)
            case LeftMargin(dots):
                return replace(self, margin=min(dots, self.width))
            case PrintWidth(dots):
                return replace(self, area=dots)
            case _:
                return self

    def place(self, bits: bytes, *, wide: bool = False) -> bytes:
        """A packed row of raster as a packed row of the paper. What does not fit in the area is not printed."""
        dots = b"".join(_DOUBLED[byte] for byte in bits) if wide else bits
        value, across = int.from_bytes(dots, "big"), len(dots) * 8
        area = self.width - self.margin
        if self.area is not None:
            area = min(area, self.area)
        if across > area:
            value, across = value >> (across - area), area
        left = self.margin + (area - across) * self.side // 2
        return (value << (self.width - left - across)).to_bytes(self.width // 8, "big")


def garbage_rows(text: Sequence[int], width: int) -> list[bytes]:
    """The rows of a line of characters: framed blocks striped after each byte, that nobody takes for a page."""
    edge = b"".join(b"\x7f\xfe" for _ in text)
    body = b"".join(bytes([0x60 | byte >> 4, 0x06 | (byte & 15) << 4]) for byte in text)
    return [row.ljust(width // 8, b"\0") for row in (edge, edge, *[body] * (_CHARACTER_ROWS - 4), edge, edge)]
