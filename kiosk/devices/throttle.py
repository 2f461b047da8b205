"""How much a driver may say unasked before the rest is dropped, and it is read more slowly."""

from __future__ import annotations

from typing import Final

from kiosk.clock import Clock

#: Messages a second for as long as a driver likes, and how many at once. A fast camera before which a badge lies says
#: 120 scans and ten preview frames a second.
RATE: Final = 200.0
BURST: Final = 400.0


class Throttle:
    """A bucket of BURST messages that fills up by RATE a second. `dropped`: lost in the flood that goes on."""

    def __init__(self, clock: Clock) -> None:
        self.dropped = 0
        self._clock = clock
        self._left = BURST
        self._at = clock.monotonic()

    @property
    def flooding(self) -> bool:
        """Whether messages were dropped since the bucket was last full."""
        self._fill()
        return self.dropped > 0

    def allows(self) -> bool:
        """Count one message; whether it is to be heard."""
        self._fill()
        if self._left < 1:
            self.dropped += 1
            return False
        self._left -= 1
        return True

    def _fill(self) -> None:
        now = self._clock.monotonic()
        self._left = min(BURST, self._left + (now - self._at) * RATE)
        self._at = now
        if self._left == BURST:
            self.dropped = 0
