"""A work list from a file of people, or from those whose code ends soon: everybody looked up before it is opened."""

from __future__ import annotations

import asyncio
import csv
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from kiosk.administration.registry_due import due
from kiosk.errors import UsageError
from kiosk.graph.errors import UserNotFound
from kiosk.registry import ListKind, Registry
from kiosk.replace.issuer import Issuer, Person
from kiosk.replace.list_row import planned
from kiosk.replace.plan import Refusal

#: What the column of people may be called, compared without "_", " " and "-".
_HEADS: Final = frozenset({"user", "userid", "id", "objectid", "upn", "userprincipalname"})
_CONTENT: Final = ("ms-qrpin:", "bxmtcxjwaw46")  # the latter is the former in base64, in lower case
_MOST_NAMED: Final = 20
#: People asked about at a time.
_AT_ONCE: Final = 4


class ListRefusedError(UsageError):
    """Nothing was opened. The words name lines and never say what is in them."""


@dataclass(frozen=True)
class Entry:
    """One person asked for: by object id or UPN, and where, for the words about them."""

    who: str
    where: str


@dataclass(frozen=True)
class Checked:
    """`people` are (object id, UPN) in order; `wrong` says of the others where they are and why not."""

    people: tuple[tuple[str, str], ...]
    wrong: tuple[str, ...]


def read(file: Path) -> list[Entry]:
    """The people of a CSV file in UTF-8, with a head or without one. Raises ListRefusedError."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except OSError as wrong:
        raise ListRefusedError(f"{file}: {wrong.strerror}") from None
    except UnicodeDecodeError:
        raise ListRefusedError(f"{file}: not UTF-8 text") from None
    return parse(text.splitlines())


def parse(lines: Iterable[str]) -> list[Entry]:
    """See `read`."""
    rows = csv.reader(lines, strict=True)
    entries: list[Entry] = []
    wrong: list[str] = []
    column: int | None = None
    try:
        for cells in rows:
            if not any(cell.strip() for cell in cells):
                continue
            if column is None:
                head = _head(cells)
                column = head or 0
                if head is not None:
                    continue
            entry = Entry(cells[column].strip() if column < len(cells) else "", f"line {rows.line_num}")
            problem = _problem(entry.who, cells)
            if problem:
                wrong.append(f"{entry.where}: {problem}")
            entries.append(entry)
    except csv.Error:
        raise ListRefusedError(f"line {rows.line_num}: not CSV", hint="nothing was opened") from None
    require_right(wrong)
    return entries


def _head(cells: Sequence[str]) -> int | None:
    """Which column holds people, where this is a head."""
    names = [cell.strip().lower().translate({ord(char): None for char in "_- "}) for cell in cells]
    return next((place for place, name in enumerate(names) if name in _HEADS), None)


def _problem(who: str, cells: Sequence[str]) -> str:
    if any(mark in cell.lower() for cell in cells for mark in _CONTENT):
        return "it holds what a code says, which belongs in no file"
    if "@" in who:
        return ""
    try:
        uuid.UUID(who)
    except ValueError:
        return "neither an object id nor a user principal name"
    return ""


def require_right(wrong: Sequence[str]) -> None:
    """Raises ListRefusedError that names the first of what is wrong."""
    if wrong:
        more = f"; and {len(wrong) - _MOST_NAMED} more" if len(wrong) > _MOST_NAMED else ""
        raise ListRefusedError("; ".join(wrong[:_MOST_NAMED]) + more, hint="nothing was opened")


async def from_expiring(registry: Registry, *, days: int, at: datetime) -> list[Entry]:
    """Whose standard code ends within so many days, soonest first, each once."""
    found = await due(registry, at=at, until=at + timedelta(days=days))
    once = {code.user_id: Entry(code.user_id, code.upn or code.user_id) for code in reversed(found)}
    return list(reversed(once.values()))


async def check(issuer: Issuer, kind: ListKind, entries: Sequence[Entry], now: datetime) -> Checked:
    """Look everybody up: there, named once, and as they are now it can be done. Raises GraphError."""
    gate = asyncio.Semaphore(_AT_ONCE)

    async def found(entry: Entry) -> Person | None:
        async with gate:
            try:
                return await issuer.person(entry.who)
            except UserNotFound:
                return None

    people: dict[str, str] = {}
    wrong: list[str] = []
    for entry, person in zip(entries, await asyncio.gather(*map(found, entries)), strict=True):
        problem = _why_not(kind, person, people, now)
        if problem or person is None:
            wrong.append(f"{entry.where}: {problem}")
        else:
            people[person.user_id] = person.account.upn
    return Checked(tuple(people.items()), tuple(wrong))


def _why_not(kind: ListKind, person: Person | None, people: dict[str, str], now: datetime) -> str:
    if person is None:
        return "nobody has this id or user principal name"
    if person.user_id in people:
        return "named before"
    made = planned(kind, person, now)
    return made.key.replace("_", " ") if isinstance(made, Refusal) else ""
