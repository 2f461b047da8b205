"""The codes that were issued: what is kept of each, and how it is found and changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Select, bindparam, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from kiosk.badge.kind import CodeKind
from kiosk.registry.audit import AuditEntry
from kiosk.registry.connection import is_duplicate
from kiosk.registry.errors import DuplicateError, NotFoundError
from kiosk.registry.schema import CODE_CHANGES, CODES
from kiosk.registry.states import ENDED_CODES, CodeState

_DIGEST_BYTES: Final = 32
#: What every scan asks, built once: building a query costs more than SQLite needs to answer it.
_BY_ID: Final = select(CODES).where(CODES.c.code_id == bindparam("key"))
_BY_DIGEST: Final = select(CODES).where(CODES.c.digest == bindparam("key"))
_OF_USER: Final = (
    select(CODES).where(CODES.c.user_id == bindparam("key")).order_by(CODES.c.issued_at.desc(), CODES.c.code_id)
)


@dataclass(frozen=True, kw_only=True)
class IssuedCode:
    """One QR code as this registry knows it.

    `code_id` is Graph's `qrCode.id`, kept in lower case; `user_id` Graph's `user.id`; `upn` and `display_name` are
    as they were at issue. `digest` is the 32-byte SHA-256 digest of the content, never the content. All times have
    a zone. `station` is the one that issued it. `changed_at` and `reason` tell of the last change of `state`, and
    `replaced_by` is the code_id of the code that took its place.

    Raises ValueError for a digest of another length.
    """

    code_id: str
    user_id: str
    upn: str
    display_name: str
    kind: CodeKind
    digest: bytes
    issued_at: datetime
    start_at: datetime
    expire_at: datetime
    station: str
    changed_at: datetime
    state: CodeState = CodeState.CREATED
    reason: str = ""
    replaced_by: str | None = None

    def __post_init__(self) -> None:
        if len(self.digest) != _DIGEST_BYTES:
            raise ValueError(f"a digest has {_DIGEST_BYTES} bytes, not {len(self.digest)}")
        object.__setattr__(self, "code_id", self.code_id.lower())
        object.__setattr__(self, "replaced_by", _lower(self.replaced_by))


@dataclass(frozen=True)
class CodeChange:
    """One change of a code's state, and why."""

    code_id: str
    state: CodeState
    at: datetime
    reason: str
    replaced_by: str | None


def add(connection: Connection, code: IssuedCode) -> None:
    """Keep `code`. Raises DuplicateError when its id or its digest is known already."""
    try:
        connection.execute(insert(CODES), asdict(code))
    except IntegrityError as error:
        if not is_duplicate(error):
            raise
        raise DuplicateError(
            f"code {code.code_id}, or another with the same digest, is in the registry already",
            hint="Look the worker up again before anything else is issued.",
        ) from None


def find(connection: Connection, code_id: str) -> IssuedCode | None:
    """The code with this id, in whatever case it is written."""
    return _one(connection, _BY_ID, code_id.lower())


def find_by_digest(connection: Connection, digest: bytes) -> IssuedCode | None:
    """The code whose content has this digest."""
    return _one(connection, _BY_DIGEST, digest)


def of_user(connection: Connection, user_id: str) -> tuple[IssuedCode, ...]:
    """Every code ever issued to a user, newest first."""
    return tuple(_issued(row) for row in connection.execute(_OF_USER, {"key": user_id}).mappings())


def change_state(
    connection: Connection,
    code_id: str,
    state: CodeState,
    *,
    at: datetime,
    reason: str,
    replaced_by: str | None = None,
) -> IssuedCode:
    """Note that a code is now in `state`; returns it. Without `replaced_by`, what was noted there before stays.

    Raises NotFoundError when the registry knows no such code.
    """
    values: dict[str, Any] = {"state": state, "changed_at": at, "reason": reason}
    if replaced_by is not None:
        values["replaced_by"] = _lower(replaced_by)
    return _change(connection, code_id, values)


def add_change(connection: Connection, code_id: str, entry: AuditEntry) -> None:
    """Keep what `entry` of the audit says became of a code."""
    values = {name: entry.details[name] for name in ("state", "reason", "replaced_by")}
    beside = {"code_id": code_id, "at": entry.at, "audit_chain": entry.chain, "audit_seq": entry.seq}
    connection.execute(insert(CODE_CHANGES), {**values, **beside})


def changes_of(connection: Connection, code_id: str) -> tuple[CodeChange, ...]:
    """Everything that became of a code, in the order it was noted."""
    mine = CODE_CHANGES.c.code_id == code_id.lower()
    rows = connection.execute(select(CODE_CHANGES).where(mine).order_by(CODE_CHANGES.c.id))
    return tuple(CodeChange(row.code_id, CodeState(row.state), row.at, row.reason, row.replaced_by) for row in rows)


def expiring(connection: Connection, *, at: datetime, until: datetime) -> tuple[IssuedCode, ...]:
    """Standard codes that may still be in somebody's hand and expire after `at` and until `until`, soonest first."""
    query = select(CODES).where(
        CODES.c.kind == CodeKind.STANDARD,
        CODES.c.state.not_in(ENDED_CODES),
        CODES.c.expire_at > at,
        CODES.c.expire_at <= until,
    )
    found = connection.execute(query.order_by(CODES.c.expire_at, CODES.c.code_id)).mappings()
    return tuple(_issued(row) for row in found)


def everything(connection: Connection) -> tuple[IssuedCode, ...]:
    """Every code, oldest first."""
    rows = connection.execute(select(CODES).order_by(CODES.c.issued_at, CODES.c.code_id)).mappings()
    return tuple(_issued(row) for row in rows)


def change_expiry(connection: Connection, code_id: str, expire_at: datetime) -> IssuedCode:
    """Note that Graph moved a code's end; returns the code. Raises NotFoundError as `change_state`."""
    return _change(connection, code_id, {"expire_at": expire_at})


def counts(connection: Connection) -> dict[CodeState, int]:
    """How many codes are in each state; every state is named."""
    query = select(CODES.c.state, func.count()).group_by(CODES.c.state)
    found = {CodeState(state): number for state, number in connection.execute(query)}
    return {state: found.get(state, 0) for state in CodeState}


def _change(connection: Connection, code_id: str, values: dict[str, Any]) -> IssuedCode:
    changed = connection.execute(update(CODES).where(CODES.c.code_id == code_id.lower()).values(values))
    if changed.rowcount == 0:
        raise NotFoundError(
            f"the registry knows no code {code_id.lower()}",
            hint="Another registry, or another tool, may have issued it. Look the worker up again.",
        )
    after = find(connection, code_id)
    assert after is not None, "it was changed just now"
    return after


def _one(connection: Connection, query: Select[Any], key: str | bytes) -> IssuedCode | None:
    row = connection.execute(query, {"key": key}).mappings().one_or_none()
    return None if row is None else _issued(row)


def _issued(row: Mapping[Any, Any]) -> IssuedCode:
    return IssuedCode(**{**row, "kind": CodeKind(row["kind"]), "state": CodeState(row["state"])})


def _lower(code_id: str | None) -> str | None:
    return None if code_id is None else code_id.lower()
