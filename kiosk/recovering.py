"""What earlier runs left open, as the board shows it: looked at by itself, finished or closed on a person's word."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import structlog

from kiosk.board import Board
from kiosk.registry import Registry, RegistryError
from kiosk.replace import reconcile
from kiosk.replace.attendant import Attendant
from kiosk.replace.carry_out import Result
from kiosk.replace.facilities import Facilities
from kiosk.replace.issuer import Issuer
from kiosk.replace.plan import Plan, Reason, Refusal
from kiosk.replace.reconcile import Unfinished
from kiosk.replace.recover import Recovery
from kiosk.state import SupervisorView, UnfinishedView

#: Seconds until Graph is asked again where it could not be: the first time, and at most.
_FIRST_WAIT: Final = 5.0
_LONGEST_WAIT: Final = 300.0

log = structlog.get_logger(__name__)


class Recovering:
    """Without `use` (a station that only checks) it only tells what is open. By itself it only looks."""

    def __init__(self, board: Board, registry: Registry | None, use: Facilities | None) -> None:
        self._board = board
        self._registry = registry
        self._use = use
        self._found: Sequence[Unfinished] = ()
        self._away = asyncio.Event()

    @property
    def found(self) -> tuple[Unfinished, ...]:
        """All of it as it stood when it was looked at, oldest first."""
        return tuple(self._found)

    @property
    def ready(self) -> tuple[tuple[Unfinished, Plan], ...]:
        """What can be finished, oldest first, and by which steps as things stood when it was looked at."""
        return tuple((each, each.found.plan) for each in self._found if isinstance(each.found, Recovery))

    async def look(self, issuer: Issuer | None = None) -> None:
        """Read anew what is open and how it stands, and show it. Raises RegistryError."""
        if self._use:
            self._found = await reconcile.look(replace(self._use, issuer=issuer or self._use.issuer))
            await self._show()

    async def list(self) -> None:
        """Show what is open without asking Graph how it stands. Raises RegistryError."""
        if self._registry:
            opened = await self._registry.unfinished()
            self._found = [Unfinished(each.id, each.user_id, Reason(each.reason), each.opened_at) for each in opened]
            await self._show()

    async def _show(self) -> None:
        views = tuple([await self._view(each) for each in self._found])
        if views != self._board.state.unfinished:
            self._board.change(unfinished=views)
        if any(each.found is None for each in self._found):
            self._away.set()

    async def watch(self) -> None:
        """As long as Graph cannot be asked about somebody, ask again, ever more seldom. Until cancelled."""
        wait = 0.0
        while self._use:
            await self._away.wait()
            await self._use.clock.sleep(wait)
            self._away.clear()
            try:
                await self.look()
            except RegistryError as wrong:
                log.warning("unfinished replacements not read", reason=str(wrong))
                self._away.set()
            wait = min(max(_FIRST_WAIT, wait * 2), _LONGEST_WAIT) if self._away.is_set() else _FIRST_WAIT

    async def finish(
        self, unfinished: Unfinished, attendant: Attendant, issuer: Issuer, approvers: Sequence[SupervisorView]
    ) -> Result | None:
        """See `reconcile.finish`."""
        assert self._use is not None, "only what could be looked at is offered"
        use = replace(self._use, issuer=issuer)
        by = tuple(each.user_id for each in approvers)
        return await reconcile.finish(unfinished, use, attendant, approvers=by)

    async def abandon(self, view: UnfinishedView, by: Sequence[SupervisorView]) -> None:
        """Close it as it is, and say in the audit who did. Raises RegistryError."""
        assert self._use is not None, "only what could be looked at is offered"
        unfinished = next((each for each in self._found if each.id == view.id), None)
        if unfinished is None:
            return
        await self._use.registry.note(
            "replacement_abandoned",
            at=self._use.clock.now(),
            actor=by[0].user_id if by else None,
            subject=unfinished.user_id,
            details={"replacement": unfinished.id, "refusal": view.refusal.key if view.refusal else ""},
        )
        await reconcile.abandon(unfinished, self._use)

    async def _view(self, each: Unfinished) -> UnfinishedView:
        found = each.found
        return UnfinishedView(
            each.id,
            each.person.display_name if each.person else await self._known_as(each.user_id),
            each.reason,
            found.situation if isinstance(found, Recovery) else None,
            without_badge=each.without_badge or found is None,
            until=found.until if isinstance(found, Recovery) else None,
            refusal=found if isinstance(found, Refusal) else None,
        )

    async def _known_as(self, user_id: str) -> str:
        """Their name, as it was when they last got a badge here; else their id."""
        codes = await self._registry.codes_of(user_id) if self._registry else ()
        return codes[0].display_name if codes else user_id
