"""Nobody is there: how to begin, and what at this station needs somebody."""

from __future__ import annotations

from textual.app import ComposeResult

from kiosk.i18n import words
from kiosk.state import DeviceView, State
from kiosk.ui.plain import sentence
from kiosk.ui.screens.view import View
from kiosk.ui.unfinished import unfinished
from kiosk.ui.widgets.banner import Banner, Tone
from kiosk.ui.widgets.figures import Figure
from kiosk.ui.widgets.foot import describe
from kiosk.ui.widgets.words import Words


class Idle(View):
    """Show your badge."""

    def compose(self) -> ComposeResult:
        """Its parts."""
        yield Banner()
        yield Words(id="unfinished", classes="strong")
        yield Words(id="needs")

    def show(self, state: State) -> None:
        """Draw `state`."""
        banner = self.query_one(Banner)
        if _can_read(state):
            banner.show(words("idle.big"), words("idle.title"), Tone.CALM, Figure.BADGE)
        else:
            banner.show(words("idle.not_ready"), words("idle.not_ready_title"), Tone.ATTENTION, Figure.ATTENTION)
        self.query_one("#unfinished", Words).say(*unfinished(state.unfinished, self.setting.zone))
        self.query_one("#needs", Words).say(*(_need(device) for device in state.devices))


def _can_read(state: State) -> bool:
    """Before a scanner has reported nothing is known against it."""
    scanners = [device for device in state.devices if device.role == "scan"]
    return not scanners or any(device.health.state in ("ok", "unknown") for device in scanners)


def _need(device: DeviceView) -> str:
    health = device.health
    if health.state == "ok" or not (health.reason or health.hint):
        return ""
    return " ".join(filter(None, map(sentence, (describe(device), health.reason, health.hint))))
