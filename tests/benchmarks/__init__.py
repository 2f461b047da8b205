"""Figures, measured: each module prints a table that stands in docs/figures.md. Never part of `make test`."""
