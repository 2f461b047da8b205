"""One SQLite connection, as the registry wants it, and its errors in words."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final, Literal
from urllib.parse import quote

from sqlalchemy import Connection, NullPool, create_engine
from sqlalchemy.exc import DBAPIError, StatementError

from kiosk.registry.errors import DamagedError, RegistryError

#: `ro` writes nothing to the file and needs it to exist, as does `rw`. SQLite may leave an empty `-wal` and a `-shm`
#: beside a file it only read: with them readers and a running station share it. `immutable` leaves nothing, locks
#: nothing, and is for a file that nobody can be writing.
Mode = Literal["ro", "rw", "immutable"]

#: How long a call waits for another process's write before it fails, in milliseconds.
BUSY_MS: Final = 5_000

#: What to do about a file that is no registry.
NOT_OURS: Final = "If it is the wrong file, set [registry] path; else move it aside, and a new one is made."
_DAMAGED: Final = ("is damaged", "Move it aside, keep it, and put the last good copy in its place.")
_DISK: Final = (
    "Look at the disk: space left, mounted read-only, failing. Then start again: what was written before is kept."
)

#: SQLite's primary result codes, as what is wrong and what to do.
_KNOWN: Final = {
    sqlite3.SQLITE_NOTADB: ("is not a registry", NOT_OURS),
    sqlite3.SQLITE_CANTOPEN: (
        "cannot be opened",
        "The file and its folder must be readable and writable by the user the station runs as.",
    ),
    sqlite3.SQLITE_PERM: ("may not be opened", "Look at the owner and mode of the file and its folder."),
    sqlite3.SQLITE_READONLY: (
        "cannot be written",
        "The file and its folder must be writable by the user the station runs as, on a disk mounted read-write.",
    ),
    sqlite3.SQLITE_FULL: ("could not grow: the disk is full", "Make room on the disk, then do it again."),
    sqlite3.SQLITE_IOERR: ("could not be read or written: the disk refused", _DISK),
    sqlite3.SQLITE_BUSY: (
        "is locked by another process",
        "Wait for the other station, backup or database tool to finish, or stop it; then do it again.",
    ),
    sqlite3.SQLITE_LOCKED: ("is locked by another process", "Stop the other program that has it open."),
}


def connect(path: Path, mode: Mode, *, busy_ms: int = BUSY_MS) -> Connection:
    """A connection to an existing file, for the thread that asks. Its close closes the file.

    Raises sqlalchemy.exc.DBAPIError; see `known_errors`.
    """
    engine = create_engine(
        "sqlite://",
        creator=lambda: _sqlite(path, mode, busy_ms),
        poolclass=NullPool,
        hide_parameters=True,
    )
    return engine.connect()


@contextmanager
def transaction(connection: Connection, kind: Literal["IMMEDIATE", "DEFERRED"]) -> Iterator[Connection]:
    """All or nothing: IMMEDIATE to write, taking the write lock first; DEFERRED to read one consistent state."""
    with connection.begin():
        connection.exec_driver_sql(f"BEGIN {kind}")
        yield connection


def empty_log(connection: Connection) -> None:
    """Copy the write-ahead log into the file and cut it to nothing, as far as no reader needs it."""
    # In no transaction, which SQLite asks for: `isolation_level` is None, so only `transaction` begins any.
    connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.rollback()


@contextmanager
def known_errors(path: Path) -> Iterator[None]:
    """Turns what SQLite says into a RegistryError. Nothing of the driver's text, which may hold values, is kept."""
    try:
        yield
    except DBAPIError as error:
        raise _in_words(path, error.orig) from None
    except UnicodeDecodeError:
        raise damaged(path) from None
    except StatementError as error:
        raise (error.orig or TypeError("a value the registry cannot keep")) from None


def damaged(path: Path) -> RegistryError:
    """What to raise for a registry whose own content makes no sense."""
    what, hint = _DAMAGED
    return DamagedError(f"the registry {path} {what}", hint=hint)


def is_duplicate(error: DBAPIError) -> bool:
    """Whether a row was refused because one with its key is there."""
    return _code(error.orig) in (sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_UNIQUE)


def _code(error: BaseException | None) -> int:
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)


def _sqlite(path: Path, mode: Mode, busy_ms: int) -> sqlite3.Connection:
    # Python's own implicit BEGIN is off (isolation_level): `transaction` says BEGIN, so that it can say which.
    query = "mode=ro&immutable=1" if mode == "immutable" else f"mode={mode}"
    opened = sqlite3.connect(f"file:{quote(str(path.absolute()))}?{query}", uri=True, isolation_level=None)
    try:
        opened.execute(f"PRAGMA busy_timeout = {busy_ms:d}")
        opened.execute("PRAGMA foreign_keys = ON")
        if mode == "rw":
            opened.execute("PRAGMA synchronous = FULL")
            # What is erased is overwritten, and does not go on standing in unused parts of the file.
            opened.execute("PRAGMA secure_delete = ON")
            _use_wal(opened)
    except BaseException:
        opened.close()
        raise
    return opened


def _use_wal(opened: sqlite3.Connection) -> None:
    with closing(opened.execute("PRAGMA journal_mode = WAL")) as answer:
        (journal_mode,) = answer.fetchone()
    if journal_mode != "wal":
        raise RegistryError(
            f"the registry's disk cannot do write-ahead logging (SQLite says {journal_mode!r})",
            hint="Keep the registry on a local disk, not on a network share.",
        )


def _in_words(path: Path, error: BaseException | None) -> RegistryError:
    name = getattr(error, "sqlite_errorname", None)
    if name is None and isinstance(error, sqlite3.OperationalError):
        return damaged(path)  # Python's own, not SQLite's: text in the file that is not UTF-8
    if _code(error) & 0xFF == sqlite3.SQLITE_CORRUPT:
        return damaged(path)
    what, hint = _KNOWN.get(_code(error) & 0xFF, (f"refused ({name or type(error).__name__})", NOT_OURS))
    return RegistryError(f"the registry {path} {what}", hint=hint)
