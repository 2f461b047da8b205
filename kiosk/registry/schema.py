"""The tables. A change here comes with a script in `migrations/versions`; a test compares the two."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import (
    DDL,
    CheckConstraint,
    Column,
    Dialect,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    event,
    text,
)

from kiosk.badge.kind import CodeKind
from kiosk.registry.states import CodeState, ListKind, Phase, RowState

#: The newest revision in `migrations/versions`. Kept here so that opening a file of this version needs no Alembic.
REVISION: Final = "0003"

#: SQLite's `application_id` of a registry: "KBDG". Tells it from any other program's SQLite file.
APPLICATION_ID: Final = 0x4B424447

METADATA: Final = MetaData()


def utc_text(moment: datetime) -> str:
    """ISO 8601 in UTC with microseconds, so that text order is time order. Raises ValueError without a zone."""
    if moment.utcoffset() is None:
        raise ValueError("a time in the registry needs its zone")
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


class UtcTime(TypeDecorator[datetime]):
    """A moment, as `utc_text` writes it.

    Takes datetimes with a zone and gives them back in UTC. Raises ValueError for one without.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else utc_text(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else datetime.fromisoformat(value)


def _one_of(column: str, words: Iterable[StrEnum], name: str) -> CheckConstraint:
    quoted = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} IN ({quoted})", name=name)


