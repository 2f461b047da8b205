"""Everything one replacement is about: the plan, the person, and what it may use."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.replace.attendant import Attendant
from kiosk.replace.facilities import Facilities
from kiosk.replace.history import History
from kiosk.replace.issuer import NewCode, Person
from kiosk.replace.plan import Plan
from kiosk.replace.recover import Recovery


@dataclass(frozen=True)
class Resumed:
    """A replacement that is taken up again: its journal so far, and what recovery made of it."""

    id: str
    history: History
    recovery: Recovery


@dataclass(frozen=True)
class Assignment:
    """`resumed`: taken up again, under its old id. `copied`: the code as it was scanned, for a copy.

    `approvers` are the user ids of those on whose word it is done: nobody by name, one, or two.
    """

    plan: Plan
    person: Person
    use: Facilities
    attendant: Attendant
    resumed: Resumed | None = None
    copied: NewCode | None = None
    approvers: tuple[str, ...] = ()

    @property
    def history(self) -> History:
        """What earlier runs did; an empty one at the first."""
        return self.resumed.history if self.resumed else History()
