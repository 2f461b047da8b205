"""Codes, replacements and their journal."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """From nothing."""
    _codes()
    _replacements()
    _journal()


def _codes() -> None:
    op.create_table(
        "codes",
        sa.Column("code_id", sa.Text, primary_key=True),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("upn", sa.Text, nullable=False),
        sa.Column("display_name", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("issued_at", sa.Text, nullable=False),
        sa.Column("start_at", sa.Text, nullable=False),
        sa.Column("expire_at", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("replaced_by", sa.Text),
        sa.Column("station", sa.Text, nullable=False),
        sa.Column("changed_at", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.CheckConstraint("code_id = lower(code_id)", name="codes_code_id"),
        sa.CheckConstraint("length(digest) = 32", name="codes_digest_size"),
        sa.CheckConstraint("kind IN ('standard', 'temporary')", name="codes_kind"),
        sa.CheckConstraint(
            "state IN ('created', 'printed', 'scanned', 'used', 'replaced', 'revoked', 'expired')", name="codes_state"
        ),
        sqlite_strict=True,
    )
    op.create_index("codes_digest", "codes", ["digest"], unique=True)
    op.create_index("codes_user_id", "codes", ["user_id"])


def _replacements() -> None:
    op.create_table(
        "replacements",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("opened_at", sa.Text, nullable=False),
        sa.Column("closed_at", sa.Text),
        sa.Column("result", sa.Text),
        sa.CheckConstraint("(closed_at IS NULL) = (result IS NULL)", name="replacements_closed"),
        sqlite_strict=True,
    )
    op.create_index("replacements_open", "replacements", ["id"], sqlite_where=sa.text("closed_at IS NULL"))


def _journal() -> None:
    op.create_table(
        "journal",
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column(
            "replacement", sa.Text, sa.ForeignKey("replacements.id", name="journal_of_replacement"), nullable=False
        ),
        sa.Column("step", sa.Text, nullable=False),
        sa.Column("phase", sa.Text, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("result", sa.Text),
        sa.Column("details", sa.Text, nullable=False),
        sa.CheckConstraint("phase IN ('intent', 'outcome')", name="journal_phase"),
        sa.CheckConstraint("(phase = 'outcome') = (result IS NOT NULL)", name="journal_result"),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
    op.create_index("journal_replacement", "journal", ["replacement"])
