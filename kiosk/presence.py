"""The one place that says what is one scan and what is another.

The same content again within the gap, from the same scanner, is the same scan: it is still there. From a different
scanner, or after it was away for longer, it is a new one, and the screen reacts to it.
"""

from __future__ import annotations

from typing import Final

from kiosk.clock import Clock

#: Codes remembered at once. More than lie before any scanner; a flood of them costs no more memory than this.
CODES: Final = 256


class Presence:
    """Remembers when each scanner last saw each code, by digest. `gap`: seconds away that make it shown again."""

    def __init__(self, clock: Clock, gap: float) -> None:
        self._clock = clock
        self._gap = gap
        # In the order last seen: the first are forgotten first.
        self._seen: dict[tuple[str, bytes], float] = {}

    def fresh(self, scanner: str, digest: bytes) -> bool:
        """Note that `scanner` sees this code now; True when it had been away, or was never there."""
        now = self._clock.monotonic()
        last = self._seen.pop((scanner, digest), None)
        self._forget(now)
        self._seen[scanner, digest] = now
        return last is None or now - last >= self._gap

    def _forget(self, now: float) -> None:
        while self._seen:
            first = next(iter(self._seen))
            if len(self._seen) < CODES and now - self._seen[first] < self._gap:
                return
            del self._seen[first]
