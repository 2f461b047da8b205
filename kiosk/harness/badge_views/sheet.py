"""Badges that are printed as ours are and belong to nobody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from drivers.wire.messages import Page
from drivers.wire.secret import Secret
from kiosk.badge import page, qr
from kiosk.badge.kind import CodeKind
from kiosk.harness.texture import Grey

#: Dots across the paper for each resolution: an 80 mm receipt printer, and a label printer of three inches.
WIDTHS: Final = {203: 576, 300: 900}
#: Bytes that make a symbol of version 10 at level M.
_BYTES: Final = 200
_EXPIRES: Final = datetime(2030, 1, 1, tzinfo=UTC)
_WHITE, _INK = 0.90, 0.07
_MARGIN_MM: Final = 4.0
_MM_PER_INCH: Final = 25.4


def content(rng: np.random.Generator) -> bytes:
    """What a code of nobody holds: the form of a real one, random where that has a secret."""
    head = f"ms-qrpin:v1|nobody@example.com|{rng.bytes(16).hex()}|".encode()
    return head + rng.bytes(_BYTES).hex().encode()[: _BYTES - len(head)]


@dataclass(frozen=True)
class Badge:
    """A page with a code on it. `middle`: of the code, as x and y in dots from the page's middle."""

    page: Page
    middle: tuple[float, float]


def badge(held: bytes, dpi: int) -> Badge:
    """A badge with `held` in its code. Raises PageError for a resolution it does not fit."""
    artwork = page.Artwork("Nobody", "Example", "Station 1", CodeKind.STANDARD, _EXPIRES, "0" * 8)
    symbol = qr.from_content(Secret(held))
    drawn = page.compose(symbol, artwork, page.Printer(WIDTHS[dpi], dpi))
    code = np.kron(symbol.modules, np.ones((drawn.module, drawn.module), dtype=np.bool_))
    dots = _dots(drawn.page)
    rows = np.lib.stride_tricks.sliding_window_view(dots, len(code), axis=1)
    top, left = np.argwhere((rows == code[0]).all(axis=2))[0]
    return Badge(drawn.page, (left + (len(code) - dots.shape[1]) / 2, top + (len(code) - dots.shape[0]) / 2))


def _dots(sheet: Page) -> NDArray[np.bool_]:
    dots = np.unpackbits(np.frombuffer(sheet.rows.reveal(), dtype=np.uint8)).reshape(sheet.height, -1)
    return dots[:, : sheet.width].astype(np.bool_)


def printed(sheet: Page) -> Grey:
    """How much light each dot of the paper throws back, 0 to 1, bare margins and all."""
    paper = np.where(_dots(sheet), _INK, _WHITE).astype(np.float32)
    margin = round(_MARGIN_MM * sheet.dpi / _MM_PER_INCH)
    return np.pad(paper, margin, constant_values=_WHITE)
