"""How many labels each printer has left."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Nobody has counted yet: each printer begins with what its configuration says."""
    op.create_table(
        "stock",
        sa.Column("station", sa.Text, primary_key=True),
        sa.Column("printer", sa.Text, primary_key=True),
        sa.Column("remaining", sa.Integer, nullable=False),
        sa.Column("changed_at", sa.Text, nullable=False),
        sa.CheckConstraint("remaining >= 0", name="stock_remaining"),
        sqlite_strict=True,
    )
