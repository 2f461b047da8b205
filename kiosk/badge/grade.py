"""The grade of a printed symbol, in the manner of ISO/IEC 15415. What it is given, a driver measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from drivers.wire.messages import Quality

#: What a measurement must reach for 4.0, 3.0, 2.0 and 1.0. Those of contrast, modulation and unused error correction
#: are the standard's; the quiet zone it grades with other fixed patterns, and its steps here are our own.
_STEPS: Final = {
    "contrast": (0.70, 0.55, 0.40, 0.20),
    "modulation": (0.50, 0.40, 0.30, 0.20),
    "quiet_zone": (1.0, 0.98, 0.95, 0.90),
    "unused_correction": (0.62, 0.50, 0.37, 0.25),
}
_LETTERS: Final = "FDCBA"


@dataclass(frozen=True)
class Grade:
    """4.0 to 0.0 of each measurement. The whole is the lowest of them."""

    contrast: float
    modulation: float
    quiet_zone: float
    unused_correction: float

    @property
    def overall(self) -> float:
        """The lowest."""
        return min(self.contrast, self.modulation, self.quiet_zone, self.unused_correction)

    @property
    def letter(self) -> str:
        """A to D, and F."""
        return _LETTERS[int(self.overall)]

    @property
    def weakest(self) -> str:
        """The measurement that decides: a field's name."""
        return min(_STEPS, key=lambda name: getattr(self, name))


def grade(quality: Quality) -> Grade:
    """What a measurement is worth."""
    return Grade(**{name: _step(getattr(quality, name), steps) for name, steps in _STEPS.items()})


def letter(quality: Quality | None) -> str:
    """A to D, or F; empty where nobody could measure."""
    return grade(quality).letter if quality else ""


def _step(value: float, steps: tuple[float, ...]) -> float:
    return float(4 - next((at for at, least in enumerate(steps) if value >= least), 4))
