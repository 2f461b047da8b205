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
from tests.crash.forked import CONVERGES, Ended
from tests.crash.promises import broken, broken_meanwhile
from tests.crash.scene import Scene
from tests.crash.stage import Stage
from tests.crash.trial import Pick, Trial

Wrong = Callable[[Scene], tuple[Any, ...]]
Point = tuple[int, str]

_LOOK: Final = "before GET qrCodePinMethod"
_DELETE: Final = re.compile("before DELETE (standardQRCode|qrCodePinMethod)")
_CALL: Final = re.compile("before (GET|PATCH|PUT|POST|DELETE) ")

#: What can go wrong with one HTTP call, or with all from that one on.
HTTP: Final = {
    "dropped before": Fault(drop="before"),
    "dropped after": Fault(drop="after"),
    "503": Fault(status=503),
    "503 after": Fault(status=503, after=True),
    "late": Fault(late=2),
}
_TO_THE_PRINTER: Final = (" health", " prepare", " commit", " cancel")
#: After these the worker is to have no badge, or no PIN until they are told one.
_NOT_ASKED: Final = ("pin_forgotten", "found", "leaves")


def trials(stage: Stage, name: str, pick: Pick) -> Iterator[Trial]:
    """One plan."""
    passed = Scene(stage, name).replace().points
    for kind, what, wrong, where in _all(list(enumerate(passed, start=1))):
        for number, point in pick.of(where):
            trial = Trial(name, kind, f"{number} {point}: {what}")
            if kind == "administrator":
                yield _administrator(stage, trial, number, passed)
            else:
                yield tried(stage, trial, number, wrong)


def _all(points: list[Point]) -> Iterator[tuple[str, str, Wrong, list[Point]]]:
    """Kind, name, what goes wrong, and at which points."""
    before = [point for point in points if point[1].startswith("before")]
    calls = [point for point in before if _CALL.match(point[1])]
    papers = [point for point in before if point[1].endswith(_TO_THE_PRINTER)]
    writes = [point for point in before if point not in (*calls, *papers)]
    for what in HTTP:
        # A PIN reset that takes effect after the next one cannot be seen from here: docs/proof.md.
        changes = [point for point in calls if "GET" not in point[1] and not point[1].endswith("PATCH pin")]
        yield "http", what, fails(what, times=1), changes if what == "late" else calls
    for what in ("dropped before", "dropped after", "503"):
        yield "Graph gone", what, fails(what, times=None), calls
    yield "disk", "full", lambda _: ("disk full",), writes
    for seconds in (-7200.0, 60.0, 7200.0):
        yield "clock", f"{seconds:+g} s", _jumps(seconds), [point for point in points if point not in before]
    for what, wrong in _PRINTER.items():
        yield "printer", what, wrong, _and_after_all(papers, points)
    for what in _ADMINISTRATOR:
        yield "administrator", what, _nothing, _and_after_all(calls, points)


def _and_after_all(some: list[Point], points: list[Point]) -> list[Point]:
    """These, between which nobody looks, and the point after the last of them."""
    return [*some, points[some[-1][0]]] if some else []


def _nothing(_: Scene) -> tuple[Any, ...]:
    return ()


def fails(what: str, *, times: int | None) -> Wrong:
    """So many calls from there on meet a fault of HTTP, or all."""

    def arms(scene: Scene) -> tuple[Any, ...]:
        scene.tenant.box.faults.add(Rule(HTTP[what], times=times))
        return ()

    return arms


def _jumps(seconds: float) -> Wrong:
    return lambda _: ("clock", seconds)


def _printer(fault: str, **how: int) -> Wrong:
    def breaks(scene: Scene) -> tuple[Any, ...]:
        scene.stage.paper.fault(fault, **how)
        return ()

    return breaks


def _driver_leaves(scene: Scene) -> tuple[Any, ...]:
    scene.stage.drivers.hang_up()
    return ()


#: The printer, until it is repaired; its driver, which is started again.
_PRINTER: Final[dict[str, Wrong]] = {
    "paper out": _printer("paper_out"),
    "paper out in the page": _printer("paper_out", after_rows=100),
    "dead": _printer("dead"),
    "silent": _printer("silent"),
    "cut off in the page": _printer("disconnect_at_byte", byte=2000),
    "driver gone": _driver_leaves,
}


def _at(scene: Scene, number: int, wrong: Wrong) -> Ended:
    scene.act = lambda _number, _name: wrong(scene)
    return scene.replace(pause_at=frozenset({number}))


def _all_is_well(scene: Scene) -> Ended | None:
    """Somebody presses the key, if there is anything to press it for."""
    scene.tenant.box.faults.clear()
    scene.stage.paper.repair()
    return scene.recover() if scene.is_open() else None


def tried(stage: Stage, trial: Trial, number: int, wrong: Wrong) -> Trial:
    """Unless it is the printer's, whatever fault there is: the worker leaves with a badge that works."""
    scene = Scene(stage, trial.plan)
    first = _at(scene, number, wrong)
    found = broken_meanwhile(scene)
    if trial.kind != "printer" and scene.case.had_one and trial.plan not in _NOT_ASKED and not scene.works():
        found.append("the worker left without a badge that works")
    recovery = _all_is_well(scene)
    return _came_to(trial, [*found, *broken(scene)], first, recovery)


def _came_to(trial: Trial, found: list[str], first: Ended, recovery: Ended | None) -> Trial:
    if recovery and recovery.seconds > CONVERGES:
        found.append(f"recovery took {recovery.seconds:.0f} s")
    explained = [*found, f"first: {first.results}, recovery: {recovery and recovery.results}"]
    return replace(trial, broken=explained if found else [])


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


def _administrator(stage: Stage, trial: Trial, number: int, points: list[str]) -> Trial:
    scene, what = Scene(stage, trial.plan), trial.where.rpartition(": ")[2]
    theirs: list[str | None] = []

    def acts(scene: Scene) -> tuple[Any, ...]:
        before = scene.standing()
        _ADMINISTRATOR[what](scene)
        after = scene.standing()
        theirs.append(after if after != before else None)
        return ()

    first = _at(scene, number, acts)
    scene.tenant.tenant.change_user(replace(scene.tenant.tenant.user(scene.user.id), account_enabled=True))
    recovery = _all_is_well(scene)
    if what == "disables":
        return _came_to(trial, broken(scene), first, recovery)
    found = broken_meanwhile(scene)
    if scene.is_open():
        found.append("a replacement is still open")
    if theirs and theirs[0] and scene.standing() != theirs[0] and _can_be_spared(number, points):
        found.append("the administrator's code was deleted")
    return _came_to(trial, found, first, recovery)


def _can_be_spared(number: int, points: list[str]) -> bool:
    """Not a code that the plan was made for, nor one made between the look and the delete.

    Graph's delete names no id: whoever acts in that gap is not seen, and nothing closes it.
    """
    if number <= points.index(_LOOK) + 1:
        return False
    to_come = points[number - 1 :]
    delete = next((at for at, point in enumerate(to_come) if _DELETE.match(point)), None)
    return delete is None or _LOOK in to_come[:delete]
