"""What must hold after everything that can happen to a replacement; see docs/proof.md."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

from drivers.wire.secret import Secret
from kiosk.badge.kind import CodeKind
from kiosk.registry import consistency, verification
from kiosk.registry.connection import transaction
from kiosk.registry.opening import open_registry
from kiosk.registry.states import ENDED_CODES
from kiosk.tenant.method import Code
from tests.crash.scene import Scene
from tests.replace.bench import OWN_PIN, PIN


def broken(scene: Scene) -> list[str]:
    """Every promise that is broken once all is well again and the key was pressed, in words."""
    found = [*_worker(scene), *_registry_and_graph(scene), *broken_meanwhile(scene)]
    if scene.is_open():
        found.append("a replacement is still open")
    return found


def broken_meanwhile(scene: Scene) -> list[str]:
    """What must hold at any moment, whoever else acts: also of what a killed process left."""
    found = [*_paper(scene), *_audit(scene), *_secrets(scene)]
    if scene.codes_of_others() != scene.others:
        found.append("somebody else's codes were touched")
    return found


def _worker(scene: Scene) -> Iterator[str]:
    case, old = scene.case, scene.sign_in(scene.old) if scene.old else ""
    left = scene.method.temporary if scene.method else None
    if left and scene.name != "forgotten" and left.id != scene.lent_id and not _is_left(left, scene):
        yield "a temporary code of ours is left over, and nothing says so"
    if scene.without_a_start() or _gave_up_at_once(scene):
        if scene.old and old != "accepted":
            yield f"nothing was done, and the old badge is {old}"
        return
    if scene.name in ("found", "leaves"):
        if old == "accepted":
            yield "what was to be revoked still signs in"
        return
    if case.new_badge or scene.name == "forgotten":
        yield from _new_badge(scene)
    if scene.old and (old == "accepted") == case.new_badge:
        yield f"the old badge is {old}"
    if scene.name == "pin_forgotten" and not scene.person.told:
        yield "nobody was told the PIN"


def _new_badge(scene: Scene) -> Iterator[str]:
    badges = scene.badges()
    if not badges:
        yield "no badge came out"
    elif not any(scene.sign_in(badge) == "accepted" for badge in badges):
        yield f"the newest badge is {scene.sign_in(badges[-1])}"


def _gave_up_at_once(scene: Scene) -> bool:
    """Somebody gave up before anything was changed, and the journal was closed as failed."""
    return scene.rows("SELECT result FROM replacements") == [("failed",)]


def _registry_and_graph(scene: Scene) -> Iterator[str]:
    there, live = _in_graph(scene), _live_in_registry(scene)
    if live.keys() != there.keys():
        gone, unknown = len(live.keys() - there.keys()), len(there.keys() - live.keys())
        yield f"the registry takes {gone} codes for alive that are gone, and does not know {unknown}"
    for code_id in live.keys() & there.keys():
        if live[code_id] != there[code_id]:
            yield "the registry and Graph disagree about the end of a code"


def _in_graph(scene: Scene) -> dict[str, datetime]:
    """By id, until when; without a bridge that is left to expire, which the registry never hears of."""
    codes = scene.method.codes if scene.method else ()
    return {code.id: code.expire for code in codes if not _is_left(code, scene)}


def _is_left(code: Code, scene: Scene) -> bool:
    """Whether it is a bridge that could not be taken back, and the journal says when it ends at the latest."""
    said = scene.rows("SELECT details FROM journal WHERE phase = 'outcome' AND step = 'unbridge'")
    ends = (json.loads(row[0]).get("ends") for row in said)
    return code.kind is CodeKind.TEMPORARY and any(code.expire <= datetime.fromisoformat(end) for end in ends if end)


def _live_in_registry(scene: Scene) -> dict[str, datetime]:
    """By id, until when."""
    ended = {str(state) for state in ENDED_CODES}
    rows = scene.rows("SELECT code_id, state, expire_at FROM codes WHERE user_id = ?", scene.user.id)
    return {row[0]: datetime.fromisoformat(row[2]).replace(tzinfo=UTC) for row in rows if row[1] not in ended}


def _paper(scene: Scene) -> Iterator[str]:
    decisions = reprints_decided(scene)
    for number in Counter(scene.badges()).values():
        if number > 1 + decisions:
            yield f"one code was printed {number} times, and {decisions} decided on"
    for fault in scene.stage.paper.faults:
        yield f"the printer did not understand: {fault}"


def reprints_decided(scene: Scene) -> int:
    """How often the journal says that somebody decided to print once more."""
    details = [json.loads(row[0]) for row in scene.rows("SELECT details FROM journal WHERE phase = 'intent'")]
    return sum(each.get("decision") == "reprint" for each in details)


def _audit(scene: Scene) -> Iterator[str]:
    with open_registry(scene.registry, read_only=True) as opened, transaction(opened, "DEFERRED"):
        wrong = verification.verify(opened).broken
        if wrong:
            yield f"the audit is broken: {wrong}"
        yield from consistency.problems(opened)


def _secrets(scene: Scene) -> Iterator[str]:
    """In every file there is: the registry's pages and log, the station's log, what it said, its temporary files."""
    leaks = scene.stage.leaks
    for secret in (
        scene.old,
        scene.lent,
        OWN_PIN.encode(),
        PIN.encode(),
        *(pin.encode() for pin in scene.person.told),
    ):
        if secret:
            leaks.add(Secret(secret))
    for file in scene.stage.folder.rglob("*"):
        if file.is_file() and leaks.found_in(file.read_bytes()):
            yield f"a secret is in {file.name}"
