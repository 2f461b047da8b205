"""The one state everybody looks at, and the news that it changed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

from kiosk.state import Phase, State


class Board:
    """Holds the newest State. Changed from the loop's thread only."""

    def __init__(self) -> None:
        self.state = State()
        self._changed = asyncio.Event()

    def change(self, **changes: Any) -> None:
        """Show another state: this one with some fields changed."""
        self.state = replace(self.state, serial=self.state.serial + 1, **changes)
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def states(self) -> AsyncIterator[State]:
        """The state now, and after each change the newest; what a slow reader misses is old by then."""
        while True:
            changed = self._changed
            yield self.state
            await changed.wait()

    async def wait_for(self, *phases: Phase) -> State:
        """The first state in one of `phases`."""
        async for state in self.states():
            if state.phase in phases:
                return state
        raise AssertionError("states never end")
