"""How long to wait before a read is repeated."""

from __future__ import annotations

import secrets
from typing import Final

#: Seconds: the first wait, and the longest that we choose ourselves.
FIRST: Final = 0.5
LONGEST: Final = 16.0
#: Reads of one call, the first included.
ATTEMPTS: Final = 6


def wait_before(attempt: int, *, asked: float | None) -> float:
    """Seconds before attempt number `attempt` (the second is 2). `asked` is Graph's Retry-After.

    Without one the wait doubles each time, between half and the whole of it at random: a shop full of stations must
    not come back in step. What Graph asked for is kept to, and a little is added for the same reason.
    """
    spread: float = secrets.randbelow(1000) / 1000
    if asked is not None:
        return asked + spread
    return min(LONGEST, FIRST * 2.0 ** (attempt - 1)) * (0.5 + spread / 2)
