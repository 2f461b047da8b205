"""The desk: the sheets that were printed, and the one before the camera. It knows no pipes and no sockets."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np

from kiosk.clock import Clock
from kiosk.errors import UsageError
from kiosk.harness import desk_words as words
from kiosk.harness.byte_parser import ProtocolFault
from kiosk.harness.camera import Camera
from kiosk.harness.looks import LOOKS, NEW_BADGE, Condition
from kiosk.harness.paper import Sheet
from kiosk.harness.texture import Frame, Grey, png

#: Seconds from a cut to when the hand holds the sheet up, and for how long it does.
HOLD_AFTER: Final = 1.0
HOLD_FOR: Final = 6.0
_LONGEST_INCHES: Final = 40


class Printer(Protocol):
    """What the desk asks of its printer."""

    @property
    def faults(self) -> list[ProtocolFault]:
        """What it was sent and should not have been."""

    def fault(self, name: str, **arguments: Any) -> None:
        """Let it happen. Raises UsageError."""

    def repair(self) -> None:
        """All is well again."""


@dataclass(frozen=True)
class _Errand:
    """Something the hand does by itself at `at`: holds that sheet up, or takes away what is held."""

    at: float
    paper: int | None


class Desk:
    """One desk. `seed` decides its grain and what happens to every sheet; `keep` is the folder for pictures, if any.

    The same sheet held twice looks the same but for the camera's noise.
    """

    def __init__(self, printer: Printer, *, clock: Clock, seed: int = 0, keep: Path | None = None) -> None:
        self._printer = printer
        self._clock = clock
        self._seed = seed
        self._keep = keep
        self._sheets: dict[int, Sheet] = {}
        self._camera = Camera(NEW_BADGE.view, np.random.default_rng(seed))
        self._empty: Grey = self._camera.still()
        self._seen = self._empty
        self._noise = NEW_BADGE.view.noise
        self._auto: words.Auto | None = None
        self._errands: list[_Errand] = []

    # --- what happens to it

    def printed(self, sheet: Sheet) -> words.Printed:
        """A sheet came out of the printer."""
        self._sheets[sheet.number] = sheet
        self._save(f"paper-{sheet.number}.png", sheet.png)
        if self._auto is not None and not sheet.torn:
            self._plan(sheet.number)
        return words.Printed(sheet.number, sheet.torn)

    def obey(self, command: words.Command) -> words.Event:  # noqa: PLR0911 - an answer for each command
        """Do what a line says. Raises UsageError."""
        match command:
            case words.Hold(as_=condition, paper=which):
                sheet = self._sheet(which)
                self._errands.clear()
                return self._hold(sheet, condition)
            case words.Remove():
                self._errands.clear()
                return self._remove()
            case words.LookAt():
                return words.Viewed(base64.b64encode(png(self.frame())).decode())
            case words.ListPapers():
                return self._list()
            case words.LetFail(name, arguments):
                self._printer.fault(name, **arguments)
                return words.Faulted(name)
            case words.Repair():
                self._printer.repair()
                return words.Repaired()
            case words.Auto():
                return self._automatic(command)
            case words.Quit():
                return words.Leaving()

    def frame(self) -> Frame:
        """What the camera gives just now."""
        return self._camera.develop(self._seen, self._noise)

    # --- what the hand does by itself

    def due(self) -> float | None:
        """Seconds until `tick` has something to do."""
        return max(0.0, self._errands[0].at - self._clock.monotonic()) if self._errands else None

    def tick(self) -> None:
        """Let the hand do what is due."""
        while self._errands and self._errands[0].at <= self._clock.monotonic():
            paper = self._errands.pop(0).paper
            if paper is None:
                self._remove()
            else:
                self._hold(self._sheets[paper], self._condition_of(paper))

    def _automatic(self, command: words.Auto) -> words.Automatic:
        self._auto = command if command.on else None
        self._errands.clear()
        if command.on and command.worn in self._sheets:
            self._plan(command.worn)
        return words.Automatic(command.worn, command.on)

    def _plan(self, paper: int) -> None:
        up = self._clock.monotonic() + HOLD_AFTER
        self._errands = [_Errand(up, paper), _Errand(up + HOLD_FOR, None)]

    def _condition_of(self, paper: int) -> Condition:
        return "worn" if self._auto is not None and self._auto.worn == paper else "new"

    # --- sheets

    def _sheet(self, which: words.Which) -> Sheet:
        if not self._sheets:
            raise UsageError("nothing has been printed yet")
        number = {"newest": max(self._sheets), "first": min(self._sheets)}.get(str(which), which)
        if number not in self._sheets:
            raise UsageError(f"there is no paper {number}", hint=f"the newest is {max(self._sheets)}")
        return self._sheets[int(number)]

    def _hold(self, sheet: Sheet, condition: Condition) -> words.Held:
        if sheet.height / sheet.dpi > _LONGEST_INCHES:
            raise UsageError(f"paper {sheet.number} is too long to be held up")
        look = LOOKS[condition]
        chance = np.random.default_rng([self._seed, sheet.number, condition == "worn"])
        self._seen = self._camera.still(sheet, look.held(chance), look.wear, chance)
        self._noise = look.view.noise
        self._save(f"view-{sheet.number}-{condition}.png", lambda: png(self.frame()))
        return words.Held(sheet.number, condition)

    def _remove(self) -> words.Removed:
        self._seen, self._noise = self._empty, self._camera.view.noise
        return words.Removed()

    def _list(self) -> words.Papers:
        there = [words.PaperThere(s.number, s.width, s.height, s.torn) for s in self._sheets.values()]
        return words.Papers(there, [(fault.offset, fault.what) for fault in self._printer.faults])

    def _save(self, name: str, picture: Callable[[], bytes]) -> None:
        """Keep a picture, the first time it is there; without a folder there is no picture."""
        if self._keep is not None and not (self._keep / name).exists():
            (self._keep / name).write_bytes(picture())
