"""From a path to a registry of this version: created, upgraded, or refused with the file untouched."""

from __future__ import annotations

import os
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from kiosk.registry.connection import BUSY_MS, NOT_OURS, connect, damaged, known_errors, transaction
from kiosk.registry.errors import RegistryError
from kiosk.registry.schema import APPLICATION_ID, REVISION

# Alembic costs more to import than the rest together, so `creation` and `upgrade` are imported only when needed.
# ruff: noqa: PLC0415


def open_registry(path: Path, *, read_only: bool = False, busy_ms: int = BUSY_MS) -> Connection:
    """A connection to the registry at `path`, for the thread that asks.

    A missing file is created (0600, its folder 0700) and an older one upgraded, unless `read_only`. Raises
    RegistryError for anything that is not a whole registry of this version or an older one, and leaves it as it was.
    """
    try:
        with known_errors(path):
            return _open_to_read(path, busy_ms) if read_only else _open_to_write(path, busy_ms)
    except OSError as error:
        raise RegistryError(
            f"the registry {path} cannot be opened: {error.strerror}",
            hint="Its folder must be writable by the user the station runs as, on a local disk with space left.",
        ) from None


def _open_to_write(path: Path, busy_ms: int) -> Connection:
    if not path.exists():
        from kiosk.registry.creation import create

        create(path)
    # Looked at through a connection that cannot write, so that what is refused stays as it was.
    with _connect_to_read(path, busy_ms) as connection:
        revision = _examine(connection, path)
    if revision != REVISION:
        _upgrade(path, revision, busy_ms)
    return connect(path, "rw", busy_ms=busy_ms)


def _open_to_read(path: Path, busy_ms: int) -> Connection:
    connection = _connect_to_read(path, busy_ms)
    try:
        _require_newest(path, _examine(connection, path))
    except BaseException:
        connection.close()
        raise
    return connection


def _connect_to_read(path: Path, busy_ms: int) -> Connection:
    _require_file(path)
    connection = connect(path, "ro", busy_ms=busy_ms)
    try:
        with transaction(connection, "DEFERRED"):
            connection.exec_driver_sql("PRAGMA application_id")
    except OperationalError:
        connection.close()
        # In a folder SQLite may not write to, a file that was closed properly (no -wal) has to be read without locks.
        if os.access(path.parent, os.W_OK) or Path(f"{path}-wal").exists():
            raise
        return connect(path, "immutable", busy_ms=busy_ms)
    except BaseException:
        connection.close()
        raise
    return connection


def _require_file(path: Path) -> None:
    # Never opened here to look at its bytes: closing it again would drop every lock that this process's other
    # connections hold on it (sqlite.org/howtocorrupt.html, 2.2).
    if path.is_dir():
        raise RegistryError(f"the registry {path} is a folder", hint="Set [registry] path to a file.")
    if not path.exists():
        raise RegistryError(f"there is no registry at {path}", hint="Set [registry] path, or start the station once.")
    if not path.is_file():
        raise RegistryError(f"the registry {path} is not a regular file", hint="Set [registry] path to a file.")
    if path.stat().st_size == 0:
        raise RegistryError(
            f"the registry {path} is an empty file: it lost its content, or never was one", hint=NOT_OURS
        )


def _examine(connection: Connection, path: Path) -> str | None:
    """The revision of a whole registry; None before the first. Raises RegistryError if it is none, or damaged."""
    with transaction(connection, "DEFERRED"):
        if connection.exec_driver_sql("PRAGMA application_id").scalar_one() != APPLICATION_ID:
            raise RegistryError(f"{path} is not a registry, but another program's SQLite file", hint=NOT_OURS)
        if connection.exec_driver_sql("PRAGMA quick_check(1)").scalars().all() != ["ok"]:
            raise damaged(path)
        return _revision(connection)


def _revision(connection: Connection) -> str | None:
    query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'alembic_version'"
    if connection.exec_driver_sql(query).scalar() is None:
        return None
    revision = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return None if revision is None else str(revision)


def _upgrade(path: Path, revision: str | None, busy_ms: int) -> None:
    from kiosk.registry import upgrade

    _require_known(path, revision)
    with connect(path, "rw", busy_ms=busy_ms) as connection, transaction(connection, "IMMEDIATE"):
        upgrade.to_newest(connection)


def _require_known(path: Path, revision: str | None) -> None:
    from kiosk.registry import upgrade

    if not upgrade.knows(revision):
        raise RegistryError(
            f"the registry {path} was written by a newer version (schema {revision}; this one knows {REVISION})",
            hint="Install that version or a newer one. The file has not been changed.",
        )


def _require_newest(path: Path, revision: str | None) -> None:
    if revision == REVISION:
        return
    _require_known(path, revision)
    raise RegistryError(
        f"the registry {path} was written by an older version and cannot be read as it is",
        hint="Start the station once: it brings the file up to date.",
    )
