"""What Alembic runs to upgrade: on the connection it is handed, in the transaction that is already open."""

from __future__ import annotations

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
