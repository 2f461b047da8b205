"""When two worlds are the same to whoever recovers them.

A recovery goes by what Graph has now, what the journal says of that, what the registry says of the person's codes and
what lies on paper. Ids, times and digests are new in each run: each code is told by what is known of it instead, and
codes that are gone and alike are one. Whoever presses the key in two equal worlds goes the same way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final

from kiosk.badge.content import digest
from kiosk.badge.verdict import Life
from kiosk.registry import journal
from kiosk.registry.connection import transaction
from kiosk.registry.opening import open_registry
from kiosk.registry.states import ENDED_CODES
from kiosk.replace.history import History
from kiosk.replace.plan import Step
from tests.crash.promises import reprints_decided
from tests.crash.scene import Scene

#: The steps that a recovery asks whether they were begun, and whether they were done.
BEGUN: Final = frozenset({Step.CREATE_METHOD, Step.CREATE_TEMPORARY})
DONE: Final = frozenset({Step.TELL_PIN})
_ENDED: Final = {str(state) for state in ENDED_CODES}
_CODES: Final = "SELECT code_id, state, expire_at, digest, replaced_by IS NULL FROM codes WHERE user_id = ?"


def alike(scene: Scene) -> str:
    """A text that is equal for equal worlds."""
    with open_registry(scene.registry, read_only=True) as opened, transaction(opened, "DEFERRED"):
        lived = [(str(each.reason), History.of(each.entries, each.remove)) for each in journal.unfinished(opened)]
    return repr(
        (
            scene.rows("SELECT result FROM replacements ORDER BY rowid"),
            scene.rows("SELECT holder IS NULL FROM leases"),
            reprints_decided(scene),
            _pin(scene),
            [(reason, asked_of(history, _there(scene))) for reason, history in lived],
            sorted(_codes(scene)),
        )
    )


def asked_of(history: History, there: Iterable[Life]) -> Any:
    """All that a recovery asks of a journal, `there` being the codes that Graph has now."""
    return history.target is None, sorted(history.begun & BEGUN), sorted(history.done & DONE), [
        (
            code.kind,
            code.code_id == history.target,
            code.expire == history.extension,
            history.is_ours(code.kind, code.code_id, (code.start, code.expire)),
            bool(history.paper(code.code_id).digest),
            history.paper(code.code_id).print,
            history.paper(code.code_id).read_back,
        )
        for code in there
    ]  # fmt: skip


def _there(scene: Scene) -> list[Life]:
    codes = scene.method.codes if scene.method else ()
    return [Life(code.id, code.kind, code.start, code.expire) for code in codes]


def _pin(scene: Scene) -> Any:
    """Whether the worker knows the PIN there is, where they were told one."""
    if scene.method is None:
        return None
    return scene.method.pin.must_change, [scene.method.pin.is_right(pin) for pin in scene.person.told[-1:]]


def _codes(scene: Scene) -> set[str]:
    """What the registry says of each code, whether Graph agrees, and how often it came out on paper.

    Of one that Graph no longer has, only whether the registry knows that, and whether it came out more than once.
    """
    there = {code.code_id: code.expire for code in _there(scene)}
    out = Counter(digest(content) for content in scene.badges())
    told: set[str] = set()
    for code_id, state, expire, content, unreplaced in scene.rows(_CODES, scene.user.id):
        which = (scene.old_id, scene.lent_id, code_id).index(code_id)
        if code_id in there:
            agrees = there[code_id] == datetime.fromisoformat(expire).replace(tzinfo=UTC)
            told.add(repr((which, state, unreplaced, agrees, out[content])))
        else:
            told.add(repr((which, state in _ENDED, out[content] > 1)))
    return told
