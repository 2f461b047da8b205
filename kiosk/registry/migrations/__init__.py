"""Alembic's folder: one script per schema that was ever released."""
