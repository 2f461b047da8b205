"""Before anything changes: exactly what will happen, and that it cannot be undone."""

from __future__ import annotations

from textual.app import ComposeResult

from kiosk.i18n import words
from kiosk.state import State, UnfinishedView
from kiosk.ui.doing import about_doing
from kiosk.ui.screens.view import View
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
        if state.closing:
            self._show_closing(state.closing)
            return
        title = about_doing(state.reason, "title", state.name)
        big = about_doing(state.reason, "big")
        self.query_one(Banner).show(big, title, Tone.ATTENTION, Figure.ATTENTION)
        self.query_one("#old", Words).say(about_doing(state.reason, "before"), _visiting(state), _second(state))
        self.query_one("#stay", Words).say(words("confirm.stay"))

    def _show_closing(self, closing: UnfinishedView) -> None:
        title = words("closing.title", name=closing.name)
        self.query_one(Banner).show(words("closing.big"), title, Tone.ATTENTION, Figure.ATTENTION)
        self.query_one("#old", Words).say(words(f"refusal.{closing.refusal.key}") if closing.refusal else "")
        self.query_one("#stay", Words).say(words("closing.once"))


def _visiting(state: State) -> str:
    return words("confirm.visiting") if state.visiting else ""


def _second(state: State) -> str:
    if not (state.first and state.supervisor):
        return ""
    return words("confirm.second", name=state.first.name)
