"""One step at a time: taken, compared, noted, told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from kiosk.administration.conformance import expected as expect
from kiosk.administration.conformance.expected import Expected
from kiosk.administration.conformance.transcript import Exchanged, Recording
from kiosk.clock import Clock
from kiosk.graph.errors import GraphError, InsufficientPermissions


@dataclass(frozen=True)
class Outcome:
    """One step: `differences` is empty where the answer was as expected. `skipped` says why it was not taken."""

    name: str
    expected: str = ""
    got: str = ""
    differences: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    skipped: str = ""
    exchanges: tuple[Exchanged, ...] = field(default=(), repr=False)


class Steps:
    """`outcomes` grows as it goes. `pause`: seconds after each change."""

    def __init__(self, recording: Recording, clock: Clock, *, pause: float, tell: Callable[[Outcome], None]) -> None:
        self.outcomes: list[Outcome] = []
        self._recording = recording
        self._clock = clock
        self._pause = pause
        self._tell = tell

    async def take(
        self,
        name: str,
        expected: Expected,
        call: Callable[[], Awaitable[Any]],
        *,
        changes: bool = False,
        optional: bool = False,
    ) -> Any:
        """What the call gave, or None. `optional` is skipped where a permission it needs was not granted."""
        first, value, error = len(self._recording.seen), None, None
        try:
            value = await call()
        except GraphError as fault:
            error = fault
        seen = tuple(self._recording.seen[first:])
        if optional and isinstance(error, InsufficientPermissions):
            self._note(Outcome(name, skipped=error.hint, exchanges=seen))
            return None
        self._note(_outcome(name, expected, value, error, seen))
        if changes:
            await self._clock.sleep(self._pause)
        return value

    def skip(self, name: str, why: str) -> None:
        """A step that is not taken."""
        self._note(Outcome(name, skipped=why))

    def _note(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)
        self._tell(outcome)


def _outcome(
    name: str, expected: Expected, value: Any, error: GraphError | None, seen: tuple[Exchanged, ...]
) -> Outcome:
    last = seen[-1] if seen else None
    return Outcome(
        name,
        expected.words,
        f"{last.status if last else 'nothing'}" + (f", {type(error).__name__}" if error else ""),
        tuple(expect.differences(expected, value, error, last)),
        tuple(expect.notes(last)),
        exchanges=seen,
    )
