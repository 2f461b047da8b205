"""What is not to be left half done, however often whoever waits for it is cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def undisturbed(work: Coroutine[Any, Any, T]) -> T:
    """What comes of `work`, which is done to its end. Whoever is cancelled meanwhile is so only then."""
    task = asyncio.ensure_future(work)
    disturbed: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait((task,))
        except asyncio.CancelledError as cancelled:
            disturbed = cancelled
    if disturbed is None:
        return task.result()
    if not task.cancelled():
        # Asked for, so that nobody is told later of an exception that was never looked at.
        task.exception()
    raise disturbed
