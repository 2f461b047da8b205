"""What a camera is shown: how a badge is held, what befell it, in what light."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias, get_args

import numpy as np

from kiosk.harness.wear import Wear

Kind: TypeAlias = Literal[
    "plain", "distance", "tilt", "glare", "crease", "curl", "fade", "dirt", "shake", "dim", "everything"
]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)


@dataclass(frozen=True)
class Lens:
    """A fixed-focus USB camera. `field_of_view`: degrees across; `aperture` and `focus` (distance) in millimetres.

    What is `d` millimetres away is smeared over a disc of `focal * aperture * |1/d - 1/focus|` pixels.
    """

    width: int = 1280
    height: int = 720
    field_of_view: float = 65.0
    aperture: float = 1.2
    focus: float = 200.0

    @property
    def focal(self) -> float:
        """The focal length in pixels."""
        return float(self.width / 2 / np.tan(np.radians(self.field_of_view / 2)))

    def defocus(self, distance: float) -> float:
        """Deviation in pixels of the Gaussian that stands for the disc of what is `distance` millimetres away."""
        return float(self.focal * self.aperture * abs(1 / distance - 1 / self.focus) / 4)


@dataclass(frozen=True)
class View:
    """One badge held up. Lengths are millimetres, angles degrees, times seconds.

    `yaw`, `pitch`, `roll` are how it is held, `away` how far; `sway` how far the hand wanders and `tremor` how far it
    trembles; `bend` is the radius it is curled to, 0 for flat, `bend_turn` the direction of the curl's axis; `fold`
    the angle of a crease. `glare` is how many times brighter than white the highlight on its pouch is; `contrast` and
    `black` are grey levels, `noise` the deviation of the sensor's; `shutter` is how long it is open.
    """

    kind: Kind
    seed: int
    dpi: int
    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    away: float = 180.0
    sway: float = 3.0
    tremor: float = 0.15
    bend: float = 0.0
    bend_turn: float = 0.0
    fold: float = 0.0
    wear: Wear | None = None
    glare: float = 0.0
    contrast: float = 190.0
    black: float = 14.0
    noise: float = 3.0
    shutter: float = 1 / 60


def views(kind: Kind, count: int, seed: int = 0) -> list[View]:
    """`count` views of a kind, always the same for one `seed`."""
    return [_view(kind, seed * 1000 + number) for number in range(count)]


def _view(kind: Kind, seed: int) -> View:
    rng = np.random.default_rng([KINDS.index(kind), seed])
    held = View(
        kind=kind,
        seed=seed,
        dpi=int(rng.choice([203, 300])),
        yaw=float(rng.normal(0, 8)),
        pitch=float(rng.normal(0, 8)),
        roll=float(rng.normal(0, 10)),
        away=float(rng.uniform(130, 230)),
    )
    if kind != "everything":
        return _DAMAGE[kind](held, rng, 1.0)
    for part in rng.choice(_COMBINED, _AT_ONCE, replace=False):
        held = _DAMAGE[part](held, rng, _EASED)
    return held


def _plain(view: View, _rng: np.random.Generator, _much: float) -> View:
    return view


def _distance(view: View, rng: np.random.Generator, _much: float) -> View:
    return replace(view, away=float(np.exp(rng.uniform(np.log(40), np.log(400)))))


def _tilt(view: View, rng: np.random.Generator, much: float) -> View:
    sides = much * rng.choice([-1, 1], 2)
    yaw, pitch, roll = rng.uniform(20, 55), rng.uniform(0, 35), rng.uniform(-180, 180)
    return replace(view, yaw=float(sides[0] * yaw), pitch=float(sides[1] * pitch), roll=float(roll))


def _glare(view: View, rng: np.random.Generator, much: float) -> View:
    return replace(view, glare=float(rng.uniform(0.6, 3) * much))


def _crease(view: View, rng: np.random.Generator, much: float) -> View:
    fold = float(rng.uniform(10, 45) * much)
    creases, scratches = rng.integers(1, 4), rng.integers(0, 8)
    return replace(view, fold=fold, wear=replace(_wear(view), creases=int(creases), scratches=int(scratches)))


def _curl(view: View, rng: np.random.Generator, much: float) -> View:
    return replace(view, bend=float(rng.uniform(22, 60) / much), bend_turn=float(rng.uniform(0, 180)))


def _fade(view: View, rng: np.random.Generator, much: float) -> View:
    fade, rubbed = rng.uniform(0.3, 0.85) * much, rng.uniform(0, 0.8) * much
    return replace(view, wear=replace(_wear(view), fade=float(fade), rubbed=float(rubbed)))


def _dirt(view: View, rng: np.random.Generator, much: float) -> View:
    specks, grime, scratches = int(rng.integers(40, 400) * much), float(rng.uniform(0, 0.3)), rng.integers(0, 12)
    return replace(view, wear=replace(_wear(view), specks=specks, grime=grime, scratches=int(scratches)))


def _shake(view: View, rng: np.random.Generator, much: float) -> View:
    sway, tremor = rng.uniform(10, 40) * much, rng.uniform(0.5, 2.5) * much
    return replace(view, sway=float(sway), tremor=float(tremor), shutter=1 / 40)


def _dim(view: View, rng: np.random.Generator, much: float) -> View:
    contrast, noise = np.exp(rng.uniform(np.log(8), np.log(60))) / much, rng.uniform(1, 4)
    return replace(view, contrast=float(contrast), black=4.0, noise=float(noise), shutter=1 / 30)


def _wear(view: View) -> Wear:
    return view.wear or Wear()


_DAMAGE: Final[dict[str, Callable[[View, np.random.Generator, float], View]]] = {
    "plain": _plain,
    "distance": _distance,
    "tilt": _tilt,
    "glare": _glare,
    "crease": _crease,
    "curl": _curl,
    "fade": _fade,
    "dirt": _dirt,
    "shake": _shake,
    "dim": _dim,
}
#: Of "everything": what it is drawn from, how many at once, and how strong each is then.
_COMBINED: Final = ("tilt", "glare", "crease", "curl", "fade", "dirt", "shake", "dim")
_AT_ONCE: Final = 3
_EASED: Final = 0.7
