"""Codes that others issued: known by id and dates alone, so nothing that is scanned is ever compared with them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from kiosk.badge.kind import CodeKind
from kiosk.registry.audit import Writing, append
from kiosk.registry.details import Details
from kiosk.registry.schema import ELSEWHERE
from kiosk.registry.states import CodeState


@dataclass(frozen=True, kw_only=True)
class CodeElsewhere:
    """A code another tool issued. `source` is what told of it: a file that was imported, or Graph."""

    code_id: str
    user_id: str
    upn: str
    kind: CodeKind
    start_at: datetime
    expire_at: datetime
    state: CodeState
    source: str
    noted_at: datetime

    def __post_init__(self) -> None:
        object.__setattr__(self, "code_id", self.code_id.lower())


def keep(writing: Writing, codes: Iterable[CodeElsewhere], *, at: datetime, actor: str | None = None) -> int:
    """Note each as it is now, in the place of what was known of it; returns how many are new or different."""
    known = {code.code_id: code for code in everything(writing.connection)}
    changed = [code for code in codes if not _same(known.get(code.code_id), code)]
    for code in changed:
        writing.connection.execute(delete(ELSEWHERE).where(ELSEWHERE.c.code_id == code.code_id))
        writing.connection.execute(insert(ELSEWHERE), asdict(code))
        details: Details = {
            "code_id": code.code_id,
            "state": code.state,
            "kind": code.kind,
            "start_at": code.start_at.isoformat(),
            "expire_at": code.expire_at.isoformat(),
            "source": code.source,
        }
        append(writing, "code_elsewhere", at=at, actor=actor, subject=code.user_id, details=details)
    return len(changed)


def everything(connection: Connection) -> tuple[CodeElsewhere, ...]:
    """All of them, the soonest to expire first."""
    rows = connection.execute(select(ELSEWHERE).order_by(ELSEWHERE.c.expire_at, ELSEWHERE.c.code_id)).mappings()
    return tuple(
        CodeElsewhere(**{**row, "kind": CodeKind(row["kind"]), "state": CodeState(row["state"])}) for row in rows
    )


def _same(before: CodeElsewhere | None, after: CodeElsewhere) -> bool:
    if before is None:
        return False
    return {**asdict(before), "noted_at": None, "source": ""} == {**asdict(after), "noted_at": None, "source": ""}
