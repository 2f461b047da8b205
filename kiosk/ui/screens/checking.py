"""A badge was read; its verdict is on the way."""

from __future__ import annotations

from textual.app import ComposeResult

from kiosk.i18n import words
from kiosk.state import State
from kiosk.ui.screens.view import View
from kiosk.ui.widgets.banner import Banner, Tone
from kiosk.ui.widgets.figures import Figure


class Checking(View):
    """One moment."""

    def compose(self) -> ComposeResult:
        """Its parts."""
        yield Banner()

    def show(self, state: State) -> None:  # noqa: ARG002 - it is always the same
        """Draw `state`."""
        self.query_one(Banner).show(words("checking.big"), words("checking.title"), Tone.CALM, Figure.WAIT)
