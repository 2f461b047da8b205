"""Short items side by side, in as many rows as they need."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from textual.content import Content
from textual.geometry import Size
from textual.reactive import reactive
from textual.widget import Widget

_GAP: Final = "   "


class Flow(Widget):
    """Items that are never broken in the middle; what does not fit beside the others goes below."""

    items: reactive[tuple[Content, ...]] = reactive((), layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002 - Textual's
        """As many rows as the items take in `width` cells."""
        return len(pack(self.items, width))

    def render(self) -> Content:
        """Draw it."""
        gap = Content(_GAP)
        return Content("\n").join(gap.join(row) for row in pack(self.items, self.size.width))


def pack(items: Sequence[Content], width: int) -> list[list[Content]]:
    """`items` in rows of at most `width` cells. One that is wider by itself gets a row and is cut."""
    rows: list[list[Content]] = []
    used = 0
    for item in items:
        needed = len(_GAP) + item.cell_length
        if rows and used + needed <= width:
            rows[-1].append(item)
            used += needed
        else:
            rows.append([item.truncate(width)])
            used = item.cell_length
    return rows
