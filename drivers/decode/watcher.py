"""Live video: every frame gets the cheap look, and what is not read gets a share of the ladder each frame."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from drivers.decode import sight, zxing
from drivers.decode.budget import Budget
from drivers.decode.engine import checked, grey
from drivers.decode.locate import Points
from drivers.decode.motion import Motion
from drivers.decode.reading import Image, Reading
from drivers.decode.rescue import LADDER, MESH
from drivers.decode.sight import Suspect
from drivers.decode.step import Step, Task
from drivers.decode.track import Track

#: Seconds between two looks at a scene in which nothing moves.
_REST: Final = 0.25
#: Seconds for which a scene is watched after something moved in it.
_AWAKE: Final = 1.5
#: Steps after which a symbol gets less: none if it does not move, a third of the frames if it does. Twice the ladder.
_ENOUGH: Final = 2 * len(LADDER)
#: Of the frames in which nothing is being worked on, one in so many is searched for finder patterns.
_SEEK_EVERY: Final = 3


class Watcher:
    """Reads codes in the frames of one camera.

    `clock` gives seconds and never goes back; `budget_ms` are the milliseconds one frame may take. A step that would
    not be done in time waits for the next frame, which goes on where this one stopped for as long as the symbol stays
    about where it is. No frame is kept: of the last one the means of 8 x 8 pixels, of a symbol how dark its modules
    were.
    """

    def __init__(self, *, clock: Callable[[], float] = time.perf_counter, budget_ms: float = 25.0) -> None:
        self._clock = clock
        self._budget_ms = budget_ms
        self._motion = Motion()
        self._moved = -float("inf")
        self._looked = -float("inf")
        self._track: Track | None = None
        self._in_sight = False
        self._moving = False
        self._faint = True
        self._unread = -1

    @property
    def in_sight(self) -> bool:
        """Whether the last frame looked at held a code or something like one."""
        return self._in_sight

    @property
    def moving(self) -> bool:
        """Whether something moved in the last frame."""
        return self._moving

    def look(self, image: Image) -> Sequence[Reading]:
        """The codes in one frame, H x W or BGR H x W x 3 uint8. `Reading.step` says which help was needed.

        Raises NotAPictureError for an array of another shape or type.
        """
        budget = Budget(self._budget_ms, self._clock)
        now = self._clock()
        checked(image)
        self._moving = self._motion.seen(image)
        if self._moving:
            self._moved = now
        awake = now - self._moved <= _AWAKE or (self._track is not None and self._track.tried < _ENOUGH)
        if not awake and now - self._looked < _REST:
            return []
        self._looked = now
        return self._read(grey(image), budget, awake=awake)

    def _read(self, image: Image, budget: Budget, *, awake: bool) -> list[Reading]:
        found, quads = zxing.look(image)
        if found:
            self._track, self._in_sight = None, True
            return found
        self._unread += 1
        if awake and (quads or self._track or self._unread % _SEEK_EVERY == 0):
            self._follow(self._suspects(image, quads))
        return self._help(image, self._track, budget) if awake and self._track else []

    def _suspects(self, image: Image, quads: Sequence[Points]) -> list[Suspect]:
        if self._track:
            near = sight.suspects(image, quads, (), within=self._track.surroundings(image))
            if near:
                return near
        # What is faint is looked for every other time.
        self._faint = not self._faint
        return sight.suspects(image, quads, (), faint=self._faint)

    def _follow(self, seen: Sequence[Suspect]) -> None:
        self._in_sight = bool(seen)
        if self._track is None or not self._track.continued(seen):
            self._track = Track(seen[0]) if seen else None

    def _help(self, image: Image, track: Track, budget: Budget) -> list[Reading]:
        """Go on with the ladder for one symbol, as far as the time allows but at least a step."""
        if track.tried > _ENOUGH and self._unread % _SEEK_EVERY:
            return []
        suspect = track.suspect
        trios = [suspect.trio] if suspect.trio else []
        task = Task(image, suspect.box, trios, (), budget.over, track.ballot)
        for nth, step in enumerate(self._steps(track)):
            if not budget.allows(step.expected(task.image.size)) and nth:
                break
            track.count(step)
            found = step.read(task)
            if found:
                self._track = None
                return found
        return []

    def _steps(self, track: Track) -> Iterator[Step]:
        """What is tried next: every other frame the mesh that was bent in the last, else on with the ladder."""
        if track.ballot.sheet and self._unread % 2:
            yield MESH
        for _ in LADDER:
            yield LADDER[track.next_step]
