"""A line or a few of text. Takes text as it is: no mark-up is read in it, nothing in it steers the terminal."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from kiosk.ui.plain import plain


class Words(Static):
    """Text that goes away when there is none."""

    def __init__(self, text: str = "", *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes, markup=False)
        self.say(text)

    def say(self, *lines: str) -> None:
        """Show these lines; empty ones are left out."""
        kept = [harmless for line in lines if (harmless := plain(line))]
        self.display = bool(kept)
        self.update(Content("\n".join(kept)))
