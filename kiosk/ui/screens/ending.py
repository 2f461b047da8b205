"""How a replacement ended: well, not at all, or half-way."""

from __future__ import annotations

from textual.app import ComposeResult

from kiosk.i18n import words
from kiosk.replace.attendant import Progress
from kiosk.replace.plan import HARMLESS, Reason
from kiosk.state import State
from kiosk.ui.doing import about_doing
from kiosk.ui.moment import minute
from kiosk.ui.plain import sentence
from kiosk.ui.screens.view import View, about
from kiosk.ui.widgets.banner import Banner, Tone
from kiosk.ui.widgets.figures import Figure
from kiosk.ui.widgets.words import Words


class Finished(View):
    """The new badge was scanned back."""

    def compose(self) -> ComposeResult:
        """Its parts."""
        yield Banner()
        yield Words(id="next", classes="strong")

    def show(self, state: State) -> None:
        """Draw `state`."""
        title = about_doing(state.reason, "done", state.name)
        self.query_one(Banner).show(words("finished.big"), title, Tone.GOOD, Figure.TICK)
        grade = words("badge.grade", grade=state.grade) if state.grade else ""
        self.query_one("#next", Words).say(self._next(state), grade)

    def _next(self, state: State) -> str:
        if state.until:
            return words("finished.until", when=minute(state.until, self.setting.zone))
        return about_doing(state.reason, "after")


class Failed(View):
    """It could not be done; when somebody may be left without a badge, that is all the screen is about."""

    def compose(self) -> ComposeResult:
        """Its parts."""
        yield Banner()
        yield Words(id="next", classes="strong")
        yield Words(id="error")

    def show(self, state: State) -> None:
        """Draw `state`."""
        self.set_class(state.stranded, "-stranded")
        title = about("stranded.title", state.name) if state.stranded else words("failed.title")
        big = words("stranded.big" if state.stranded else "failed.big")
        self.query_one(Banner).show(big, title, Tone.BAD, Figure.CROSS)
        self.query_one("#next", Words).say(_next(state))
        self.query_one("#error", Words).say(sentence(state.error), sentence(state.hint))


def _next(state: State) -> str:
    if state.stranded:
        return words("stranded.next")
    if not state.steps:
        return words("failed.unchecked")
    if state.reason is Reason.COPY:
        # It has been taken in, and is all that the worker has.
        return words("failed.give_back")
    return words("failed.unsure" if _begun(state) else "failed.unchanged")


def _begun(state: State) -> bool:
    """Whether a step that changes something was begun."""
    return any(view.progress is not Progress.WAITING and view.step not in HARMLESS for view in state.steps)
