"""The paper in a receipt printer: rows of dots come under the head, sheets come off at the cutter."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import Final

from PIL import Image

#: Millimetres from the print head to the cutter. What is printed and not fed past it stays in the printer.
HEAD_TO_CUTTER_MM: Final = 12.0
MM_PER_INCH: Final = 25.4


@dataclass(frozen=True)
class Sheet:
    """One piece of paper that left the printer.

    `number` counts from 1. `rows` are packed rows of `width` dots, most significant bit on the left, 1 is black.
    `torn` when no cut took it off: the roll ran out or was changed, and what is on it may be half a page.
    """

    number: int
    width: int
    dpi: int
    rows: bytes = field(repr=False)
    torn: bool = False

    @property
    def height(self) -> int:
        """Rows of dots."""
        return len(self.rows) * 8 // self.width

    @property
    def blank(self) -> bool:
        """Nothing is printed on it."""
        return not any(self.rows)

    def image(self) -> Image.Image:
        """A 1-bit picture of it (Pillow mode "1"), a dot a pixel."""
        return Image.frombytes("1", (self.width, self.height), self.rows, "raw", "1;I")

    def png(self) -> bytes:
        """The picture as PNG, its resolution written in it."""
        out = io.BytesIO()
        self.image().save(out, "PNG", dpi=(self.dpi, self.dpi))
        return out.getvalue()


class Paper:
    """An endless roll under a head of `width` dots (a multiple of 8) at `dpi` dots an inch."""

    def __init__(self, width: int, dpi: int, *, beyond_head_mm: float = HEAD_TO_CUTTER_MM) -> None:
        if width % 8 or width <= 0:
            raise ValueError("a print head's width in dots is a multiple of 8")
        self.width = width
        self.dpi = dpi
        self._blank = bytes(width // 8)
        self._beyond_head = round(beyond_head_mm * dpi / MM_PER_INCH)
        self._cut_so_far = 0
        self._rows: list[bytes] = []
        self.load()

    @property
    def beyond_head(self) -> int:
        """Rows between head and cutter."""
        return self._beyond_head

    def load(self) -> None:
        """Put a new roll in: its start reaches the cutter."""
        self._rows = [self._blank] * self._beyond_head

    def advance(self, row: bytes | None = None) -> None:
        """Print one row (packed, `width` dots), or none, and move the paper by it."""
        self._rows.append(self._blank if row is None else row)

    def cut(self) -> Sheet | None:
        """Cut where the cutter is. None when there is no paper beyond it."""
        end = len(self._rows) - self._beyond_head
        if end <= 0:
            return None
        sheet = self._sheet(self._rows[:end], torn=False)
        self._rows = self._rows[end:]
        return sheet

    def tear_off(self) -> Sheet | None:
        """Take all paper out, as when the roll is changed. None when nothing is printed on it."""
        rows, self._rows = self._rows, []
        self.load()
        return self._sheet(rows, torn=True) if any(map(any, rows)) else None

    def again(self, sheet: Sheet) -> Sheet:
        """The same once more, as its own sheet."""
        return self._sheet([sheet.rows], torn=sheet.torn)

    def _sheet(self, rows: list[bytes], *, torn: bool) -> Sheet:
        self._cut_so_far += 1
        return Sheet(self._cut_so_far, self.width, self.dpi, b"".join(rows), torn)
