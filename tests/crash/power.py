"""The power goes at every point and at every write and sync between them, then recovery begins from that disk."""

from __future__ import annotations

import random
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.crash.alike import alike
from tests.crash.disk import Event, after, events, tracing
from tests.crash.promises import broken, broken_meanwhile
from tests.crash.scene import Saved, Scene
from tests.crash.stage import Stage
from tests.crash.trial import Pick, Trial


def unavailable() -> str:
    """Why this cannot be done here; empty where it can."""
    if shutil.which("strace") is None:
        return "strace is not installed (Debian: apt install strace)"
    tried = subprocess.run(["strace", "-o", "/dev/null", "true"], check=False, capture_output=True, text=True)
    return "" if tried.returncode == 0 else f"strace may not trace here: {tried.stderr.strip()}"


@dataclass
class Traced:
    """One replacement that nothing went wrong with: the disk before, everything that was done to it, and the world
    beside it at each point.
    """

    disk: dict[str, bytes]
    events: Sequence[Event] = ()
    worlds: list[Saved] = field(default_factory=list)
    points: list[str] = field(default_factory=list)

    def world(self, cut: int) -> Saved:
        """Tenant, paper and worker when so many events had happened."""
        passed = max((event.at for event in self.events[:cut] if event.kind == "mark"), default=0)
        return self.worlds[passed]

    def where(self, cut: int) -> str:
        """The same in words."""
        passed = max((event.at for event in self.events[:cut] if event.kind == "mark"), default=0)
        last = self.events[cut - 1]
        return f"{passed} {self.points[passed - 1] if passed else 'start'}, {last.kind} {last.file or last.at}"


def trace(stage: Stage, name: str, folder: Path) -> tuple[Scene, Traced]:
    """Carry a plan out under strace."""
    scene = Scene(stage, name)
    traced = Traced(scene.files())
    traced.worlds.append(scene.save())
    running: list[subprocess.Popen[str]] = []

    def at_a_point(_number: int, point: str) -> tuple[Any, ...]:
        before = traced.worlds[-1]
        changed = point.startswith("after ") and "GET" not in point
        tenant = scene.state() if changed else before.tenant
        told, known = tuple(scene.person.told), frozenset(stage.leaks.known)
        traced.worlds.append(Saved(before.files, tenant, tuple(scene.badges()), told, known))
        return ()

    scene.act = at_a_point
    scene.trace = lambda pid: running.append(tracing(pid, folder / "trace"))
    traced.points = scene.replace(pause_at="all", traced=True).points
    running[0].communicate(timeout=60)
    with (folder / "trace").open(encoding="ascii", errors="replace") as lines:
        traced.events = list(events(lines, scene.registry.name))
    (folder / "trace").unlink()
    return scene, traced


def trials(stage: Stage, name: str, pick: Pick) -> Iterator[Trial]:
    """One plan, with what was not synced lost, and with some of it there in torn pieces."""
    if why := unavailable():
        yield Trial(name, "no power", f"skipped: {why}")
        return
    scene, traced = trace(stage, name, stage.folder)
    for kind in ("unsynced lost", "torn"):
        yield from cuts(scene, traced, pick, kind)


def cuts(scene: Scene, traced: Traced, pick: Pick, kind: str) -> Iterator[Trial]:
    """The power going at every moment that leaves another disk or another world than the one before.

    What SQLite makes of two different disks may be the same (tests.crash.alike): that is recovered from once.
    """
    chosen = random.Random(1) if kind == "torn" else None
    seen: set[int] = set()
    different: list[tuple[int, dict[str, bytes], Saved]] = []
    for cut in range(1, len(traced.events) + 1):
        disk, world = after(traced.disk, traced.events[:cut], chosen), traced.world(cut)
        moment = hash((tuple(sorted(disk.items())), id(world.tenant), world.badges, world.told))
        if moment not in seen:
            seen.add(moment)
            different.append((cut, disk, world))
    recovered: set[str] = set()
    for cut, disk, world in pick.of(different):
        scene.put_back(world, disk)
        state = alike(scene) if scene.readable() else ""
        if state in recovered:
            yield Trial(scene.name, f"{kind}, alike", traced.where(cut), broken_meanwhile(scene))
        else:
            yield Trial(scene.name, kind, traced.where(cut), _recovered(scene))
            recovered.add(state)


def _recovered(scene: Scene) -> list[str]:
    if not scene.readable():
        return ["the registry is damaged"]
    found = broken_meanwhile(scene)
    recovery = scene.recover() if scene.is_open() else None
    found += broken(scene)
    return [*found, f"recovery: {recovery and recovery.results}"] if found else []
