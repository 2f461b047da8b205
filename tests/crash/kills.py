"""Killed at every point, then recovered; broken off again in that recovery, and in the next, without end.

From each world that a kill leaves, recovery is carried out to its end and looked at. On its way the world is copied
wherever a byte of it has changed. That is what a kill would leave there, and at one moment in so many it is seen to.
A copy that is the same as a world that has been recovered from (tests.crash.alike) needs no more; from any other,
recovery begins once more. Where no new world comes up, any number of kills in a row has been tried.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.crash.alike import alike
from tests.crash.forked import CONVERGES, Ended
from tests.crash.promises import broken, broken_meanwhile
from tests.crash.scene import Saved, Scene
from tests.crash.stage import Stage
from tests.crash.trial import Pick, Trial


@dataclass(frozen=True)
class Moment:
    """A copy of the world at a point of a recovery, the first after something changed."""

    number: int
    point: str
    saved: Saved


@dataclass(frozen=True)
class World:
    """What was left in a scene, how it came to that, and the moments of the recovery from it."""

    scene: Scene
    saved: Saved
    where: str
    moments: list[Moment] = field(default_factory=list)


def trials(stage: Stage, name: str, pick: Pick) -> Iterator[Trial]:
    """One plan."""
    points = Scene(stage, name).replace().points
    known: set[str] = set()
    worlds: deque[World] = deque()
    for number in pick.of(range(1, len(points) + 1)):
        scene = Scene(stage, name)
        where = f"{number} {points[number - 1]}"
        wrong = _killed(scene, scene.replace(number))
        if scene.without_a_start():
            yield Trial(name, "killed", where, [*wrong, *broken(scene)])
            continue
        state = alike(scene)
        world = World(scene, scene.save(), where)
        new = state not in known
        yield Trial(name, "killed", where, [*wrong, *_recovered(world, copied=new)])
        if new:
            known.add(state)
            worlds.append(world)
    if pick.again:
        yield from _again(worlds, known, pick.again)


def _again(worlds: deque[World], known: set[str], every: int) -> Iterator[Trial]:
    """Break off the recovery from each world, and from each that this leads to."""
    tried = 0
    while worlds:
        world = worlds.popleft()
        scene = world.scene
        for moment in world.moments:
            where = f"{world.where}, then {moment.number} {moment.point}"
            scene.put_back(moment.saved)
            wrong, state = broken_meanwhile(scene), alike(scene)
            tried += 1
            if tried % every == 0:
                yield Trial(scene.name, "killed again", where, _as_copied(world, moment, state))
            if state in known:
                yield Trial(scene.name, "again, alike", where, wrong)
                continue
            known.add(state)
            scene.put_back(moment.saved)
            worlds.append(World(scene, moment.saved, where))
            yield Trial(scene.name, "again", where, [*wrong, *_recovered(worlds[-1], copied=True)])


def _as_copied(world: World, moment: Moment, state: str) -> list[str]:
    """A kill leaves what was copied: the same process killed at that point, where the copy was made."""
    scene = world.scene
    scene.put_back(world.saved)
    wrong = _killed(scene, scene.recover(moment.number))
    left = alike(scene)
    return wrong if left == state else [*wrong, f"a kill leaves another world than the copy: {left}, not {state}"]


def _killed(scene: Scene, ended: Ended) -> list[str]:
    """What is wrong already with what the kill left."""
    return [*([] if ended.killed else ["it was not killed"]), *broken_meanwhile(scene)]


def _recovered(world: World, *, copied: bool) -> list[str]:
    """Recover to the end, the moments copied or not; what is wrong with that end."""
    scene = world.scene
    last = scene.touched()

    def look(number: int, point: str) -> tuple[()]:
        nonlocal last
        now = scene.touched()
        if now != last:
            world.moments.append(Moment(number, point, scene.save()))
        last = now
        return ()

    scene.act = look
    recovery = scene.recover(pause_at="all" if copied else frozenset())
    found = broken(scene)
    if recovery.seconds > CONVERGES:
        found.append(f"recovery took {recovery.seconds:.0f} s")
    return [*found, f"recovery: {recovery.results}"] if found else []
