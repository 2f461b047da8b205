"""What every view is, and what it is told once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo

from textual.containers import Vertical

from kiosk.i18n import words
from kiosk.state import State
from kiosk.ui.theme import Look


@dataclass(frozen=True)
class Setting:
    """What does not change while the screen is up. `zone`: where the station is; None is the machine's own zone."""

    title: str
    look: Look
    zone: tzinfo | None = None
    may_quit: bool = False


class View(Vertical):
    """The middle of the screen in one phase; its id is the phase's value. It draws a state and keeps none."""

    def __init__(self, setting: Setting, *, id: str) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.setting = setting

    def show(self, state: State) -> None:
        """Draw `state`."""
        raise NotImplementedError


def about(key: str, name: str) -> str:
    """The words of `key` about the person of that name, or of `KEY_nobody` where the name is not known."""
    return words(key, name=name) if name else words(f"{key}_nobody")
