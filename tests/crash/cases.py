"""Every plan that is broken off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from kiosk.replace.plan import Reason


@dataclass(frozen=True)
class Case:
    """One plan: the reason, and how many days ago the old code began and in how many it ends.

    `had_one`: the worker has a badge before; `lent`: a temporary one, too, whose slot is not free for a bridge.
    `new_badge`: after it they have a new one, and the old is worth nothing.
    """

    reason: Reason
    begun: int = 30
    left: int = 60
    had_one: bool = True
    lent: bool = False
    new_badge: bool = False


#: Lost and renamed badges are replaced by the very steps of a worn one.
CASES: Final = {
    "worn": Case(Reason.WORN, new_badge=True),
    "worn-without-bridge": Case(Reason.WORN, lent=True, new_badge=True),
    "stolen": Case(Reason.STOLEN, new_badge=True),
    "expires": Case(Reason.EXPIRES),
    "expires-that-reissues": Case(Reason.EXPIRES, begun=391, left=3, new_badge=True),
    "forgotten": Case(Reason.FORGOTTEN),
    "new_here": Case(Reason.NEW_HERE, had_one=False, new_badge=True),
    "pin_forgotten": Case(Reason.PIN_FORGOTTEN),
    "found": Case(Reason.FOUND),
    "leaves": Case(Reason.LEAVES),
    "copy": Case(Reason.COPY),
}
