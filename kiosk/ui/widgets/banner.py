"""The coloured panel: a figure, a few words in large letters, and a sentence."""

from __future__ import annotations

from enum import StrEnum

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from kiosk.badge.verdict import Severity
from kiosk.i18n import words
from kiosk.ui.widgets.figures import OF_SEVERITY, Figure
from kiosk.ui.widgets.finder import Finder
from kiosk.ui.widgets.picture import Lettering, Sign
from kiosk.ui.widgets.words import Words
from kiosk.viewfinder import NOTHING, Glimpse


class Tone(StrEnum):
    """Colours of a panel; never the only thing that says it: the figure and the words differ too."""

    CALM = "calm"
    GOOD = "good"
    ATTENTION = "attention"
    BAD = "bad"


class Banner(Vertical):
    """Readable from three metres: figure and large letters. Below them a sentence for who stands nearer.

    While somebody aims, what the camera sees takes the figure's place, and how to hold the badge that of the words.
    """

    def __init__(self) -> None:
        super().__init__()
        self._said = ("", "")
        self._glimpse = NOTHING

    def compose(self) -> ComposeResult:
        """Its parts."""
        with Horizontal():
            yield Sign()
            yield Finder()
            yield Lettering()
        yield Words()

    def show(self, big: str, title: str, tone: Tone, figure: Figure) -> None:
        """Show these."""
        self.query_one(Sign).figure = figure
        self._said = (big, title)
        self._say()
        for other in Tone:
            self.set_class(other is tone, f"-{other}")

    def show_severity(self, big: str, title: str, severity: Severity) -> None:
        """Show these with the figure and colours of a severity."""
        self.show(big, title, Tone(severity.value), OF_SEVERITY[severity])

    def aim(self, glimpse: Glimpse, *, greys: bool) -> None:
        """Show what the camera sees, or that it shows nothing. `greys`: see Finder."""
        self._glimpse = glimpse
        finder = self.query_one(Finder)
        finder.greys, finder.frame = greys, glimpse.frame
        self.set_class(glimpse.frame is not None, "-aiming")
        self._say()

    def _say(self) -> None:
        hint = self._glimpse.hint
        big, title = (words(f"sight.{hint}.big"), words(f"sight.{hint}.title")) if hint else self._said
        self.query_one(Lettering).text = big
        self.query_one(Words).say(title)
