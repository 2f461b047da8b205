"""The time that is left, second by second."""

from __future__ import annotations

import time
from math import ceil

from kiosk.i18n import words
from kiosk.ui.widgets.words import Words


class Countdown(Words):
    """Runs by itself from when it was started."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._ends = 0.0

    def on_mount(self) -> None:
        """Once a second."""
        self.set_interval(1.0, self._tell)

    def start(self, seconds: float) -> None:
        """So much is left now."""
        self._ends = time.monotonic() + seconds
        self._tell()

    def _tell(self) -> None:
        left = max(0, ceil(self._ends - time.monotonic()))
        self.say(words("sign_in.left", time=f"{left // 60}:{left % 60:02}"))
