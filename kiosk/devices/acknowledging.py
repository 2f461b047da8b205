"""What a scanner is told of each scan: whoever holds it hears that, and one that waits for its host reads on.

It says that the badge was read, not what it is worth: that takes Graph, which a scanner does not wait for, and is on
the screen. A badge that is revoked was read well.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Literal

from drivers.wire.messages import Error, FromDriver, Scan, Signal
from kiosk.badge.content import Badge, parse
from kiosk.badge.verdict import single_badge
from kiosk.devices.link import DeviceError


class Acknowledging:
    """Of one scanner. `tell` says something to its driver; raises DeviceError."""

    def __init__(self, tell: Callable[[Signal], Awaitable[None]]) -> None:
        self._tell = tell
        self._under_way: set[asyncio.Task[None]] = set()

    def heard(self, message: FromDriver) -> None:
        """Answer a scan, or a code that did not come whole; other messages are not answered."""
        signal = signal_for(message)
        if signal:
            task = asyncio.create_task(self._send(Signal(signal=signal)))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    def stop(self) -> None:
        """What could not be said by now is not said."""
        for task in self._under_way:
            task.cancel()

    async def _send(self, signal: Signal) -> None:
        # A driver that has left is said elsewhere, and its scanner waits for nobody.
        with suppress(DeviceError):
            await self._tell(signal)


def signal_for(message: FromDriver) -> Literal["good", "bad"] | None:
    """`good` where just one badge was read, `bad` where none was, or several; None where nothing was scanned."""
    if isinstance(message, Error):
        return "bad" if message.about == "scan" else None
    if not isinstance(message, Scan) or message.request:
        return None
    read = single_badge(parse(code.content) for code in message.codes)
    return "good" if isinstance(read, Badge) else "bad"
