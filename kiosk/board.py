"""The one state everybody looks at, and the news that it changed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

from kiosk.newest import Newest
from kiosk.state import Phase, State


class Board:
    """Holds the newest State. Changed from the loop's thread only."""

    def __init__(self, state: State | None = None) -> None:
        self._newest = Newest(state or State())

    @property
    def state(self) -> State:
        """The newest."""
        return self._newest.value

    def change(self, **changes: Any) -> None:
        """Show another state: this one with some fields changed."""
        self._newest.put(replace(self.state, serial=self.state.serial + 1, **changes))

    def states(self) -> AsyncIterator[State]:
        """The state now, and after each change the newest; what a slow reader misses is old by then."""
        return self._newest.values()

    async def wait_for(self, *phases: Phase) -> State:
        """The first state in one of `phases`."""
        async for state in self.states():
            if state.phase in phases:
                return state
        raise AssertionError("states never end")
