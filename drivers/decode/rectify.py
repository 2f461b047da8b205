"""Reading a symbol that was located and not read: lay a mesh over it, bend it to fit, and read what it shows.

zxing-cpp samples a symbol as a flat square seen in perspective. A badge that is curled, creased or on a bottle is
none, and a finder of few pixels gives its corners badly; here the whole known pattern of the version decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from drivers.decode import interference, zxing
from drivers.decode.fusion import Ballot, Sheet
from drivers.decode.lay import Laid, lay
from drivers.decode.locate import Points, Trio
from drivers.decode.mesh import Mesh, Shades, bend, fit, sample
from drivers.decode.part import View
from drivers.decode.pattern import Pattern, known
from drivers.decode.reading import Image, Reading

#: The step named when several frames were needed.
FUSED: Final = "frames fused"
#: Meshes bent at most.
_BENT: Final = 2
#: Knots along an edge, and by how many modules they are moved: first the corners, far, then finer.
_BENDS: Final = ((2, (2.0, 1.0, 0.5)), (3, (1.0, 0.5, 0.25)), (5, (0.5, 0.25)))
#: The same for versions that are large enough to be bent more than once between their finders.
_LARGE: Final = 7
_LARGE_BENDS: Final = ((2, (2.0, 1.0, 0.5)), (3, (2.0, 1.0, 0.5)), (5, (1.0, 0.5, 0.25)), (7, (0.5, 0.25)))
#: Of the modules whose shade is known, those that must agree for the rest to be untangled; chance gives half.
_LIES: Final = 0.8
#: The mesh is bent to what untangling says, so often; by knots and steps of a fraction of a module.
_UNTANGLED: Final = 2
_REFINED: Final = (5, (0.25, 0.125))
#: Of what untangling says, what is sure enough to bend the mesh to.
_SURE: Final = 0.3
#: Of the stages, the last so many are gone through again in the next frame when all are done.
_AGAIN: Final = 2


def read(
    image: Image, found: Sequence[Trio], *, hurry: Callable[[], bool], ballot: Ballot | None = None
) -> Iterator[Reading]:
    """The symbols of `found` that a mesh reads. Ends early when there is `hurry`.

    `ballot` is asked too: it holds what earlier pictures showed of the first of `found`.
    """
    for trio in found:
        if hurry():
            return
        reading = _symbol(image, trio, hurry, ballot)
        if reading:
            yield reading
        ballot = None


def _symbol(image: Image, trio: Trio, hurry: Callable[[], bool], ballot: Ballot | None) -> Reading | None:
    view = View(image, trio)
    carried = ballot.sheet if ballot else None
    starts = [_taken_up(view, carried)] if carried else lay(view)[:_BENT]
    best: tuple[Laid, int] | None = None
    for laid, stage in _bent(view.wide, starts, hurry, carried.stage if carried else 0):
        reading = _read(view, laid)
        if reading:
            return _placed(view, laid, reading)
        if best is None or laid.fit >= best[0].fit:
            best = laid, stage
    if best is None:
        return None
    untangled = _untangled(view, best[0], hurry)
    return untangled or (_voted(view, *best, ballot) if ballot else None)


def _untangled(view: View, laid: Laid, hurry: Callable[[], bool]) -> Reading | None:
    """What `laid` shows when its modules are told from their neighbours, and the mesh is bent to that."""
    pattern = known(laid.version)
    mesh = laid.mesh
    for turn in range(_UNTANGLED):
        seen = sample(view.wide, mesh)
        if hurry() or (seen * pattern > 0).sum() < _LIES * np.count_nonzero(pattern):
            return None
        first = interference.sharpened(seen, pattern)
        likely = interference.untangled(seen, pattern, first)
        for shades in (first, likely):
            reading = _decided(shades, pattern)
            if reading:
                return _placed(view, Laid(laid.version, mesh, laid.fit), reading)
        if turn + 1 < _UNTANGLED:
            sure = np.where(np.abs(likely) > _SURE, likely, 0).astype(np.float32)
            mesh = bend(view.wide, mesh, sure, knots=_REFINED[0], steps=_REFINED[1], hurry=hurry)
    return None


def _voted(view: View, laid: Laid, stage: int, ballot: Ballot) -> Reading | None:
    """What this frame and those before show together; the next begins with the mesh that this one ended with."""
    ballot.carry(Sheet(laid.version, view.measured(laid.mesh), min(stage, len(_stages(laid.version)) - _AGAIN)))
    voted = ballot.count(laid.version, sample(view.wide, laid.mesh))
    return voted and _placed(view, laid, replace(voted, step=FUSED))


def _taken_up(view: View, sheet: Sheet) -> Laid:
    mesh = view.unmeasured(sheet.mesh)
    return Laid(sheet.version, mesh, fit(view.wide, mesh, known(sheet.version)))


def _placed(view: View, laid: Laid, reading: Reading) -> Reading:
    return replace(reading, corners=tuple(view.outside(_corners(laid.mesh)).ravel().tolist()))


def _read(view: View, laid: Laid) -> Reading | None:
    pattern = known(laid.version)
    for field in (view.wide, view.narrow):
        reading = _decided(sample(field, laid.mesh), pattern)
        if reading:
            return reading
    return None


def _decided(shades: Shades, pattern: Pattern) -> Reading | None:
    return next(iter(zxing.read_modules(np.where(pattern == 0, shades, pattern) > 0)), None)


def _corners(mesh: Mesh) -> Points:
    """Half a module out from the middles of the corner modules, clockwise from the top left: 4 x 2."""
    corners = (0, 0, 1, 1), (0, -1, 1, -2), (-1, -1, -2, -2), (-1, 0, -2, 1)
    return np.array(
        [1.5 * mesh[:, row, column] - 0.5 * mesh[:, inner, beside] for row, column, inner, beside in corners]
    )


def _bent(field: Shades, starts: list[Laid], hurry: Callable[[], bool], stage: int) -> Iterator[tuple[Laid, int]]:
    """Each mesh bent from `stage` on, with the stage that is next."""
    for one in starts:
        pattern = known(one.version)
        mesh = one.mesh
        for number, (knots, steps) in enumerate(_stages(one.version)[stage:], stage):
            if hurry():
                return
            mesh = bend(field, mesh, pattern, knots=knots, steps=steps, hurry=hurry)
            yield Laid(one.version, mesh, fit(field, mesh, pattern)), number + (not hurry())


def _stages(version: int) -> tuple[tuple[int, tuple[float, ...]], ...]:
    return _BENDS if version < _LARGE else _LARGE_BENDS
