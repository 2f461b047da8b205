"""The two ways a badge is held up: just printed, and after a year."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

import numpy as np

from kiosk.harness.camera import Glare, View
from kiosk.harness.wear import Wear

Condition: TypeAlias = Literal["new", "worn"]


@dataclass(frozen=True)
class Look:
    """A view, what the paper went through before it, and by how many degrees a hand misses the angles."""

    view: View
    wear: Wear | None = None
    unsteady: float = 0.0

    def held(self, rng: np.random.Generator) -> View:
        """The view as a hand makes it this time."""
        yaw, pitch, roll = rng.normal(0, self.unsteady, 3)
        return replace(self.view, yaw=self.view.yaw + yaw, pitch=self.view.pitch + pitch, roll=self.view.roll + roll)


#: A fresh badge before a fair camera in a lit room.
NEW_BADGE: Final = Look(
    View(
        yaw=7,
        pitch=10,
        roll=-4,
        defocus=0.6,
        motion=0.6,
        motion_direction=30,
        exposure=1.2,
        black_level=14,
        contrast=215,
        falloff=0.22,
        vignetting=0.18,
        noise=3.0,
    ),
    unsteady=2.5,
)

#: A badge of last year in a dim corner, the camera dazzled by a lamp beside it. Of 100 version 10 symbols of 6 dots a
#: module, zxing-cpp's first look read 0, the picture with gamma 0.35 87, with CLAHE and twice the size 100.
WORN_BADGE: Final = Look(
    View(
        yaw=-9,
        pitch=12,
        roll=5,
        defocus=0.7,
        motion=0.6,
        motion_direction=70,
        black_level=4,
        contrast=29,
        falloff=0.25,
        light_from=300,
        vignetting=0.2,
        noise=1.0,
        glare=Glare(x=1.0, y=0.0, radius=0.15, strength=14),
    ),
    Wear(fade=0.26, creases=2, scratches=6, specks=40, rubbed=0.4, grime=0.07),
    unsteady=2.5,
)

LOOKS: Final[dict[Condition, Look]] = {"new": NEW_BADGE, "worn": WORN_BADGE}
