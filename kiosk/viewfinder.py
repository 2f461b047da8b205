"""What a camera sees of somebody who holds up a badge: a small grey picture and a hint, so that they can aim.

A camera sends pictures while it is asked to, and it is asked only while a badge is to be held up, something moves
before it or is in sight, and a screen looks. Pictures are shown and forgotten.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, TypeAlias

from drivers.wire.messages import Frame, Hint, Motion, Sight
from kiosk.clock import Clock
from kiosk.devices.link import DeviceError
from kiosk.newest import Newest

#: Seconds after the last movement for which the picture stays: a hand that comes to rest is still there.
LINGER: Final = 3.0
#: Seconds a hint is true for. A camera says it at most once a second.
_TRUE: Final = 2.0
#: Pixels a picture has at most, see docs/driver-protocol.md.
_WIDTH, _HEIGHT = 160, 120

#: Asks the scanner of that name for pictures, or for no more of them. Raises DeviceError.
Ask: TypeAlias = Callable[[str, bool], Awaitable[None]]


@dataclass(frozen=True)
class Glimpse:
    """What to show: a picture, once one has come, and how to hold the badge, where the camera says so."""

    frame: Frame | None = None
    hint: Hint | None = None


NOTHING: Final = Glimpse()


class Viewfinder:
    """Looks through one camera at a time: the one that saw somebody first, until nobody is before it.

    `aiming` tells whether a badge is to be held up now.
    """

    def __init__(self, clock: Clock, aiming: Callable[[], bool], ask: Ask) -> None:
        self._clock = clock
        self._aiming = aiming
        self._ask = ask
        self._newest = Newest(NOTHING)
        self._screens = 0
        self._scanner = ""
        self._looking: asyncio.Task[None] | None = None
        self._until = 0.0
        self._hint: tuple[Hint, float] | None = None

    async def glimpses(self) -> AsyncIterator[Glimpse]:
        """What to show now, and after each change the newest. Without anybody who asks for it no picture is made."""
        self._screens += 1
        try:
            async for glimpse in self._newest.values():
                yield glimpse
        finally:
            self._screens -= 1

    def heard(self, scanner: str, message: Motion | Sight | Frame) -> None:
        """A scanner said something of what is before it."""
        if not (self._screens and self._aiming()) or (self._looking and scanner != self._scanner):
            return
        if isinstance(message, Frame):
            if self._looking and _is_sound(message):
                self._newest.put(Glimpse(message, self._true_hint()))
            return
        now = self._clock.monotonic()
        self._until = now + LINGER
        if isinstance(message, Sight):
            self._hint = message.hint, now + _TRUE
            self._newest.put(Glimpse(self._newest.value.frame, message.hint))
        if self._looking is None:
            self._scanner = scanner
            self._looking = asyncio.create_task(self._look(scanner), name="viewfinder")

    async def close(self) -> None:
        """Stop looking."""
        if self._looking:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)

    async def _look(self, scanner: str) -> None:
        try:
            # A camera that is away is said elsewhere; here there is nothing to see.
            with suppress(DeviceError):
                await self._ask(scanner, True)
                while self._aiming() and (left := self._until - self._clock.monotonic()) > 0:
                    await self._clock.sleep(left)
            with suppress(DeviceError):
                await self._ask(scanner, False)
        finally:
            self._looking = self._hint = None
            self._newest.put(NOTHING)

    def _true_hint(self) -> Hint | None:
        return self._hint[0] if self._hint and self._clock.monotonic() < self._hint[1] else None


def _is_sound(frame: Frame) -> bool:
    """Whether it is what a driver may send: one that is broken costs a picture and not the screen."""
    fits = 0 < frame.width <= _WIDTH and 0 < frame.height <= _HEIGHT
    return fits and len(frame.pixels.reveal()) == frame.width * frame.height
