"""What earlier runs left open: who it is about, where it stands, and finishing it on an authorised person's word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from kiosk.errors import KioskError
from kiosk.graph.errors import GraphError, UserNotFound
from kiosk.registry import OpenReplacement
from kiosk.replace.assignment import Assignment, Resumed
from kiosk.replace.attendant import Attendant
from kiosk.replace.carry_out import Replacement, Result
from kiosk.replace.facilities import Facilities
from kiosk.replace.history import History
from kiosk.replace.issuer import Person
from kiosk.replace.plan import Reason, Refusal
from kiosk.replace.recover import Recovery, recover


@dataclass(frozen=True)
class Unfinished:
    """One replacement that is open. `found` is what is left of it, or why nothing may be done.

    `person` and `found` are None, and `error` says why, where Graph could not be asked.
    """

    id: str
    user_id: str
    reason: Reason
    opened_at: datetime
    person: Person | None = None
    found: Recovery | Refusal | None = None
    error: KioskError | None = None

    @property
    def name(self) -> str:
        """Who it is about, by their name where Graph knows it."""
        return self.person.display_name if self.person else self.user_id

    @property
    def without_badge(self) -> bool:
        """Whether they may have no badge that works; so, too, as long as nobody can say."""
        return self.found.without_badge if isinstance(self.found, Recovery) else self.error is not None


async def look(use: Facilities) -> Sequence[Unfinished]:
    """Every open replacement as it stands now, oldest first. Changes nothing. Raises RegistryError."""
    return [await _stands(opened, use) for opened in await use.registry.unfinished()]


async def finish(
    unfinished: Unfinished, use: Facilities, attendant: Attendant, *, approvers: tuple[str, ...] = ()
) -> Result | None:
    """Do what is left, on these people's word; None where it may not be done. Raises GraphError, RegistryError.

    It is looked at once more before anything is done: somebody else may have finished it meanwhile.
    """
    opened = next((each for each in await use.registry.unfinished() if each.id == unfinished.id), None)
    if opened is None:
        return None
    now = await _stands(opened, use)
    if now.error:
        raise now.error
    if now.person is None or not isinstance(now.found, Recovery):
        return None
    resumed = Resumed(opened.id, _history(opened), now.found)
    return await Replacement(
        Assignment(now.found.plan, now.person, use, attendant, resumed, approvers=approvers)
    ).run()


async def abandon(unfinished: Unfinished, use: Facilities) -> None:
    """Close it as it stands: a person decided that nothing more is to be done. Raises RegistryError."""
    await use.registry.close_replacement(unfinished.id, at=use.clock.now(), result="abandoned")


async def _stands(opened: OpenReplacement, use: Facilities) -> Unfinished:
    reason = Reason(opened.reason)
    known = (opened.id, opened.user_id, reason, opened.opened_at)
    try:
        person = await use.issuer.person(opened.user_id)
    except UserNotFound:
        return Unfinished(*known, found=Refusal("person_gone"))
    except GraphError as wrong:
        return Unfinished(*known, error=wrong)
    return Unfinished(*known, person, recover(reason, _history(opened), person, use.clock.now()))


def _history(opened: OpenReplacement) -> History:
    return History.of(opened.entries, opened.remove)
