"""Which codes are in front of which scanner, so that one that stays there is one scan and not thirty a second."""

from __future__ import annotations

from kiosk.clock import Clock


class Presence:
    """Remembers when each scanner last saw each code, by digest. `gap`: seconds away that make it shown again."""

    def __init__(self, clock: Clock, gap: float) -> None:
        self._clock = clock
        self._gap = gap
        self._seen: dict[tuple[str, bytes], float] = {}

    def fresh(self, scanner: str, digest: bytes) -> bool:
        """Note that `scanner` sees this code now; True when it had been away, or was never there."""
        now = self._clock.monotonic()
        self._seen = {key: at for key, at in self._seen.items() if now - at < self._gap}
        known = (scanner, digest) in self._seen
        self._seen[scanner, digest] = now
        return not known
