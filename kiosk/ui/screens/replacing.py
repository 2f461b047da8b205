"""A replacement on its way: its steps, and what the person is wanted for."""

from __future__ import annotations

from textual.app import ComposeResult

from kiosk.i18n import words
from kiosk.state import SlipView, State
from kiosk.ui.doing import about_doing
from kiosk.ui.plain import sentence
from kiosk.ui.screens.view import View
from kiosk.ui.widgets.banner import Banner, Tone
from kiosk.ui.widgets.figures import Figure
from kiosk.ui.widgets.steps import Steps
from kiosk.ui.widgets.words import Words


class Replacing(View):
    """The steps above; below them either wait, or hold up a badge, or say what to do about some trouble."""

    def compose(self) -> ComposeResult:
        """Its parts."""
        yield Words(id="heading", classes="strong")
        yield Steps()
        yield Banner()
        yield Words(id="trouble")
        yield Words(id="hint", classes="strong")

    def show(self, state: State) -> None:
        """Draw `state`."""
        self.query_one("#heading", Words).say(about_doing(state.reason, "title", state.name))
        self.query_one(Steps).show(state.steps, self.setting.look.progress)
        banner = self.query_one(Banner)
        if state.pin:
            digits = state.pin.reveal_text() if state.pin_shown else words("pin.big")
            title = words("pin.shown" if state.pin_shown else "pin.title")
            banner.show(digits, title, Tone.ATTENTION, Figure.ATTENTION)
        elif state.trouble:
            title = words(f"step.{state.trouble.step}.trouble")
            banner.show(words("replacing.trouble"), title, Tone.ATTENTION, Figure.ATTENTION)
        elif state.surrender and state.wrong_badge:
            banner.show(words("replacing.wrong"), words("replacing.surrender_wrong"), Tone.BAD, Figure.CROSS)
        elif state.surrender:
            title = words("replacing.surrender_title")
            banner.show(words("replacing.surrender"), title, Tone.ATTENTION, Figure.BADGE)
        elif state.prompt and state.wrong_badge:
            banner.show(words("replacing.wrong"), words("replacing.wrong_title"), Tone.BAD, Figure.CROSS)
        elif state.prompt:
            banner.show(words("replacing.prompt"), words("replacing.prompt_title"), Tone.ATTENTION, Figure.BADGE)
        else:
            banner.show(words("replacing.big"), words("replacing.title"), Tone.CALM, Figure.WAIT)
        message, hint = (state.trouble.message, state.trouble.hint) if state.trouble else _about(state.slip)
        self.set_class(bool(message), "-trouble")
        self.query_one("#trouble", Words).say(sentence(message))
        self.query_one("#hint", Words).say(sentence(hint))


def _about(slip: SlipView | None) -> tuple[str, str]:
    """What became of a slip, and what to do now; nothing where there is none."""
    if slip is None or not (slip.printing or slip.result):
        return "", ""
    said = words(f"slip.{'printing' if slip.printing else slip.result}")
    message = f"{said}: {slip.reason}" if slip.reason and slip.result != "printed" else said
    return message, "" if slip.printing else words(f"slip.{slip.result}_hint")
