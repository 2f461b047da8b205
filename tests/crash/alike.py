"""When two worlds are the same to whoever recovers them.

A recovery goes by what the journal tells (`kiosk.replace.history`), what Graph has, what the registry says of the
person's codes and what lies on paper. Ids, times and digests are new in each run; here each code is told by what is
known of it instead, and those that are over and alike are one. Whoever is in two equal worlds goes the same way.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Any, Final

from kiosk.badge.content import digest
from kiosk.badge.kind import CodeKind
from kiosk.registry import journal
from kiosk.registry.connection import transaction
from kiosk.registry.opening import open_registry
from kiosk.replace.history import History
from kiosk.tenant.method import Code
from tests.crash.promises import reprints_decided
from tests.crash.scene import Scene

_OF_CODE: Final = "SELECT code_id, state, expire_at, digest, replaced_by IS NULL FROM codes WHERE user_id = ?"


def alike(scene: Scene) -> str:
    """A text that is equal for equal worlds."""
    with open_registry(scene.registry, read_only=True) as opened, transaction(opened, "DEFERRED"):
        histories = [(str(each.reason), History.of(each.entries, each.remove)) for each in journal.unfinished(opened)]
    results = scene.rows("SELECT result FROM replacements ORDER BY rowid")
    leases = scene.rows("SELECT count(*) FROM leases")
    pin = (scene.method.pin.must_change, _told(scene)) if scene.method else None
    lived = [_told_by(reason, history, scene) for reason, history in histories]
    return repr((results, leases, pin, reprints_decided(scene), lived, sorted(_codes(scene, histories))))


def _told(scene: Scene) -> bool | None:
    """Whether the worker knows the PIN there is, where they were told one."""
    assert scene.method
    return any(scene.method.pin.is_right(pin) for pin in scene.person.told) if scene.person.told else None


def _told_by(reason: str, history: History, scene: Scene) -> Any:
    extension = history.extension is not None and [code.expire == history.extension for code in _there(scene)]
    return reason, sorted(history.begun), sorted(history.done), extension


def _there(scene: Scene) -> tuple[Code, ...]:
    return tuple(scene.method.codes) if scene.method else ()


def _codes(scene: Scene, histories: list[tuple[str, History]]) -> set[str]:
    there = {code.id: code for code in _there(scene)}
    known = {row[0]: row[1:] for row in scene.rows(_OF_CODE, scene.user.id)}
    named = [ids for _, history in histories for ids in (*history.made.values(), history.papers)]
    out = Counter(digest(content) for content in scene.badges())
    return {
        repr(
            (
                code_id == scene.old_id,
                _in_graph(there.get(code_id), histories),
                _in_registry(known.get(code_id), there.get(code_id), out),
                [_in_history(code_id, history) for _, history in histories],
            )
        )
        for code_id in {*there, *known}.union(*named)
    }


def _in_graph(code: Code | None, histories: list[tuple[str, History]]) -> Any:
    if code is None:
        return None
    return code.kind, [history.is_ours(code.kind, code.id, (code.start, code.expire)) for _, history in histories]


def _in_registry(row: Any, code: Code | None, out: Counter[bytes]) -> Any:
    if row is None:
        return None
    state, expire, content, unreplaced = row
    agrees = code and datetime.fromisoformat(expire).replace(tzinfo=UTC) == code.expire
    return state, agrees, out[content], unreplaced


def _in_history(code_id: str, history: History) -> Any:
    paper = history.paper(code_id)
    made = [kind for kind in CodeKind if code_id in history.made[kind]]
    return code_id == history.target, made, bool(paper.digest), paper.print, paper.read_back
