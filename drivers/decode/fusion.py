"""What several frames show of one symbol that none of them lets read: every module is voted on.

A highlight, a smear or noise is elsewhere in the next frame, the modules are not. Only how dark each module was is
kept, never a frame.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from drivers.decode import zxing
from drivers.decode.mesh import Mesh, Shades
from drivers.decode.pattern import known
from drivers.decode.reading import Reading

#: Versions voted on at once: a mesh is at times laid for one too many.
_VERSIONS: Final = 3
#: Of the votes so far, what is left when another frame is counted: the sheet may be bent otherwise by now.
_FADING: Final = 0.95
#: One frame in so many begins with a flat sheet again.
_FRESH: Final = 8


@dataclass(frozen=True, eq=False)
class Sheet:
    """How a symbol's sheet was bent in the last frame: a mesh, in shares of the way between the finders across and
    down, and the stage of bending that is next.
    """

    version: int
    mesh: Mesh
    stage: int


class Ballot:
    """The votes of one symbol. `frames`: how many were counted. `sheet`: how it was bent in the last."""

    def __init__(self) -> None:
        self.sheet: Sheet | None = None
        self._carried = 0
        self._votes: dict[int, Shades] = {}
        self._frames: dict[int, int] = {}

    @property
    def frames(self) -> int:
        """Frames counted for the version most often seen."""
        return max(self._frames.values(), default=0)

    def carry(self, sheet: Sheet) -> None:
        """Begin the next frame with `sheet`, unless that was done often and did not help."""
        self._carried += 1
        self.sheet = sheet if self._carried % _FRESH else None

    def count(self, version: int, seen: Shades) -> Reading | None:
        """Add what one frame shows of a symbol of `version`, N x N, and say what all of them show together."""
        if version not in self._votes and len(self._votes) >= _VERSIONS:
            rarest = min(self._frames, key=lambda one: self._frames[one])
            del self._votes[rarest], self._frames[rarest]
        votes = _FADING * self._votes.get(version, np.zeros_like(seen)) + seen
        self._votes[version] = votes
        self._frames[version] = self._frames.get(version, 0) + 1
        if self._frames[version] == 1:
            return None
        pattern = known(version)
        return next(iter(zxing.read_modules(np.where(pattern == 0, votes, pattern) > 0)), None)
