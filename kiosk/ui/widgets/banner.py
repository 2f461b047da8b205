"""The coloured panel: a figure, a few words in large letters, and a sentence."""

from __future__ import annotations

from enum import StrEnum

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from kiosk.badge.verdict import Severity
from kiosk.ui.widgets.figures import OF_SEVERITY, Figure
from kiosk.ui.widgets.picture import Lettering, Sign
from kiosk.ui.widgets.words import Words


class Tone(StrEnum):
    """Colours of a panel; never the only thing that says it: the figure and the words differ too."""

    CALM = "calm"
    GOOD = "good"
    ATTENTION = "attention"
    BAD = "bad"


class Banner(Vertical):
    """Readable from three metres: figure and large letters. Below them a sentence for who stands nearer."""

    def compose(self) -> ComposeResult:
        """Its parts."""
        with Horizontal():
            yield Sign()
            yield Lettering()
        yield Words()

    def show(self, big: str, title: str, tone: Tone, figure: Figure) -> None:
        """Show these."""
        self.query_one(Sign).figure = figure
        self.query_one(Lettering).text = big
        self.query_one(Words).say(title)
        for other in Tone:
            self.set_class(other is tone, f"-{other}")

    def show_severity(self, big: str, title: str, severity: Severity) -> None:
        """Show these with the figure and colours of a severity."""
        self.show(big, title, Tone(severity.value), OF_SEVERITY[severity])
