"""What is tried and what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Trial:
    """One run. `kind` is the column it is counted in, `where` what happened to it, `broken` the promises it broke."""

    plan: str
    kind: str
    where: str
    broken: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Pick:
    """Which of all that could be tried: one in `every`.

    `again`: a recovery is broken off, too, and killed at one moment in so many; 0 for neither.
    """

    every: int = 1
    again: int = 1

    def of(self, things: Sequence[T]) -> Iterator[T]:
        """Those that are to be tried."""
        return iter(things[self.every // 2 :: self.every])
