"""The words that columns of the registry may hold. The database enforces them."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class CodeState(StrEnum):
    """How far a code has come. The first four are steps on the way to a badge that works; the rest are ends."""

    CREATED = "created"  # Graph has it; no paper yet
    PRINTED = "printed"  # on paper, not read back
    SCANNED = "scanned"  # the paper was read back and says what it should
    USED = "used"  # Graph's lastUsedDateTime says that someone signed in with it
    REPLACED = "replaced"  # another code took its place
    REVOKED = "revoked"  # deleted in Graph
    EXPIRED = "expired"


class Phase(StrEnum):
    """Which half of a step a journal entry is."""

    INTENT = "intent"  # written before the step is begun
    OUTCOME = "outcome"  # written when its answer is in


class ListKind(StrEnum):
    """What a work list is for."""

    ENROL = "enrol"
    EXTEND = "extend"
    REISSUE = "reissue"


class RowState(StrEnum):
    """How far a row of a work list has come. The last three are ends."""

    WAITING = "waiting"
    APPROVED = "approved"
    IN_PROGRESS = "in_progress"
    PRINTED = "printed"  # on paper, not scanned back
    SCANNED = "scanned"  # scanned back, not handed over
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"


ENDED_CODES: Final = frozenset({CodeState.REPLACED, CodeState.REVOKED, CodeState.EXPIRED})
ENDED_ROWS: Final = frozenset({RowState.DONE, RowState.REFUSED, RowState.FAILED})
