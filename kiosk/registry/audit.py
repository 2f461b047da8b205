"""The audit: who did what to whom, appended in the transaction of the fact it records, each entry bound to the last.

The order is that of `seq`, never that of `at`: clocks jump. People are in it as commitments; their names are kept
beside it and can be erased, and the chain still proves what it proved.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Select, and_, delete, func, insert, or_, select

from kiosk.registry.chain import GENESIS, SALT_BYTES, commitment, entry_hash
from kiosk.registry.details import Details, to_json
from kiosk.registry.schema import AUDIT, AUDIT_PEOPLE, utc_text

_FIELDS: Final = ("actor", "subject")
#: The action of who takes up what was broken off: from then on it is done on their word.
RESUMED: Final = "replacement_resumed"
#: Between a station's name and the number of its chain, from the second on: a new file after a damaged one.
_NUMBERED: Final = "~"


@dataclass(frozen=True, kw_only=True)
class AuditEntry:
    """One entry. `actor` and `subject` are user ids, None where there was none or it was erased (`erased`).

    `hash` and `previous` are 64 hex digits; `details` are no one's personal data.
    """

    chain: str
    seq: int
    at: datetime
    action: str
    actor: str | None
    subject: str | None
    details: Details
    previous: str
    hash: str
    erased: bool = False


@dataclass
class Writing:
    """One transaction that writes: its connection, the station's chain, and the entries it has appended."""

    connection: Connection
    chain: str
    appended: list[AuditEntry] = field(default_factory=list)


def append(
    writing: Writing,
    action: str,
    *,
    at: datetime,
    actor: str | None = None,
    subject: str | None = None,
    details: Details | None = None,
) -> AuditEntry:
    """Add an entry to the end of the chain. Raises TypeError for a detail that is no plain value."""
    details = dict(details or {})
    last = _last(writing.connection, writing.chain)
    seq, previous = (1, GENESIS) if last is None else (last[0] + 1, last[1])
    people = {name: value for name, value in (("actor", actor), ("subject", subject)) if value is not None}
    salts = {name: secrets.token_bytes(SALT_BYTES) for name in people}
    row: dict[str, Any] = {
        "chain": writing.chain,
        "seq": seq,
        "at": utc_text(at),
        "action": action,
        **{name: commitment(salts[name], people[name]) if name in people else None for name in _FIELDS},
        "details": to_json(details),
        "previous": previous,
    }
    row["hash"] = entry_hash(**row)
    writing.connection.execute(insert(AUDIT), row)
    for name, value in people.items():
        beside = {"chain": writing.chain, "seq": seq, "field": name, "salt": salts[name], "value": value}
        writing.connection.execute(insert(AUDIT_PEOPLE), beside)
    entry = AuditEntry(**{**row, **people, "at": at, "details": details})
    writing.appended.append(entry)
    return entry


def show(
    connection: Connection, *, after: int = 0, since: datetime | None = None, limit: int | None = None
) -> tuple[AuditEntry, ...]:
    """Entries in order, chain by chain, `limit` of them the last; `after` leaves out those up to that seq."""
    query = _with_people().where(AUDIT.c.seq > after)
    if since is not None:
        query = query.where(AUDIT.c.at >= utc_text(since))
    query = query.order_by(AUDIT.c.chain.desc(), AUDIT.c.seq.desc()).limit(limit)
    return tuple(_entry(row) for row in reversed(connection.execute(query).mappings().all()))


def head(connection: Connection, chain: str) -> tuple[int, str] | None:
    """Seq and hash of the newest entry of a chain: what an auditor takes away as an anchor."""
    return _last(connection, chain)


def chain_of(connection: Connection, station: str) -> str:
    """The chain a station appends to: the newest of those that bear its name, or its first."""
    numbered = AUDIT.c.chain.startswith(f"{station}{_NUMBERED}", autoescape=True)
    query = select(AUDIT.c.chain).where(or_(AUDIT.c.chain == station, numbered)).distinct()
    found = [str(chain) for chain in connection.execute(query).scalars()]
    return max(found, key=lambda chain: _number(chain, station), default=station)


def next_chain(chain: str) -> str:
    """The name of the chain after this one: till-3, till-3~2, till-3~3."""
    station, mark, number = chain.rpartition(_NUMBERED)
    if mark and number.isdigit():
        return f"{station}{_NUMBERED}{int(number) + 1}"
    return f"{chain}{_NUMBERED}2"


def erase(connection: Connection, people: tuple[str, ...], *, before: datetime) -> int:
    """Drop every mention of a person, and the salts with it; returns how many there were.

    By those who took a replacement up at or after `before` the policy still goes: they stay.
    """
    kept = select(AUDIT.c.seq).where(
        AUDIT.c.chain == AUDIT_PEOPLE.c.chain,
        AUDIT.c.seq == AUDIT_PEOPLE.c.seq,
        AUDIT.c.action == RESUMED,
        AUDIT.c.at >= utc_text(before),
    )
    mine = AUDIT_PEOPLE.c.value.in_(people)
    return connection.execute(delete(AUDIT_PEOPLE).where(mine, ~kept.exists())).rowcount


def expire_people(connection: Connection, *, at: datetime, days: int) -> int:
    """Drop who it was from every entry older than `days`; returns how many there were."""
    old = utc_text(at - timedelta(days=days))
    entries = select(AUDIT.c.seq).where(
        AUDIT.c.chain == AUDIT_PEOPLE.c.chain, AUDIT.c.seq == AUDIT_PEOPLE.c.seq, AUDIT.c.at < old
    )
    return connection.execute(delete(AUDIT_PEOPLE).where(entries.exists())).rowcount


def count(connection: Connection) -> int:
    """How many entries there are."""
    return int(connection.execute(select(func.count()).select_from(AUDIT)).scalar_one())


def _last(connection: Connection, chain: str) -> tuple[int, str] | None:
    query = select(AUDIT.c.seq, AUDIT.c.hash).where(AUDIT.c.chain == chain).order_by(AUDIT.c.seq.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return None if row is None else (int(row[0]), str(row[1]))


def _number(chain: str, station: str) -> int:
    number = chain.removeprefix(station).removeprefix(_NUMBERED)
    return int(number) if number.isdigit() else 1


def _with_people() -> Select[Any]:
    kept = {name: AUDIT_PEOPLE.alias(name) for name in _FIELDS}
    joined: Any = AUDIT
    for name, beside in kept.items():
        same = and_(beside.c.chain == AUDIT.c.chain, beside.c.seq == AUDIT.c.seq, beside.c.field == name)
        joined = joined.outerjoin(beside, same)
    values = [kept[name].c.value.label(f"{name}_value") for name in _FIELDS]
    return select(AUDIT, *values).select_from(joined)


def _entry(row: Mapping[Any, Any]) -> AuditEntry:
    people = {name: row[f"{name}_value"] for name in _FIELDS}
    return AuditEntry(
        chain=row["chain"],
        seq=row["seq"],
        at=datetime.fromisoformat(row["at"]),
        action=row["action"],
        actor=people["actor"],
        subject=people["subject"],
        details=json.loads(row["details"]),
        previous=row["previous"],
        hash=row["hash"],
        erased=any(row[name] is not None and people[name] is None for name in _FIELDS),
    )
