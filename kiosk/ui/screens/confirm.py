"""Before anything changes: exactly what will happen, and that it cannot be undone."""

from __future__ import annotations

from textual.app import ComposeResult

from kiosk.i18n import words
from kiosk.replace.plan import Reason
from kiosk.state import State
from kiosk.ui.screens.view import View, about
from kiosk.ui.widgets.banner import Banner, Tone
from kiosk.ui.widgets.figures import Figure
from kiosk.ui.widgets.words import Words


class Confirm(View):
    """Yes or no."""

    def compose(self) -> ComposeResult:
        """Its parts."""
        yield Banner()
        yield Words(id="old", classes="strong")
        yield Words(id="stay")

    def show(self, state: State) -> None:
        """Draw `state`."""
        title = about("confirm.title", state.name)
        self.query_one(Banner).show(words("confirm.big"), title, Tone.ATTENTION, Figure.ATTENTION)
        has_old = state.reason is not Reason.NEW_HERE
        self.query_one("#old", Words).say(words("confirm.old") if has_old else "")
        self.query_one("#stay", Words).say(words("confirm.pin") if has_old else "", words("confirm.stay"))
