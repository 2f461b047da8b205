"""A second pair of hands: moves the paper while somebody works the screen of the demo."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from kiosk.board import Board
from kiosk.harness.hand import Hand
from kiosk.state import Phase, State

#: Seconds a badge is held up when nobody does anything about it.
_HOLD_SECONDS: Final = 8.0
#: Seconds it takes to tear off a paper and hold it up.
_REACH_SECONDS: Final = 1.0


class Assistant:
    """Holds up what the moment asks for: the worn badge to an idle station, new paper to one that waits for it.

    Once there is a second badge, the old and the new one take turns.
    """

    def __init__(self, board: Board, hand: Hand) -> None:
        self._board = board
        self._hand = hand
        self._turn = 0

    async def help(self) -> None:
        """Until cancelled."""
        async for state in self._board.states():
            if state.prompt:
                await self._give_new_paper()
            elif state.phase is Phase.IDLE:
                await self._show_a_badge()

    async def _give_new_paper(self) -> None:
        await asyncio.sleep(_REACH_SECONDS)
        await self._hand.hold("newest", "new")
        await self._wait_while(lambda now: now.prompt)
        await self._hand.remove()

    async def _show_a_badge(self) -> None:
        await asyncio.sleep(_REACH_SECONDS)
        if self._hand.papers == 1:
            await self._hand.hold(1, "worn")
        else:
            self._turn += 1
            await self._hand.hold("first" if self._turn % 2 else "newest", "new")
        with suppress(TimeoutError):
            async with asyncio.timeout(_HOLD_SECONDS):
                await self._wait_while(lambda now: now.phase in (Phase.IDLE, Phase.CHECKING, Phase.VERDICT))
        await self._hand.remove()
        await self._wait_while(lambda now: now.phase in (Phase.CHECKING, Phase.VERDICT))

    async def _wait_while(self, holds: Callable[[State], bool]) -> None:
        async for state in self._board.states():
            if not holds(state):
                return
