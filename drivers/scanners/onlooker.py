"""What a camera says besides codes: a small preview, that something moves, and how to hold the badge."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from drivers.decode.reading import Image
from drivers.loop import Voice
from drivers.scanners import sight
from drivers.wire.messages import Frame, Hint, Motion, Sight
from drivers.wire.secret import Secret

#: Seconds from one preview frame, one word of motion, and one hint to the next.
_PREVIEW_EVERY: Final = 0.1
_MOTION_EVERY: Final = 1.0
_HINT_EVERY: Final = 1.0
#: Seconds for which a badge is in sight and not read before anybody is told how to hold it.
_PATIENCE: Final = 0.6
#: Seconds for which a badge that shakes may be seen as none and is there nevertheless.
_FLICKER: Final = 0.5
#: Seconds for which something moves and nothing like a badge is in sight, before anybody is told why that may be.
_LONG_PATIENCE: Final = 2.0


class Onlooker:
    """Told of every frame; says what is worth saying, and not oftener than a person can follow.

    `preview`: whether small frames are wanted.
    """

    def __init__(self, say: Voice, clock: Callable[[], float]) -> None:
        self.preview = False
        self._say = say
        self._clock = clock
        self._shown = self._moved = self._hinted = self._sighted = -float("inf")
        self._unread_since: float | None = None
        self._moving_since: float | None = None
        self._before: tuple[Image, float] | None = None

    def see(self, image: Image, *, read: bool, in_sight: bool, moving: bool) -> None:
        """One frame: whether a code in it was read, something like one is in sight, and something moves."""
        now = self._clock()
        if moving and now - self._moved >= _MOTION_EVERY:
            self._moved = now
            self._say(Motion())
        self._sighted = now if in_sight else self._sighted
        there = now - self._sighted < _FLICKER
        self._unread_since = None if read or not there else self._unread_since or now
        self._moving_since = self._moving_since or now if now - self._moved < 2 * _MOTION_EVERY and not read else None
        previewed = self.preview and now - self._shown >= _PREVIEW_EVERY
        if not previewed and not self._attentive:
            self._before = None
            return
        small = sight.shrink(image)
        if previewed:
            self._shown = now
            self._say(Frame(width=small.shape[1], height=small.shape[0], pixels=Secret(small.tobytes())))
        if now - self._hinted >= _HINT_EVERY and (hint := self._hint(small, now)):
            self._hinted = now
            self._say(Sight(hint=hint))
        self._before = (small, now)

    @property
    def _attentive(self) -> bool:
        """Whether there may be something to say soon."""
        return self._unread_since is not None or self._moving_since is not None

    def _hint(self, small: Image, now: float) -> Hint | None:
        unread = self._unread_since is not None and now - self._unread_since >= _PATIENCE
        # What is dark, smeared, too near or too far may not be seen as a badge at all.
        moved = self._moving_since is not None and now - self._moving_since >= _LONG_PATIENCE
        if not unread and not (moved and sight.may_be_held_up(small)):
            return None
        quick = self._before is not None and sight.quick(self._before[0], small, now - self._before[1])
        return sight.hint(small, quick=quick)
