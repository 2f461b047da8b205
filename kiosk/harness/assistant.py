"""A second pair of hands: moves the paper and holds the phone while somebody works the screen of the demo."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from kiosk.board import Board
from kiosk.errors import KioskError
from kiosk.harness.hand import Hand
from kiosk.harness.phone import Phone
from kiosk.state import Phase, State

#: Seconds a badge is held up when nobody does anything about it.
_HOLD_SECONDS: Final = 8.0
#: Seconds it takes to tear off a paper and hold it up.
_REACH_SECONDS: Final = 1.0
#: Seconds it takes to open an address on a phone, type a code there and sign in; there are those who do it faster.
_PHONE_SECONDS: Final = 6.0

#: While nothing more than a badge is wanted.
_BADGE_HELD: Final = (Phase.IDLE, Phase.SIGNED_IN, Phase.CHECKING, Phase.VERDICT)


class Assistant:
    """Holds up what the moment asks for: the worn badge to an idle station, new paper to one that waits for it.

    Once there is a second badge, the old and the new one take turns. A code to sign in with is typed into the phone
    of `supervisor`, a UPN.
    """

    def __init__(self, board: Board, hand: Hand, phone: Phone, supervisor: str) -> None:
        self._board = board
        self._hand = hand
        self._phone = phone
        self._supervisor = supervisor
        self._typed = ""
        self._turn = 0

    async def help(self) -> None:
        """Until cancelled."""
        async for state in self._board.states():
            if state.prompt:
                await self._give_new_paper()
            elif state.phase in (Phase.IDLE, Phase.SIGNED_IN):
                await self._show_a_badge()
            elif state.sign_in and state.sign_in.user_code not in ("", self._typed):
                await self._sign_in(state.sign_in.user_code)

    async def _give_new_paper(self) -> None:
        await asyncio.sleep(_REACH_SECONDS)
        await self._hand.hold("newest", "new")
        await self._wait_while(lambda now: now.prompt)
        await self._hand.remove()

    async def _sign_in(self, user_code: str) -> None:
        self._typed = user_code
        with suppress(TimeoutError):
            async with asyncio.timeout(_PHONE_SECONDS):
                await self._wait_while(lambda now: now.phase is Phase.SIGN_IN)
        # Whoever went back meanwhile has no use for it any more.
        if self._board.state.phase is Phase.SIGN_IN:
            with suppress(KioskError):
                await self._phone.approve(user_code, self._supervisor)

    async def _show_a_badge(self) -> None:
        await asyncio.sleep(_REACH_SECONDS)
        if self._hand.papers == 1:
            await self._hand.hold(1, "worn")
        else:
            self._turn += 1
            await self._hand.hold("first" if self._turn % 2 else "newest", "new")
        with suppress(TimeoutError):
            async with asyncio.timeout(_HOLD_SECONDS):
                await self._wait_while(lambda now: now.phase in _BADGE_HELD)
        await self._hand.remove()
        await self._wait_while(lambda now: now.phase in (Phase.CHECKING, Phase.VERDICT))

    async def _wait_while(self, holds: Callable[[State], bool]) -> None:
        async for state in self._board.states():
            if not holds(state):
                return
