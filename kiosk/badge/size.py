"""How large a code is printed: whole printer dots a module, never too small to read."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Final

from drivers.wire.secret import Secret
from kiosk.badge.qr import Symbol, from_content

#: Light modules around the symbol (ISO/IEC 18004, 6.3.8).
QUIET: Final = 4
#: The smallest module a phone reads with ease: dots, and millimetres.
MIN_DOTS: Final = 4
MIN_MM: Final = 0.33
#: Millimetres a side, quiet zone included, that Microsoft prints a code at; smaller "may impact scanning".
SIDE_MM: Final = 50.8
MM_PER_INCH: Final = 25.4


class PageError(ValueError):
    """The badge does not fit this printer."""


@dataclass(frozen=True)
class Printer:
    """What the page must know of the printer: its width in dots, its dots per inch, and its label's height in dots.

    `height` is None where the paper is a roll.
    """

    width: int
    dpi: int
    height: int | None = None

    def dots(self, mm: float) -> int:
        """`mm` in whole dots."""
        return round(mm / MM_PER_INCH * self.dpi)

    @property
    def smallest_module(self) -> int:
        """Dots a module has at least."""
        return max(MIN_DOTS, ceil(MIN_MM / MM_PER_INCH * self.dpi))


def dots_per_module(
    symbol: Symbol, printer: Printer, *, side_mm: float = SIDE_MM, even: bool = True, room: int | None = None
) -> int:
    """Whole dots a module of `symbol` gets: the most that fit in `room` dots and are not more than `side_mm`.

    `even`: an even number where there is one, so that a printer that doubles dots can be sent a quarter of them.
    `room` is the printer's width if left out. Raises PageError.
    """
    room = printer.width if room is None else room
    modules, smallest = symbol.size + 2 * QUIET, printer.smallest_module
    if room // modules < smallest:
        raise PageError(f"a code of {symbol.size} modules needs {modules * smallest} dots; this printer has {room}")
    dots = max(smallest, min(room, printer.dots(side_mm)) // modules)
    return dots - 1 if even and dots % 2 and dots > smallest else dots


def symbol_of(content: Secret, printer: Printer) -> Symbol:
    """The symbol to print where Graph's own image cannot be: level M, unless its modules come out smaller than L's.

    Raises ValueError when no QR code holds so much, PageError when it does not fit.
    """
    safe, small = (from_content(content, level=level) for level in ("m", "l"))
    try:
        if dots_per_module(safe, printer) >= dots_per_module(small, printer):
            return safe
    except PageError:
        pass
    return small
