"""One unread symbol, followed from frame to frame by its place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from drivers.decode.fusion import Ballot
from drivers.decode.reading import Image
from drivers.decode.rescue import LADDER
from drivers.decode.sight import Box, Suspect
from drivers.decode.step import Step

#: Of a symbol's edge, how far it may have moved since the last frame, and how much it may have grown or shrunk.
_STEP: Final = 0.5
_GROWTH: Final = 1.6


class Track:
    """What was tried on one symbol. `next_step` is the place in the ladder where the last frame stopped, `tried` how
    many steps were, and `ballot` holds what the frames showed.
    """

    def __init__(self, suspect: Suspect) -> None:
        self.suspect = suspect
        self.next_step = 0
        self.tried = 0
        self.ballot = Ballot()

    def continued(self, seen: Sequence[Suspect]) -> bool:
        """Whether one of those `seen` now is this symbol, which is where it is from here on."""
        for one in seen:
            (x, y), (old_x, old_y) = one.middle, self.suspect.middle
            reach = _STEP * self.suspect.edge
            ratio = one.edge / self.suspect.edge
            if abs(x - old_x) < reach and abs(y - old_y) < reach and 1 / _GROWTH < ratio < _GROWTH:
                self.suspect = one
                return True
        return False

    def count(self, step: Step) -> None:
        """`step` is being tried: if it is the ladder's next, the one after it is next."""
        self.tried += 1
        if LADDER[self.next_step] is step:
            self.next_step = (self.next_step + 1) % len(LADDER)

    def surroundings(self, image: Image) -> Box:
        """Where in the next frame it may be: the box, and half an edge around it."""
        left, top, right, bottom = self.suspect.box
        reach = round(_STEP * self.suspect.edge)
        high, wide = image.shape
        return max(0, left - reach), max(0, top - reach), min(wide, right + reach), min(high, bottom + reach)
