"""Something goes wrong at every point, nobody is killed; then all is well again, and somebody presses the key."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from kiosk.badge.kind import CodeKind
from kiosk.tenant.faults import Fault, Rule
from kiosk.tenant.refusal import GraphError
from tests.crash.scene import Ended, Scene, Stage
from tests.crash.trial import Pick, Trial

Wrong = Callable[[Scene], tuple[Any, ...]]
Point = tuple[int, str]

_CALL: Final = re.compile("before (GET|PATCH|PUT|POST|DELETE) ")

#: What can go wrong with one HTTP call, or with all from that one on.
_HTTP: Final = {
    "dropped before": Fault(drop="before"),
    "dropped after": Fault(drop="after"),
    "503": Fault(status=503),
    "503 after": Fault(status=503, after=True),
    "late": Fault(late=2),
}
_PRINTER: Final = ("paper_out", "dead", "silent")
#: Plans in which the worker has a badge before: whatever single thing fails, they leave with one.
_HAD_ONE: Final = ("worn", "stolen", "expires", "expires-that-reissues", "forgotten", "copy")


def trials(stage: Stage, name: str, pick: Pick) -> Iterator[Trial]:
    """One plan."""
    points = list(enumerate(stage.scene(name).replace().points, start=1))
    for kind, what, wrong, where in _all(points):
        for number, point in pick.of(where):
            if kind == "Graph gone":
                yield _stays_away(stage, name, (number, point), what)
            elif kind == "administrator":
                yield _administrator(stage, name, (number, point), what)
            else:
                yield _tried(stage, Trial(name, kind, f"{number} {point}: {what}"), number, wrong)


def _all(points: list[Point]) -> Iterator[tuple[str, str, Wrong, list[Point]]]:
    """Kind, name, what goes wrong, and at which points."""
    calls = [point for point in points if _CALL.match(point[1])]
    papers = [point for point in points if point[1].endswith((" prepare", " commit"))]
    writes = [point for point in points if point[1].startswith("before") and point not in (*calls, *papers)]
    for what in _HTTP:
        changes = [point for point in calls if "GET" not in point[1]]
        yield "http", what, _fails(what, times=1), changes if what == "late" else calls
    for what in ("dropped before", "503"):
        yield "Graph gone", what, _nothing, calls
    yield "disk", "full", lambda _: ("disk full",), writes
    for seconds in (-7200.0, 60.0, 7200.0):
        yield "clock", f"{seconds:+g} s", _jumps(seconds), points[::4]
    for what in _PRINTER:
        yield "printer", what, _printer(what), papers
    for what in _ADMINISTRATOR:
        yield "administrator", what, _nothing, points


def _nothing(_: Scene) -> tuple[Any, ...]:
    return ()


def _fails(what: str, *, times: int | None) -> Wrong:
    def fails(scene: Scene) -> tuple[Any, ...]:
        scene.tenant.box.faults.add(Rule(_HTTP[what], times=times))
        return ()

    return fails


def _jumps(seconds: float) -> Wrong:
    return lambda _: ("clock", seconds)


def _printer(what: str) -> Wrong:
    def breaks(scene: Scene) -> tuple[Any, ...]:
        scene.paper.fault(what)
        return ()

    return breaks


def _at(scene: Scene, number: int, wrong: Wrong) -> Ended:
    scene.act = lambda _number, _name: wrong(scene)
    return scene.replace(pause_at=frozenset({number}))


def _all_is_well(scene: Scene) -> Ended:
    scene.tenant.box.faults.clear()
    scene.paper.repair()
    return scene.recover()


def _tried(stage: Stage, trial: Trial, number: int, wrong: Wrong) -> Trial:
    scene = stage.scene(trial.plan)
    first = _at(scene, number, wrong)
    recovery = None if scene.without_a_start() else _all_is_well(scene)
    return replace(trial, broken=_explained(scene.check(), first, recovery))


def _explained(broken: list[str], first: Ended, recovery: Ended | None) -> list[str]:
    return [*broken, f"first: {first.results}, recovery: {recovery and recovery.results}"] if broken else []


def _stays_away(stage: Stage, name: str, point: Point, what: str) -> Trial:
    """Graph is gone from this call on: the worker has a badge that works, already before it is back."""
    scene = stage.scene(name)
    first = _at(scene, point[0], _fails(what, times=None))
    without = name in _HAD_ONE and not scene.works()
    recovery = None if scene.without_a_start() else _all_is_well(scene)
    broken = [*(["the worker left without a badge that works"] if without else []), *scene.check()]
    return Trial(name, "Graph gone", f"{point[0]} {point[1]}: {what}", _explained(broken, first, recovery))


# Somebody else acts on the same person


def _deletes(scene: Scene) -> None:
    with suppress(GraphError):
        scene.tenant.tenant.delete_code(scene.user.id, CodeKind.STANDARD)


def _replaces(scene: Scene) -> None:
    _deletes(scene)
    now = datetime.now(UTC).replace(microsecond=0)
    with suppress(GraphError):
        scene.tenant.tenant.create_code(scene.user.id, CodeKind.STANDARD, now, now + timedelta(days=9))


def _disables(scene: Scene) -> None:
    user = scene.tenant.tenant.user(scene.user.id)
    scene.tenant.tenant.change_user(replace(user, account_enabled=False))


_ADMINISTRATOR: Final = {"deletes": _deletes, "replaces": _replaces, "disables": _disables}


def _administrator(stage: Stage, name: str, point: Point, what: str) -> Trial:
    scene = stage.scene(name)
    theirs: list[str | None] = []

    def acts(scene: Scene) -> tuple[Any, ...]:
        before = scene.standing()
        _ADMINISTRATOR[what](scene)
        after = scene.standing()
        theirs.append(after if after != before else None)
        return ()

    first = _at(scene, point[0], acts)
    scene.tenant.tenant.change_user(replace(scene.tenant.tenant.user(scene.user.id), account_enabled=True))
    recovery = None if scene.without_a_start() else _all_is_well(scene)
    broken = scene.check_always()
    if scene.is_open():
        broken.append("a replacement is still open")
    gone = bool(theirs and theirs[0]) and scene.standing() != theirs[0]
    # Graph's delete names no id: whoever acts between the look and the delete is not seen. Nothing closes that gap.
    if gone and name != "leaves" and not _in_the_gap(point[1]):
        broken.append("the administrator's code was deleted")
    if what == "disables":
        broken = scene.check()
    return Trial(name, "administrator", f"{point[0]} {point[1]}: {what}", _explained(broken, first, recovery))


def _in_the_gap(point: str) -> bool:
    return point in ("before DELETE standardQRCode", "before DELETE qrCodePinMethod") or "qrCodePin" in point
