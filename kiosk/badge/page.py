"""The page a badge is printed from: one 1-bit bitmap at the printer's resolution."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from PIL import Image

from drivers.wire.messages import Page
from drivers.wire.secret import Secret
from kiosk.badge import fonts
from kiosk.badge.arrange import arranged
from kiosk.badge.content import short_id
from kiosk.badge.kind import CodeKind
from kiosk.badge.lettering import clean
from kiosk.badge.parts import Content
from kiosk.badge.qr import Symbol
from kiosk.badge.size import MIN_DOTS, MIN_MM, QUIET, PageError, Printer, dots_per_module, symbol_of
from kiosk.badge.template import Field, Template, fitting
from kiosk.badge.words import words_in

__all__ = [
    "MIN_DOTS",
    "MIN_MM",
    "QUIET",
    "Artwork",
    "Drawn",
    "PageError",
    "Printer",
    "compose",
    "dots_per_module",
    "draw",
    "picture_of",
    "symbol_of",
]


@dataclass(frozen=True)
class Artwork:
    """What is on a badge beside its code. No PIN, ever. `expires` is in the site's own time.

    `language`: the worker's, such as `de-AT`, as Graph's preferredLanguage; empty for English. `photo` and `logo`:
    the bytes of a PNG or JPEG.
    """

    name: str
    organisation: str
    station: str
    kind: CodeKind
    expires: datetime
    code_id: str
    role: str = ""
    language: str = ""
    photo: bytes | None = field(default=None, repr=False)
    logo: bytes | None = field(default=None, repr=False)

    @property
    def missing_glyphs(self) -> str:
        """Graphemes no font at hand has, each once; empty when all can be drawn."""
        return fonts.missing(clean(f"{self.name} {self.organisation} {self.role} {self.station}"))


@dataclass(frozen=True)
class Drawn:
    """A page, and what a person must hear about it.

    `module`: dots a module of the symbol has. `missing`: graphemes no font at hand has, drawn as a question mark.
    `left_out`: fields that had no room, or a picture that cannot be read.
    """

    page: Page
    module: int
    missing: str = ""
    left_out: tuple[Field, ...] = ()


def compose(symbol: Symbol, artwork: Artwork, printer: Printer, template: Template | None = None) -> Drawn:
    """The page of one badge, on the packaged template for the printer's paper if none is given. Raises PageError."""
    chosen = template or fitting(printer)
    if chosen.document != "badge":
        raise PageError(f"{chosen.title} is no template of a badge")
    content = _content(symbol, artwork)
    sheet = arranged(chosen, content, printer)
    lacking = fonts.missing("".join(content.words()))
    return Drawn(packed(sheet.image, printer.dpi), sheet.module, lacking, sheet.left_out)


def draw(symbol: Symbol, artwork: Artwork, printer: Printer, template: Template | None = None) -> Page:
    """The page of one badge and nothing else. Raises PageError when the code does not fit the printer."""
    return compose(symbol, artwork, printer, template).page


def _content(symbol: Symbol, artwork: Artwork) -> Content:
    words = words_in(artwork.language)
    temporary = artwork.kind is CodeKind.TEMPORARY
    texts: dict[Field, str] = {
        "name": artwork.name,
        "organisation": artwork.organisation,
        "role": artwork.role,
        "station": artwork.station,
        "code_id": short_id(artwork.code_id),
        "expires": words.expires(artwork.expires, to_the_minute=temporary),
    }
    given: dict[Field, bytes | None] = {"photo": artwork.photo, "logo": artwork.logo}
    return Content(
        texts={name: clean(text) for name, text in texts.items()},
        symbol=symbol,
        band=words.temporary(artwork.expires) if temporary else None,
        pictures={name: data for name, data in given.items() if data},
    )


def picture_of(page: Page) -> Image.Image:
    """A page of the wire as a picture of mode 1. It shows what the page shows."""
    stride = (page.width + 7) // 8
    rows = np.frombuffer(page.rows.reveal(), dtype=np.uint8).reshape(page.height, stride)
    return Image.fromarray(np.unpackbits(rows, axis=1)[:, : page.width] == 0)


def packed(image: Image.Image, dpi: int) -> Page:
    """Dots as a page of the wire. `image` is of mode 1, black on white."""
    rows = np.packbits(~np.asarray(image, dtype=np.bool_), axis=1).tobytes()
    return Page(width=image.width, height=image.height, dpi=dpi, rows=Secret(rows))
