"""A new registry file: whole, or not there."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from kiosk.registry import upgrade
from kiosk.registry.connection import connect, transaction
from kiosk.registry.schema import APPLICATION_ID


def create(path: Path) -> None:
    """Builds an empty registry (0600) under another name, in a folder that is made (0700) if missing, and links it
    into place. Where another process was faster, its file stays.

    Raises OSError and sqlalchemy.exc.DBAPIError, and leaves no file behind.
    """
    _make_private(path.parent)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".new", dir=path.parent)  # 0600
    os.close(handle)
    try:
        _fill(Path(name))
        _link(Path(name), path)
    finally:
        for suffix in ("", "-wal", "-shm", "-journal"):
            Path(f"{name}{suffix}").unlink(missing_ok=True)


def _make_private(folder: Path) -> None:
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    for each in reversed(missing):
        each.mkdir(mode=0o700, exist_ok=True)


def _fill(path: Path) -> None:
    with connect(path, "rw") as connection, transaction(connection, "IMMEDIATE"):
        connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
        upgrade.to_newest(connection)


def _link(built: Path, path: Path) -> None:
    try:
        path.hardlink_to(built)
    except FileExistsError:
        return
    _sync(path.parent)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
