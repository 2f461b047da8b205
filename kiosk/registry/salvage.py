"""A damaged registry: set aside as it is, never overwritten, and a new one begun with the rows that can be read."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from sqlalchemy import Connection, select
from sqlalchemy.exc import IntegrityError

from kiosk.registry import audit
from kiosk.registry.audit import Writing, append
from kiosk.registry.details import Details
from kiosk.registry.errors import RegistryError
from kiosk.registry.schema import AUDIT, METADATA

#: What is taken over, each after what it refers to. The audit stays where it is: a chain is evidence as a whole.
_TABLES: Final = (
    "code_changes",
    "replacements",
    "journal",
    "leases",
    "supervisors",
    "work_lists",
    "work_list_rows",
    "codes_elsewhere",
    "scans",
    "stock",
)
_ACTION: Final = "registry_begun_anew"
_MARK: Final = ".damaged-"


@dataclass(frozen=True)
class Salvage:
    """Where the damaged file is now, how many rows of each table were read in it, and the last entry of its audit."""

    set_aside: Path
    rows: dict[str, int]
    last_entry: tuple[str, int, str] | None = field(default=None)


def aside(path: Path) -> tuple[Path, ...]:
    """The damaged files that lie beside a registry, oldest first."""
    found = (each for each in path.parent.glob(f"{path.name}{_MARK}*") if not each.name.endswith(("-wal", "-shm")))
    return tuple(sorted(found))


def set_aside(path: Path, at: datetime) -> Path:
    """Rename the file, with what SQLite keeps beside it, after the moment. Raises RegistryError, OSError."""
    kept = path.with_name(f"{path.name}{_MARK}{at:%Y%m%dT%H%M%S}")
    if kept.exists():
        raise RegistryError(
            f"the damaged registry {path} was not set aside: {kept.name} is there already",
            hint="Move that one elsewhere and keep it; then start again.",
        )
    # The log first: a registry that is gone from its place never has another's log beside it.
    for suffix in ("-wal", "-shm", ""):
        with suppress(FileNotFoundError):
            Path(f"{path}{suffix}").rename(f"{kept}{suffix}")
    return kept


def is_taken_over(connection: Connection, damaged: Path) -> bool:
    """Whether this registry's audit says that it was begun after that file."""
    query = select(AUDIT.c.details).where(AUDIT.c.action == _ACTION)
    return any(json.loads(details)["set_aside"] == damaged.name for details in connection.execute(query).scalars())


def take_over(writing: Writing, damaged: Path, *, station: str, at: datetime) -> Salvage:
    """Copy every row that SQLite can still read into a new registry.

    The new file's audit is another chain, whose first entry says where the old one is and how it ended.
    """
    connection = writing.connection
    uri = f"file:{quote(str(damaged.absolute()))}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as old:
        old.text_factory = lambda raw: raw.decode("utf-8", "replace")
        rows = {"codes": _copy(connection, old, "codes")}
        rows["codes"] += _insert(connection, "codes", _from_audit(old))
        rows |= {table: _copy(connection, old, table) for table in _TABLES}
        last = _last_entry(old)
    writing.chain = audit.next_chain(last[0] if last else station)
    chain, seq, entry_hash = last or (None, None, None)
    counted = {f"rows.{table}": number for table, number in rows.items()}
    details: Details = {"set_aside": damaged.name, "chain": chain, "seq": seq, "hash": entry_hash, **counted}
    append(writing, _ACTION, at=at, details=details)
    return Salvage(damaged, rows, last)


def _copy(connection: Connection, old: sqlite3.Connection, table: str) -> int:
    return _insert(connection, table, _readable(old, table))


def _insert(connection: Connection, table: str, rows: Iterable[dict[str, Any]]) -> int:
    here = METADATA.tables[table]
    taken = 0
    for row in rows:
        values = {name: value for name, value in row.items() if name in here.columns}
        names, marks = ", ".join(f'"{name}"' for name in values), ", ".join("?" * len(values))
        try:
            with connection.begin_nested():
                inserted = connection.exec_driver_sql(
                    f"INSERT OR IGNORE INTO {table} ({names}) VALUES ({marks})",  # noqa: S608 - names of ours
                    tuple(values.values()),
                )
                taken += inserted.rowcount
        except IntegrityError:
            continue  # a row whose own content is damaged
    return taken


def _from_audit(old: sqlite3.Connection) -> Iterator[dict[str, Any]]:
    """Codes as the old audit knows them: all but the names, which are not in it."""
    owners = {
        (row["chain"], row["seq"]): row["value"]
        for row in _readable(old, "audit_people")
        if row["field"] == "subject"
    }
    entries = {(row["chain"], row["seq"]): row for row in _readable(old, "audit")}
    found: dict[str, dict[str, Any]] = {}
    for key in sorted(entries):
        action, at = entries[key]["action"], entries[key]["at"]
        if action not in {"code_added", "code_changed"}:
            continue
        try:
            details = json.loads(entries[key]["details"])
            if action == "code_added":
                owner = {"user_id": owners.get(key, ""), "upn": "", "display_name": ""}
                details |= {"digest": bytes.fromhex(details["digest"]), **owner}
            found.setdefault(details["code_id"], {}).update(details, changed_at=at)
        except (ValueError, LookupError, TypeError):
            continue  # an entry whose own content is damaged
    yield from (code for code in found.values() if "digest" in code)


def _readable(old: sqlite3.Connection, table: str) -> Iterator[dict[str, Any]]:
    """Rows from the front until one cannot be read, then from the back."""
    for order in ("ASC", "DESC"):
        try:
            cursor = old.execute(f"SELECT * FROM {table} ORDER BY rowid {order}")  # noqa: S608 - a name of ours
            names = [column[0] for column in cursor.description]
            for row in cursor:
                yield dict(zip(names, row, strict=True))
        except sqlite3.DatabaseError:
            continue
        return


def _last_entry(old: sqlite3.Connection) -> tuple[str, int, str] | None:
    for order in ("DESC", "ASC"):
        found: tuple[str, int, str] | None = None
        try:
            for row in old.execute(f"SELECT chain, seq, hash FROM audit ORDER BY rowid {order}"):  # noqa: S608
                found = row
                if order == "DESC":
                    return found
        except sqlite3.DatabaseError:
            if found is not None:
                return found
    return None
