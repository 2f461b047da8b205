"""Killed at every point, then recovered; killed again at points of that recovery, and recovered once more."""

from __future__ import annotations

from collections.abc import Iterator

from tests.crash.scene import CONVERGES, Ended, Scene, Stage
from tests.crash.trial import Pick, Trial


def trials(stage: Stage, name: str, pick: Pick) -> Iterator[Trial]:
    """One plan."""
    points = stage.scene(name).replace().points
    seen: set[str] = set()
    for number in pick.of(range(1, len(points) + 1)):
        scene = stage.scene(name)
        where = f"{number} {points[number - 1]}"
        killed = scene.replace(number).killed
        broken = [] if killed else ["it was not killed"]
        if scene.without_a_start():
            yield Trial(name, "killed", where, [*broken, *scene.check()])
            continue
        saved, state = scene.save(), scene.state()
        recovery = scene.recover()
        yield Trial(name, "killed", where, [*broken, *_after(scene, recovery)])
        if pick.again and state not in seen:
            seen.add(state)
            for second in range(1 + len(seen) % pick.again, len(recovery.points) + 1, pick.again):
                scene.put_back(saved)
                scene.recover(second)
                again = scene.recover()
                yield Trial(
                    name, "again", f"{where}, then {second} {recovery.points[second - 1]}", _after(scene, again)
                )


def _after(scene: Scene, recovery: Ended) -> list[str]:
    broken = scene.check()
    if recovery.seconds > CONVERGES:
        broken.append(f"recovery took {recovery.seconds:.0f} s")
    return [*broken, f"recovery: {recovery.results}"] if broken else []
