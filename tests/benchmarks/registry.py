"""What the registry costs: bytes a code, time a lookup and an insert, as it grows; beside a peer in the same run.

`python -m tests.benchmarks.registry [CODES…]`; 10,000, 100,000 and 1,000,000 if none are named.
"""

from __future__ import annotations

import asyncio
import hashlib
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from kiosk.badge.kind import CodeKind
from kiosk.registry import IssuedCode, Registry
from kiosk.registry.opening import open_registry

# ruff: noqa: ASYNC240 - nothing else runs on these loops

NOW = datetime(2025, 11, 21, tzinfo=UTC)
LOOKUPS = 2_000
INSERTS = 200


def code(number: int) -> IssuedCode:
    """The code with this number."""
    name = f"{number:012x}"
    return IssuedCode(
        code_id=f"00000000-0000-4000-8000-{name}",
        user_id=f"11111111-0000-4000-8000-{number // 2:012x}",
        upn=f"worker{number // 2}@contoso.example",
        display_name=f"Worker {number // 2}",
        kind=CodeKind.STANDARD,
        digest=hashlib.sha256(name.encode()).digest(),
        issued_at=NOW,
        start_at=NOW,
        expire_at=NOW + timedelta(days=365),
        station="till-3",
        changed_at=NOW,
    )


def rows(numbers: range) -> Iterator[tuple[object, ...]]:
    """As the table of codes has them."""
    at, end = NOW.isoformat(timespec="microseconds"), (NOW + timedelta(days=365)).isoformat(timespec="microseconds")
    for one in map(code, numbers):
        person = (one.code_id, one.user_id, one.upn, one.display_name, "standard", one.digest)
        yield (*person, at, at, end, "created", None, one.station, at, "")


def fill(path: Path, codes: int) -> None:
    """`codes` codes, each with its change and an audit entry of the usual length (its chain is not computed)."""
    open_registry(path).close()
    details = '{"code_id":"00000000-0000-4000-8000-000000000000","state":"created","reason":""' + " " * 330 + "}"
    with closing(sqlite3.connect(path)) as raw:
        marks = ", ".join("?" * 14)
        raw.executemany(f"INSERT INTO codes VALUES ({marks})", rows(range(codes)))  # noqa: S608 - marks
        raw.execute(
            "INSERT INTO code_changes (code_id, state, at, reason, audit_chain, audit_seq) "
            "SELECT code_id, state, changed_at, reason, 'station', rowid FROM codes"
        )
        raw.execute("DROP TRIGGER audit_at_the_end")
        hashed = "f" * 64
        raw.execute(
            "INSERT INTO audit SELECT 'station', rowid, changed_at, 'code_added', NULL, ?, ?, ?, ? FROM codes",
            (hashed, details, hashed, hashed),
        )
        raw.execute("INSERT INTO audit_people SELECT 'station', rowid, 'subject', randomblob(32), user_id FROM codes")
        raw.commit()


Took = tuple[list[float], list[float]]


async def timed(work: Callable[[int], Awaitable[object]], numbers: list[int]) -> Took:
    """Milliseconds each, by the clock and of processor time, which the rest of the machine does not move."""
    clock, processor = [], []
    for number in numbers:
        began, spent = time.perf_counter(), time.process_time()
        await work(number)
        processor.append((time.process_time() - spent) * 1e3)
        clock.append((time.perf_counter() - began) * 1e3)
    return clock, processor


def told(took: Took) -> str:
    """Median and 99th percentile of both."""
    clock, processor = (f"{statistics.median(each):7.3f} ms (p99 {_late(each):7.3f})" for each in took)
    return f"{clock}, processor {processor}"


def _late(took: list[float]) -> float:
    return statistics.quantiles(took, n=100)[98]


async def ours(path: Path, codes: int) -> None:
    """This registry, through the calls that the station makes."""
    fill(path, codes)
    size = path.stat().st_size / codes
    wanted = random.Random(7).choices(range(codes), k=LOOKUPS)
    async with Registry.open(path) as registry:
        by_id = await timed(lambda number: registry.code(code(number).code_id), wanted)
        by_digest = await timed(lambda number: registry.code_by_digest(code(number).digest), wanted)
        of_user = await timed(lambda number: registry.codes_of(code(number).user_id), wanted)
        inserts = await timed(lambda number: registry.add_code(code(number)), list(range(codes, codes + INSERTS)))
    print(f"{codes:>9,} codes  {size:6.0f} bytes a code, with its audit")
    for name, took in (("id", by_id), ("digest", by_digest), ("user", of_user)):
        print(f"           lookup by {name:7} {told(took)}")
    print(f"           insert, synced, audited {told(inserts)}")


async def peer(path: Path, codes: int) -> None:
    """A script with one table, two columns and SQLite as it comes: no audit, no journal, no thread."""
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("CREATE TABLE codes (code_id TEXT PRIMARY KEY, digest BLOB UNIQUE)")
        raw.executemany("INSERT INTO codes VALUES (?, ?)", ((row[0], row[5]) for row in rows(range(codes))))
        raw.commit()

        async def look(number: int) -> object:
            return raw.execute("SELECT * FROM codes WHERE digest = ?", (code(number).digest,)).fetchone()

        async def insert(number: int) -> None:
            raw.execute("INSERT INTO codes VALUES (?, ?)", (code(number).code_id, code(number).digest))
            raw.commit()

        looked = await timed(look, random.Random(7).choices(range(codes), k=LOOKUPS))
        inserted = await timed(insert, list(range(codes, codes + INSERTS)))
    print(f"    peer: one plain table, {path.stat().st_size / codes:.0f} bytes a code")
    print(f"           lookup by digest  {told(looked)}")
    print(f"           insert, synced          {told(inserted)}")


def main() -> None:
    """Each size in turn."""
    for codes in [int(word) for word in sys.argv[1:]] or [10_000, 100_000, 1_000_000]:
        with tempfile.TemporaryDirectory() as folder:
            asyncio.run(ours(Path(folder) / "ours.db", codes))
            asyncio.run(peer(Path(folder) / "peer.db", codes))


if __name__ == "__main__":
    main()
