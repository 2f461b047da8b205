"""Blocking work off the event loop, with an end."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


async def in_thread(work: Callable[[], T], *, seconds: float) -> T:
    """What `work` returns or raises. Raises TimeoutError after `seconds`; the thread is then left to itself.

    The thread is a daemon's and of no pool: a pool joins its threads when the process ends, and a library that hangs
    in a read would keep the station from stopping.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, fault: BaseException | None) -> None:
        if done.done():
            return
        if fault is not None:
            done.set_exception(fault)
        else:
            done.set_result(result)  # type: ignore[arg-type]  # None is a T here

    def run() -> None:
        result, fault = None, None
        try:
            result = work()
        except BaseException as raised:  # noqa: BLE001 - it is the caller's, whatever it is
            fault = raised
        with contextlib.suppress(RuntimeError):  # the loop has closed: nobody waits any more
            loop.call_soon_threadsafe(settle, result, fault)

    threading.Thread(target=run, name="sign-in", daemon=True).start()
    async with asyncio.timeout(seconds):
        return await done
