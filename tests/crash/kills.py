"""Killed at every point, then recovered; killed again in that recovery, and in the next, without end.

From each world that a kill leaves, recovery is carried out to its end and looked at. It is killed on its way, too;
what that leaves is one more such world, unless it is the same as one that has been recovered from before
(tests.crash.alike). Where no new world comes up any more, any number of kills in a row has been tried.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from tests.crash.alike import alike
from tests.crash.forked import CONVERGES, Ended
from tests.crash.promises import broken, broken_meanwhile
from tests.crash.scene import Saved, Scene
from tests.crash.stage import Stage
from tests.crash.trial import Pick, Trial


@dataclass(frozen=True)
class World:
    """What a kill left and how it came to that; `moments` are the points of its recovery that follow a change.

    Between two of them no byte changed of the registry's files, the tenant's methods or the paper: a kill at any
    point there leaves the same, and one of them stands for all.
    """

    saved: Saved
    where: str
    moments: list[tuple[int, str]]


def trials(stage: Stage, name: str, pick: Pick) -> Iterator[Trial]:
    """One plan."""
    points = Scene(stage, name).replace().points
    worlds: dict[str, World] = {}
    for number in pick.of(range(1, len(points) + 1)):
        scene = Scene(stage, name)
        where = f"{number} {points[number - 1]}"
        wrong = _killed(scene, scene.replace(number))
        if scene.without_a_start():
            yield Trial(name, "killed", where, [*wrong, *broken(scene)])
            continue
        state = alike(scene)
        world, after = _recovered(scene, where)
        yield Trial(name, "killed", where, [*wrong, *after])
        worlds.setdefault(state, world)
    if pick.again:
        yield from _again(scene, worlds, pick.again)


def _again(scene: Scene, worlds: dict[str, World], every: int) -> Iterator[Trial]:
    """Kill the recovery from each world, and from each that this leads to."""
    waiting = deque(worlds.values())
    while waiting:
        world = waiting.popleft()
        for number, point in world.moments[len(waiting) % every :: every]:
            scene.put_back(world.saved)
            where = f"{world.where}, then {number} {point}"
            wrong = _killed(scene, scene.recover(number))
            state = alike(scene)
            if state in worlds:
                yield Trial(scene.name, "again, alike", where, wrong)
                continue
            worlds[state], after = _recovered(scene, where)
            waiting.append(worlds[state])
            yield Trial(scene.name, "again", where, [*wrong, *after])


def _killed(scene: Scene, ended: Ended) -> list[str]:
    """What is wrong already with what the kill left."""
    return [*([] if ended.killed else ["it was not killed"]), *broken_meanwhile(scene)]


def _recovered(scene: Scene, where: str) -> tuple[World, list[str]]:
    """The world as it is, recovery having gone from there to its end; and what is wrong with that end."""
    world, last = World(scene.save(), where, []), scene.touched()

    def look(number: int, point: str) -> tuple[()]:
        nonlocal last
        now = scene.touched()
        if now != last:
            world.moments.append((number, point))
        last = now
        return ()

    scene.act = look
    recovery = scene.recover(pause_at="all")
    found = broken(scene)
    if recovery.seconds > CONVERGES:
        found.append(f"recovery took {recovery.seconds:.0f} s")
    return world, [*found, f"recovery: {recovery.results}"] if found else []
