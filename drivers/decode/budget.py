"""How long looking may take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

#: Times its cost that a step must have room for.
_ROOM: Final = 1.2
#: Milliseconds that steps must have been expected to take before they tell how fast the machine is, and how much
#: faster than the one it was measured on it is taken to be at most.
_TELLING: Final = 3.0
_FASTEST: Final = 0.5
#: Of the limit, what may be gone before a step that can stop halfway does: it takes a moment to.
_NEARLY: Final = 0.97


class Budget:
    """Milliseconds for one picture. None: as long as it takes.

    A step that would not be done in time is not begun. What steps cost was measured on one machine; on a slower or
    faster one the steps before show it, and the rest are taken to be slower or faster by as much.
    """

    def __init__(self, limit: float | None, clock: Callable[[], float]) -> None:
        self._limit = limit
        self._clock = clock
        self._began = clock()
        self._expected = 0.0
        self._steps_began = self._began

    def allows(self, cost: float) -> bool:
        """Whether there is time for what takes `cost` milliseconds, which is taken to be done if so."""
        if self._limit is None:
            return True
        if not self._expected:
            self._steps_began = self._clock()
        spent = (self._clock() - self._steps_began) * 1000
        pace = spent / self._expected if self._expected >= _TELLING else 1.0
        if self.elapsed + _ROOM * cost * max(_FASTEST, pace) > self._limit:
            return False
        self._expected += cost
        return True

    def over(self) -> bool:
        """Whether a step that can stop halfway ought to."""
        return self._limit is not None and self.elapsed >= _NEARLY * self._limit

    @property
    def elapsed(self) -> float:
        """Milliseconds since it was made."""
        return (self._clock() - self._began) * 1000
