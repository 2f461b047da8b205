"""Whether the audit is as it was written, from the bytes that are kept, which may be anything."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection

from kiosk.registry.chain import GENESIS, commitment, entry_hash

_HASH_DIGITS: Final = 64
#: As bytes, so that no text is refused by what reads it.
_ENTRIES: Final = (
    "SELECT CAST(chain AS BLOB), seq, CAST(at AS BLOB), CAST(action AS BLOB), CAST(actor AS BLOB), "
    "CAST(subject AS BLOB), CAST(details AS BLOB), CAST(previous AS BLOB), CAST(hash AS BLOB) "
    "FROM audit ORDER BY chain, seq"
)
_PEOPLE: Final = (
    "SELECT CAST(chain AS BLOB), seq, field, salt, CAST(value AS BLOB) FROM audit_people ORDER BY chain, seq, field"
)


@dataclass(frozen=True)
class Anchor:
    """An entry's hash, taken out of the box earlier: this entry was there. `chain` empty: the only one there is."""

    seq: int
    hash: str
    chain: str = ""


@dataclass(frozen=True)
class Broken:
    """The first entry that is not as it was written, and what is wrong with it."""

    chain: str
    seq: int
    what: str

    def __str__(self) -> str:
        return f"entry {self.seq} of {self.chain or 'the chain'}: {self.what}"


@dataclass(frozen=True)
class Verified:
    """`heads`: each chain's newest entry that holds, as (chain, seq, hash). `broken` is None when all hold."""

    entries: int
    heads: tuple[tuple[str, int, str], ...]
    broken: Broken | None


@dataclass(frozen=True)
class _Row:
    chain: str
    seq: int
    at: str
    action: str
    actor: str | None
    subject: str | None
    details: str
    previous: str
    hash: str

    @property
    def expected(self) -> str:
        fields = {name: value for name, value in vars(self).items() if name != "hash"}
        return entry_hash(**fields)


def verify(connection: Connection, anchor: Anchor | None = None) -> Verified:
    """Go through every entry in order, then look for the anchor."""
    heads: dict[str, tuple[int, str]] = {}
    known: dict[tuple[str, int], str] = {}
    people = _people(connection)
    entries = 0
    broken: Broken | None = None
    for row in _rows(connection):
        broken = _fault(row, heads.get(row.chain, (0, GENESIS)), people.pop((row.chain, row.seq), {}))
        if broken:
            break
        entries += 1
        heads[row.chain] = (row.seq, row.hash)
        if anchor is not None and row.seq == anchor.seq:
            known[row.chain, row.seq] = row.hash
    if broken is None and people:
        chain, seq = min(people)
        broken = Broken(chain, seq, "removed: who it was about is still here")
    if broken is None and anchor is not None:
        broken = _anchor_fault(anchor, heads, known)
    return Verified(entries, tuple((chain, *head) for chain, head in heads.items()), broken)


def _fault(row: _Row, last: tuple[int, str], people: dict[str, tuple[bytes, str]]) -> Broken | None:
    seq, before = last
    if row.seq != seq + 1:
        what = "removed" if row.seq > seq + 1 else "inserted"
        return Broken(row.chain, seq + 1 if what == "removed" else row.seq, what)
    if row.expected != row.hash:
        return Broken(row.chain, row.seq, "altered")
    if row.previous != before:
        return Broken(row.chain, row.seq, "inserted, or put in another place: it follows on another entry")
    for name, (salt, value) in people.items():
        if commitment(salt, value) != getattr(row, name):
            return Broken(row.chain, row.seq, f"altered: its {name} is not who was written down")
    return None


def _anchor_fault(
    anchor: Anchor, heads: dict[str, tuple[int, str]], known: dict[tuple[str, int], str]
) -> Broken | None:
    chains = [anchor.chain] if anchor.chain else sorted(heads)
    if any(known.get((chain, anchor.seq)) == anchor.hash for chain in chains):
        return None
    chain = chains[0] if len(chains) == 1 else anchor.chain
    seq = heads.get(chain, (0, GENESIS))[0]
    if not chains or (len(chains) == 1 and seq < anchor.seq):
        return Broken(chain, seq + 1, f"removed, with all after it: the anchor says there were {anchor.seq}")
    return Broken(chain, anchor.seq, "not the one the anchor says: the chain was written anew")


def _rows(connection: Connection) -> Iterator[_Row]:
    for row in connection.exec_driver_sql(_ENTRIES):
        values: list[Any] = [_text(value) if isinstance(value, bytes) else value for value in row]
        yield _Row(*values)


def _people(connection: Connection) -> dict[tuple[str, int], dict[str, tuple[bytes, str]]]:
    found: dict[tuple[str, int], dict[str, tuple[bytes, str]]] = {}
    for chain, seq, field, salt, value in connection.exec_driver_sql(_PEOPLE):
        found.setdefault((_text(chain), seq), {})[field] = (salt, _text(value))
    return found


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")