CODES: Final = Table(
    "codes",
    METADATA,
    Column("code_id", Text, primary_key=True),  # Graph's qrCode.id, lower case
    Column("user_id", Text, nullable=False),
    Column("upn", Text, nullable=False),  # as it was at issue: it is part of the content
    Column("display_name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("issued_at", UtcTime, nullable=False),
    Column("start_at", UtcTime, nullable=False),
    Column("expire_at", UtcTime, nullable=False),
    Column("state", Text, nullable=False),
    Column("replaced_by", Text),  # no foreign key: the newer code may have been issued elsewhere
    Column("station", Text, nullable=False),
    Column("changed_at", UtcTime, nullable=False),
    Column("reason", Text, nullable=False),
    CheckConstraint("code_id = lower(code_id)", name="codes_code_id"),
    CheckConstraint("length(digest) = 32", name="codes_digest_size"),
    _one_of("kind", CodeKind, "codes_kind"),
    _one_of("state", CodeState, "codes_state"),
    Index("codes_digest", "digest", unique=True),
    Index("codes_user_id", "user_id"),
    Index("codes_expire_at", "expire_at"),
    sqlite_strict=True,
)

REPLACEMENTS: Final = Table(
    "replacements",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("user_id", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("opened_at", UtcTime, nullable=False),
    Column("closed_at", UtcTime),
    Column("result", Text),
    Column("kind", Text, nullable=False, server_default=""),
    Column("station", Text, nullable=False, server_default=""),
    Column("approver", Text),  # a user id, as is the next
    Column("second_approver", Text),
    Column("plan", Text, nullable=False, server_default=""),
    Column("remove", Text),  # the code id that goes
    Column("fence", Integer),  # of the lease it was opened under
    CheckConstraint("(closed_at IS NULL) = (result IS NULL)", name="replacements_closed"),
    Index("replacements_open", "id", sqlite_where=text("closed_at IS NULL")),
    Index("replacements_opened_at", "opened_at"),
    Index("replacements_user_id", "user_id"),
    sqlite_strict=True,
)

JOURNAL: Final = Table(
    "journal",
    METADATA,
    Column("seq", Integer, primary_key=True),
    Column("replacement", Text, ForeignKey("replacements.id", name="journal_of_replacement"), nullable=False),
    Column("step", Text, nullable=False),
    Column("phase", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("result", Text),
    Column("details", Text, nullable=False),  # a JSON object
    _one_of("phase", Phase, "journal_phase"),
    CheckConstraint("(phase = 'outcome') = (result IS NOT NULL)", name="journal_result"),
    Index("journal_replacement", "replacement"),
    sqlite_autoincrement=True,  # a seq is never given twice, even after rows have gone
    sqlite_strict=True,
)

CODE_CHANGES: Final = Table(
    "code_changes",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("code_id", Text, ForeignKey("codes.code_id", name="code_changes_of_code"), nullable=False),
    Column("state", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("reason", Text, nullable=False),
    Column("replaced_by", Text),
    Column("audit_chain", Text),  # the entry that tells of it; none for what was there before there was an audit
    Column("audit_seq", Integer),
    _one_of("state", CodeState, "code_changes_state"),
    Index("code_changes_code_id", "code_id"),
    sqlite_autoincrement=True,
    sqlite_strict=True,
)

AUDIT: Final = Table(
    "audit",
    METADATA,
    Column("chain", Text, primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", Text, nullable=False),  # text throughout: what is hashed is what is kept
    Column("action", Text, nullable=False),
    Column("actor", Text),  # commitments, in hex
    Column("subject", Text),
    Column("details", Text, nullable=False),  # a JSON object
    Column("previous", Text, nullable=False),
    Column("hash", Text, nullable=False),
    sqlite_strict=True,
)

AUDIT_PEOPLE: Final = Table(
    "audit_people",
    METADATA,
    Column("chain", Text, primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("field", Text, primary_key=True),
    Column("salt", LargeBinary, nullable=False),
    Column("value", Text, nullable=False),
    CheckConstraint("field IN ('actor', 'subject')", name="audit_people_field"),
    ForeignKeyConstraint(["chain", "seq"], ["audit.chain", "audit.seq"], name="audit_people_of_entry"),
    Index("audit_people_value", "value"),
    sqlite_strict=True,
)

#: What keeps programs from changing the audit by mistake; whoever owns the file can drop them.
_REFUSE: Final = "BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END"
_NOT_THE_END: Final = "EXISTS (SELECT 1 FROM audit WHERE chain = NEW.chain AND seq >= NEW.seq)"
AUDIT_TRIGGERS: Final = {
    "audit_no_update": f"BEFORE UPDATE ON audit {_REFUSE}",
    "audit_no_delete": f"BEFORE DELETE ON audit {_REFUSE}",
    "audit_at_the_end": f"BEFORE INSERT ON audit WHEN {_NOT_THE_END} {_REFUSE}",
    "audit_people_no_update": f"BEFORE UPDATE ON audit_people {_REFUSE}",
}

ELSEWHERE: Final = Table(
    "codes_elsewhere",
    METADATA,
    Column("code_id", Text, primary_key=True),
    Column("user_id", Text, nullable=False),
    Column("upn", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("start_at", UtcTime, nullable=False),
    Column("expire_at", UtcTime, nullable=False),
    Column("state", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("noted_at", UtcTime, nullable=False),
    CheckConstraint("code_id = lower(code_id)", name="codes_elsewhere_code_id"),
    _one_of("kind", CodeKind, "codes_elsewhere_kind"),
    _one_of("state", CodeState, "codes_elsewhere_state"),
    Index("codes_elsewhere_user_id", "user_id"),
    sqlite_strict=True,
)

SCANS: Final = Table(
    "scans",
    METADATA,
    Column("day", Text, primary_key=True),  # UTC, ISO 8601
    Column("verdict", Text, primary_key=True),
    Column("count", Integer, nullable=False),
    sqlite_strict=True,
)

LEASES: Final = Table(
    "leases",
    METADATA,
    Column("user_id", Text, primary_key=True),
    Column("fence", Integer, nullable=False),  # only ever grows, see leases.forget
    Column("holder", Text),  # none when it was given back
    Column("until", UtcTime),
    CheckConstraint("(holder IS NULL) = (until IS NULL)", name="leases_held"),
    sqlite_strict=True,
)

WORK_LISTS: Final = Table(
    "work_lists",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("opened_at", UtcTime, nullable=False),
    Column("opened_by", Text, nullable=False),
    _one_of("kind", ListKind, "work_lists_kind"),
    sqlite_strict=True,
)

WORK_LIST_ROWS: Final = Table(
    "work_list_rows",
    METADATA,
    Column("list", Text, ForeignKey("work_lists.id", name="work_list_rows_of_list"), primary_key=True),
    Column("user_id", Text, primary_key=True),
    Column("place", Integer, nullable=False),
    Column("upn", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("replacement", Text),
    Column("code_id", Text),  # of the badge printed
    Column("changed_at", UtcTime, nullable=False),
    _one_of("state", RowState, "work_list_rows_state"),
    Index("work_list_rows_place", "list", "place", unique=True),
    Index("work_list_rows_code_id", "code_id"),
    sqlite_strict=True,
)

SUPERVISORS: Final = Table(
    "supervisors",
    METADATA,
    Column("user_id", Text, primary_key=True),
    Column("upn", Text, nullable=False),
    Column("pin_hash", Text, nullable=False),  # argon2id, with its salt and parameters
    Column("failures", Integer, nullable=False),
    Column("not_before", UtcTime),  # no PIN is tried before
    Column("added_at", UtcTime, nullable=False),
    sqlite_strict=True,
)

STOCK: Final = Table(
    "stock",
    METADATA,
    Column("station", Text, primary_key=True),
    Column("printer", Text, primary_key=True),  # its name in the configuration
    Column("remaining", Integer, nullable=False),  # labels
    Column("changed_at", UtcTime, nullable=False),
    CheckConstraint("remaining >= 0", name="stock_remaining"),
    sqlite_strict=True,
)

for _name, _what in AUDIT_TRIGGERS.items():
    event.listen(AUDIT_PEOPLE, "after_create", DDL(f"CREATE TRIGGER {_name} {_what}"))  # type: ignore[no-untyped-call]
