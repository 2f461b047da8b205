"""Who stands at the station of a child: looks at the paper, holds up badges, chooses as a sensible person would."""

from __future__ import annotations

from typing import Any, Final

from kiosk.badge.content import digest
from tests.crash.printed import Printed

#: How often somebody says "try again" before they give up.
PATIENCE: Final = 2


class Person:
    """`told` are the PINs they were shown, oldest first."""

    def __init__(self, printed: Printed) -> None:
        self.told: list[str] = []
        self._printed = printed
        self._seen = 0
        self._retries = 0

    def comes(self) -> None:
        """To another run: what lies there has been seen, and nothing has been tried."""
        self._seen, self._retries = self._printed.number, 0

    def answer(self, what: str, about: Any) -> object:
        """What the station asks: show a PIN, hold the badge up, or choose."""
        match what:
            case "tell":
                self.told.append(about)
                return True
            case "scan_back":
                self._seen = self._printed.number
                return any(digest(content) == about for content in self._printed.badges())
            case _:
                return self._choice(about[1])

    def _choice(self, choices: list[str]) -> str:
        """Go with the bridge, print again what did not come out, make anew the rest."""
        came_out, self._seen = self._printed.number > self._seen, self._printed.number
        wanted = (*(("came_out",) if came_out else ()), "bridge", "reprint", "reissue", "retry")
        choice = next((each for each in wanted if each in choices), "give_up")
        if choice in ("reprint", "reissue", "retry"):
            self._retries += 1
        return "give_up" if self._retries > PATIENCE else choice
