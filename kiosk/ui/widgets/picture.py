"""Large letters and figures, as large as the place they are given."""

from __future__ import annotations

from textual.content import Content
from textual.geometry import Size
from textual.reactive import reactive
from textual.widget import Widget

from kiosk.ui.plain import plain
from kiosk.ui.widgets.figures import Figure, figure
from kiosk.ui.widgets.half_blocks import centred, lettering


class Lettering(Widget):
    """A few words in letters that are read from the other end of the room."""

    text: reactive[str] = reactive("")

    def render(self) -> Content:
        """Draw it; in the terminal's own letters where there is no room for others."""
        columns, rows = self.size
        drawn = lettering(plain(self.text), columns, rows) or (plain(self.text),)
        return Content("\n".join(centred(drawn, columns, rows)))


class Sign(Widget):
    """One figure."""

    figure: reactive[Figure] = reactive(Figure.BADGE)

    def get_content_width(self, container: Size, viewport: Size) -> int:  # noqa: ARG002 - Textual's
        """As wide as it is high, and a quarter of the place at most: the letters need the rest."""
        return min(2 * container.height, container.width // 4)

    def render(self) -> Content:
        """Draw it."""
        columns, rows = self.size
        return Content("\n".join(centred(figure(self.figure, columns, rows), columns, rows)))
