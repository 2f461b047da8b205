"""The newest of something that changes, for everybody who looks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Newest(Generic[T]):
    """Holds one value. Changed from the loop's thread only."""

    def __init__(self, value: T) -> None:
        self.value = value
        self._changed = asyncio.Event()

    def put(self, value: T) -> None:
        """There is a newer one."""
        self.value = value
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def values(self) -> AsyncIterator[T]:
        """The value now, and after each change the newest; what a slow reader misses is old by then."""
        while True:
            changed = self._changed
            yield self.value
            await changed.wait()
