"""The steps of a replacement, one a row, with how far each is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from textual.content import Content
from textual.widgets import Static

from kiosk.i18n import words
from kiosk.replace.attendant import Progress
from kiosk.state import StepView
from kiosk.ui.plain import plain

_STYLES: Final = {
    Progress.WAITING: "$faint",
    Progress.DOING: "bold",
    Progress.DONE: "",
    Progress.FAILED: "bold",
}


class Steps(Static):
    """What is done, what is being done, what is still to do: by sign, word and place."""

    def show(self, steps: Sequence[StepView], signs: Mapping[Progress, str]) -> None:
        """Show these steps."""
        self.update(Content("\n").join(_row(view, signs[view.progress]) for view in steps))


def _row(view: StepView, sign: str) -> Content:
    said = words(f"step.{view.step}.{'done' if view.progress is Progress.DONE else 'doing'}")
    # What went wrong is said by the panel that asks what to do about it.
    detail = "" if view.progress is Progress.FAILED else plain(view.detail)
    row = f" {sign}  {words(f'progress.{view.progress}'):<8} {said}"
    return Content.styled(f"{row}: {detail}" if detail else row, _STYLES[view.progress])
