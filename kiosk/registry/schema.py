"""The tables. A change here comes with a script in `migrations/versions`; a test compares the two."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import (
    CheckConstraint,
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    text,
)

from kiosk.badge.kind import CodeKind
from kiosk.registry.states import CodeState, Phase

#: The newest revision in `migrations/versions`. Kept here so that opening a file of this version needs no Alembic.
REVISION: Final = "0001"

#: SQLite's `application_id` of a registry: "KBDG". Tells it from any other program's SQLite file.
APPLICATION_ID: Final = 0x4B424447

METADATA: Final = MetaData()


class UtcTime(TypeDecorator[datetime]):
    """A moment, as ISO 8601 text in UTC with microseconds, so that text order is time order.

    Takes datetimes with a zone and gives them back in UTC. Raises ValueError for one without.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        if value is None:
            return None
        if value.utcoffset() is None:
            raise ValueError("a time in the registry needs its zone")
        return value.astimezone(UTC).isoformat(timespec="microseconds")

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
    CheckConstraint("(closed_at IS NULL) = (result IS NULL)", name="replacements_closed"),
    Index("replacements_open", "id", sqlite_where=text("closed_at IS NULL")),
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
