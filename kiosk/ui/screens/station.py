"""The one screen: a bar, the view of the phase, the keys, the devices."""

from __future__ import annotations

from dataclasses import replace

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.screen import Screen
from textual.widgets import ContentSwitcher

from kiosk.i18n import words
from kiosk.state import Phase, State, SupervisorView
from kiosk.ui.keys import keys
from kiosk.ui.screens.checking import Checking
from kiosk.ui.screens.confirm import Confirm
from kiosk.ui.screens.ending import Failed, Finished
from kiosk.ui.screens.idle import Idle
from kiosk.ui.screens.replacing import Replacing
from kiosk.ui.screens.sign_in import SignedIn, SignIn
from kiosk.ui.screens.verdict import VerdictView
from kiosk.ui.screens.view import Setting, View
from kiosk.ui.supervision import extent
from kiosk.ui.widgets.banner import Banner
from kiosk.ui.widgets.foot import DeviceLine, KeyLine
from kiosk.ui.widgets.words import Words
from kiosk.viewfinder import NOTHING, Glimpse

VIEWS: dict[Phase, type[View]] = {
    Phase.IDLE: Idle,
    Phase.SIGN_IN: SignIn,
    Phase.SIGNED_IN: SignedIn,
    Phase.CHECKING: Checking,
    Phase.VERDICT: VerdictView,
    Phase.CONFIRM: Confirm,
    Phase.REPLACING: Replacing,
    Phase.FINISHED: Finished,
    Phase.FAILED: Failed,
}


class StationScreen(Screen[None], inherit_bindings=False):
    """Draws a state. Textual's own bindings (focus, copying) are left out: there is nothing to focus or to copy."""

    #: Rows from which on there is room for everything at once.
    VERTICAL_BREAKPOINTS: list[tuple[int, str]] | None = [(0, "-low"), (32, "-high")]  # noqa: RUF012 - as Textual has it

    def __init__(self, setting: Setting) -> None:
        super().__init__()
        self._setting = setting
        self._state = State()
        self._glimpse = NOTHING

    def compose(self) -> ComposeResult:
        """Its parts."""
        with Horizontal(id="bar"):
            yield Words(self._setting.title, id="title")
            yield Words(id="supervisor")
        with ContentSwitcher(initial=Phase.IDLE.value):
            for phase, view in VIEWS.items():
                yield view(self._setting, id=phase.value)
        yield KeyLine()
        yield DeviceLine()

    def show(self, state: State) -> None:
        """Draw `state`."""
        state = self._state = self._legible(state)
        self.query_one(f"#{state.phase.value}", View).show(state)
        self.query_one(ContentSwitcher).current = state.phase.value
        self.query_one("#supervisor", Words).say(_signed_in(state.supervisor))
        self.query_one(KeyLine).show(keys(state, may_quit=self._setting.may_quit))
        self.query_one(DeviceLine).show(state.devices, self._setting.look.device)
        self._aim()

    def aim(self, glimpse: Glimpse) -> None:
        """Show what a camera sees, where that helps now."""
        self._glimpse = glimpse
        self._aim()

    def _aim(self) -> None:
        glimpse = self._glimpse if self._state.aiming else NOTHING
        for banner in self.query_one(f"#{self._state.phase.value}").query(Banner):
            banner.aim(glimpse, greys=self._setting.look.greys)

    def _legible(self, state: State) -> State:
        legible, who = self._setting.look.legible, state.supervisor
        supervisor = replace(who, name=legible(who.name)) if who else None
        unfinished = tuple(replace(view, name=legible(view.name)) for view in state.unfinished)
        closing = replace(state.closing, name=legible(state.closing.name)) if state.closing else None
        return replace(state, name=legible(state.name), supervisor=supervisor, unfinished=unfinished, closing=closing)


def _signed_in(supervisor: SupervisorView | None) -> str:
    return words("supervisor.bar", name=supervisor.name, reach=extent(supervisor)) if supervisor else ""
