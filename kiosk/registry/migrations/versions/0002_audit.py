"""The audit, leases, work lists, supervisors, and what recovery needs to know of a replacement."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """From codes, replacements and journal alone. What is in them stays; it has no audit."""
    _replacements()
    _code_changes()
    _audit()
    _elsewhere()
    _scans()
    _leases()
    _work_lists()
    _supervisors()


def _replacements() -> None:
    for column in (
        sa.Column("kind", sa.Text, nullable=False, server_default=""),
        sa.Column("station", sa.Text, nullable=False, server_default=""),
        sa.Column("approver", sa.Text),
        sa.Column("second_approver", sa.Text),
        sa.Column("plan", sa.Text, nullable=False, server_default=""),
        sa.Column("remove", sa.Text),
        sa.Column("fence", sa.Integer),
    ):
        op.add_column("replacements", column)
    op.create_index("replacements_opened_at", "replacements", ["opened_at"])
    op.create_index("replacements_user_id", "replacements", ["user_id"])
    op.create_index("codes_expire_at", "codes", ["expire_at"])


def _code_changes() -> None:
    op.create_table(
        "code_changes",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("code_id", sa.Text, sa.ForeignKey("codes.code_id", name="code_changes_of_code"), nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("replaced_by", sa.Text),
        sa.Column("audit_chain", sa.Text),
        sa.Column("audit_seq", sa.Integer),
        sa.CheckConstraint(
            "state IN ('created', 'printed', 'scanned', 'used', 'replaced', 'revoked', 'expired')",
            name="code_changes_state",
        ),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
    op.create_index("code_changes_code_id", "code_changes", ["code_id"])
    op.execute(
        "INSERT INTO code_changes (code_id, state, at, reason, replaced_by) "
        "SELECT code_id, state, changed_at, reason, replaced_by FROM codes"
    )


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("chain", sa.Text, primary_key=True),
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("actor", sa.Text),
        sa.Column("subject", sa.Text),
        sa.Column("details", sa.Text, nullable=False),
        sa.Column("previous", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "audit_people",
        sa.Column("chain", sa.Text, primary_key=True),
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("field", sa.Text, primary_key=True),
        sa.Column("salt", sa.LargeBinary, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.CheckConstraint("field IN ('actor', 'subject')", name="audit_people_field"),
        sa.ForeignKeyConstraint(["chain", "seq"], ["audit.chain", "audit.seq"], name="audit_people_of_entry"),
        sqlite_strict=True,
    )
    op.create_index("audit_people_value", "audit_people", ["value"])
    refuse = "BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END"
    not_the_end = "EXISTS (SELECT 1 FROM audit WHERE chain = NEW.chain AND seq >= NEW.seq)"
    op.execute(f"CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit {refuse}")
    op.execute(f"CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit {refuse}")
    op.execute(f"CREATE TRIGGER audit_at_the_end BEFORE INSERT ON audit WHEN {not_the_end} {refuse}")
    op.execute(f"CREATE TRIGGER audit_people_no_update BEFORE UPDATE ON audit_people {refuse}")


def _elsewhere() -> None:
    op.create_table(
        "codes_elsewhere",
        sa.Column("code_id", sa.Text, primary_key=True),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("upn", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("start_at", sa.Text, nullable=False),
        sa.Column("expire_at", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("noted_at", sa.Text, nullable=False),
        sa.CheckConstraint("code_id = lower(code_id)", name="codes_elsewhere_code_id"),
        sa.CheckConstraint("kind IN ('standard', 'temporary')", name="codes_elsewhere_kind"),
        sa.CheckConstraint(
            "state IN ('created', 'printed', 'scanned', 'used', 'replaced', 'revoked', 'expired')",
            name="codes_elsewhere_state",
        ),
        sqlite_strict=True,
    )
    op.create_index("codes_elsewhere_user_id", "codes_elsewhere", ["user_id"])


def _scans() -> None:
    op.create_table(
        "scans",
        sa.Column("day", sa.Text, primary_key=True),
        sa.Column("verdict", sa.Text, primary_key=True),
        sa.Column("count", sa.Integer, nullable=False),
        sqlite_strict=True,
    )


def _leases() -> None:
    op.create_table(
        "leases",
        sa.Column("user_id", sa.Text, primary_key=True),
        sa.Column("fence", sa.Integer, nullable=False),
        sa.Column("holder", sa.Text),
        sa.Column("until", sa.Text),
        sa.CheckConstraint("(holder IS NULL) = (until IS NULL)", name="leases_held"),
        sqlite_strict=True,
    )


def _work_lists() -> None:
    op.create_table(
        "work_lists",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("opened_at", sa.Text, nullable=False),
        sa.Column("opened_by", sa.Text, nullable=False),
        sa.CheckConstraint("kind IN ('enrol', 'extend', 'reissue')", name="work_lists_kind"),
        sqlite_strict=True,
    )
    op.create_table(
        "work_list_rows",
        sa.Column("list", sa.Text, sa.ForeignKey("work_lists.id", name="work_list_rows_of_list"), primary_key=True),
        sa.Column("user_id", sa.Text, primary_key=True),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("upn", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("replacement", sa.Text),
        sa.Column("code_id", sa.Text),
        sa.Column("changed_at", sa.Text, nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'approved', 'in_progress', 'printed', 'scanned', 'done', 'refused', 'failed')",
            name="work_list_rows_state",
        ),
        sqlite_strict=True,
    )
    op.create_index("work_list_rows_place", "work_list_rows", ["list", "place"], unique=True)
    op.create_index("work_list_rows_code_id", "work_list_rows", ["code_id"])


def _supervisors() -> None:
    op.create_table(
        "supervisors",
        sa.Column("user_id", sa.Text, primary_key=True),
        sa.Column("upn", sa.Text, nullable=False),
        sa.Column("pin_hash", sa.Text, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("not_before", sa.Text),
        sa.Column("added_at", sa.Text, nullable=False),
        sqlite_strict=True,
    )
