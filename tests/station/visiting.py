"""What a scanner says, and what the board comes to show."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import count
from typing import Any, Protocol

from drivers.wire.messages import Code, Scan
from drivers.wire.secret import Secret
from kiosk.state import Phase, State
from kiosk.supervisors import Supervisors
from kiosk.visit import Visit

_NUMBERS = count(1)


class Open(Protocol):
    """The fixture `visiting`."""

    def __call__(
        self,
        *,
        replaces: bool = True,
        idle: float = 600,
        scan_back: float = 600,
        supervisors: Supervisors | None = None,
        app: bool = True,
        rules: dict[str, Any] | None = None,
    ) -> Visit:
        """A visit. `idle` and `scan_back` are seconds. With `supervisors` it is they who replace.

        Without `app` the station has no credential of its own. `rules` are settings of the policy.
        """


def seen(*contents: bytes) -> Scan:
    """One look of a scanner at so many codes."""
    return Scan(seq=next(_NUMBERS), codes=tuple(Code(content=Secret(content)) for content in contents))


async def until(visit: Visit, right: Callable[[State], bool]) -> State:
    """The first state that is right."""
    async with asyncio.timeout(20):
        async for state in visit.board.states():
            if right(state):
                return state
    raise AssertionError("states never end")


async def phase(visit: Visit, *phases: Phase) -> State:
    """The first state in one of these phases."""
    return await until(visit, lambda state: state.phase in phases)
