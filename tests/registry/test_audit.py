"""The audit tells of every fact, in its transaction; whatever is done to it afterwards is found and named."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import anyio
import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kiosk.registry import Anchor, AuditEntry, CodeState, Dropped, IssuedCode, Order, Registry, RegistryError
from kiosk.registry.audit import Writing, append
from kiosk.registry.connection import connect, transaction
from kiosk.registry.publishing import Publisher
from kiosk.registry.verification import verify

pytestmark = pytest.mark.anyio

NOW = datetime(2025, 11, 21, 14, 2, tzinfo=UTC)
COLUMNS = ("at", "action", "details", "previous", "hash")
TRIGGERS = ("audit_no_update", "audit_no_delete", "audit_at_the_end", "audit_people_no_update")


async def test_every_fact_is_told_of_in_order(
    registry: Registry, issue: Callable[..., IssuedCode], now: datetime
) -> None:
    order = Order(approver="boss", second_approver="other", plan=("delete", "create"), remove="a0", fence=3)
    await registry.open_replacement("r1", user_id="8b2c", reason="worn", at=now, order=order)
    await registry.intend("r1", "create", now, {"request_id": "q1"})
    await registry.add_code(issue("a1"))
    await registry.outcome("r1", "create", now, "done", {"code_id": "a1"})
    await registry.change_state("a1", CodeState.PRINTED, at=now, reason="worn", actor="boss")
    await registry.close_replacement("r1", at=now, result="done")
    await registry.note("refused", at=now, actor="boss", subject="8b2c", details={"why": "own_badge"})
    entries = await registry.audit()
    assert [(entry.seq, entry.action, entry.actor, entry.subject) for entry in entries] == [
        (1, "replacement_opened", "boss", "8b2c"),
        (2, "second_approval", "other", "8b2c"),
        (3, "step_intended", None, "8b2c"),
        (4, "code_added", None, "8b2c"),
        (5, "step_ended", None, "8b2c"),
        (6, "code_changed", "boss", "8b2c"),
        (7, "replacement_closed", None, "8b2c"),
        (8, "refused", "boss", "8b2c"),
    ]
    assert entries[2].details["details.request_id"] == "q1"
    assert entries[4].details["result"] == "done"
    assert (await registry.verify()).broken is None
    assert await registry.problems() == ()


async def test_a_write_that_fails_is_not_told_of(registry: Registry, now: datetime) -> None:
    await registry.note("first", at=now)
    with pytest.raises(RegistryError):
        await registry.change_state("unknown", CodeState.USED, at=now, reason="")
    assert [entry.action for entry in await registry.audit()] == ["first"]


async def test_an_entry_can_be_hashed_by_anybody_from_what_the_docs_say(registry: Registry, now: datetime) -> None:
    entry = await registry.note("signed_in", at=now, actor="boß", details={"n": 1})
    rows = await registry.read(lambda opened: opened.exec_driver_sql("SELECT * FROM audit").all())
    chain, seq, at, action, actor, subject, details, previous, kept = rows[0]
    fields = ["kiosk-audit-1", chain, seq, at, action, actor, subject, details, previous]
    told = json.dumps(fields, ensure_ascii=True, separators=(",", ":")).encode()
    assert hashlib.sha256(told).hexdigest() == kept == entry.hash
    ((salt, value),) = await registry.read(
        lambda opened: opened.exec_driver_sql("SELECT salt, value FROM audit_people").all()
    )
    assert hashlib.sha256(salt + value.encode()).hexdigest() == actor
    assert len(salt) == 32


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET action = 'x'",
        "DELETE FROM audit",
        "INSERT OR REPLACE INTO audit SELECT chain, seq, at, 'x', actor, subject, details, previous, hash FROM audit",
        "UPDATE audit_people SET value = 'x'",
    ],
)
async def test_no_program_changes_it_by_mistake(made: Path, now: datetime, statement: str) -> None:
    async with Registry.open(made) as registry:
        await registry.note("first", at=now, actor="boss")
    with closing(sqlite3.connect(made)) as raw, pytest.raises(sqlite3.IntegrityError, match="append-only"):
        raw.execute(statement)


async def test_who_it_was_can_be_erased_and_the_chain_still_holds(registry: Registry, now: datetime) -> None:
    await registry.note("approved", at=now, actor="boss", subject="the-worker")
    await registry.note("approved", at=now, actor="the-worker")
    assert (await registry.erase_person("the-worker", at=now)).dropped == Dropped(mentions=2)
    first, second, last = await registry.audit()
    assert (first.actor, first.subject, first.erased) == ("boss", None, True)
    assert (second.actor, second.erased) == (None, True)
    assert last.action == "person_erased"
    assert (await registry.verify()).broken is None
    rows = await registry.read(lambda opened: list(opened.connection.driver_connection.iterdump()))
    assert not any("the-worker" in row for row in rows)


async def test_who_it_was_is_forgotten_after_the_retention_time(registry: Registry, now: datetime) -> None:
    await registry.note("old", at=now - timedelta(days=181), actor="boss")
    await registry.note("new", at=now - timedelta(days=179), actor="boss")
    assert await registry.retain(at=now, days=180) == Dropped(mentions=1)
    assert await registry.retain(at=now, days=180) == Dropped()
    assert [(entry.action, entry.actor) for entry in await registry.audit()] == [
        ("old", None),
        ("new", "boss"),
        ("people_expired", None),
    ]
    assert (await registry.verify()).broken is None


async def test_a_cut_tail_is_found_with_an_anchor_and_only_with_one(made: Path, now: datetime) -> None:
    async with Registry.open(made) as registry:
        for n in range(4):
            last = await registry.note(f"n{n}", at=now)
    with closing(sqlite3.connect(made)) as raw:
        raw.execute("DROP TRIGGER audit_no_delete")
        raw.execute("DELETE FROM audit WHERE seq > 2")
        raw.commit()
    async with Registry.open(made, read_only=True) as registry:
        assert (await registry.verify()).broken is None
        broken = (await registry.verify(Anchor(last.seq, last.hash))).broken
        assert broken is not None
        assert (broken.seq, broken.what.split(",")[0]) == (3, "removed")


async def test_a_chain_written_anew_is_found_with_an_anchor(registry: Registry, now: datetime) -> None:
    entry = await registry.note("one", at=now)
    assert (await registry.verify(Anchor(entry.seq, entry.hash))).broken is None
    broken = (await registry.verify(Anchor(entry.seq, "0" * 64))).broken
    assert broken is not None
    assert broken.seq == 1


async def test_stations_have_chains_of_their_own(made: Path, now: datetime) -> None:
    for station in ("till-1", "till-2", "till-1"):
        async with Registry.open(made, station=station) as registry:
            await registry.note("started", at=now)
    async with Registry.open(made) as registry:
        assert [(entry.chain, entry.seq) for entry in await registry.audit()] == [
            ("till-1", 1),
            ("till-1", 2),
            ("till-2", 1),
        ]
        assert (await registry.verify()).broken is None


async def test_scans_are_counted_by_day_and_verdict_alone(registry: Registry, now: datetime) -> None:
    for _ in range(3):
        await registry.count_scan("active", at=now)
    await registry.count_scan("expired", at=now + timedelta(days=1))
    assert await registry.scans() == (("2025-11-21", "active", 3), ("2025-11-22", "expired", 1))
    assert await registry.audit() == ()


async def test_each_hash_leaves_the_box_after_it_is_on_the_disk(
    made: Path, tmp_path: Path, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    address = tmp_path / "log"
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as syslog:
        syslog.bind(str(address))
        syslog.settimeout(10)
        structlog.configure(logger_factory=structlog.stdlib.LoggerFactory(), cache_logger_on_first_use=False)
        try:
            async with Registry.open(made, station="till", syslog=str(address)) as registry:
                entry = await registry.note("approved", at=now, actor="boss")
                with pytest.raises(RegistryError):
                    await registry.change_state("unknown", CodeState.USED, at=now, reason="")
        finally:
            structlog.reset_defaults()
        line = syslog.recv(4096).decode()
        syslog.setblocking(False)
        with pytest.raises(BlockingIOError):
            syslog.recv(1)
    assert f"kiosk audit till 1:{entry.hash} approved" in line
    assert "boss" not in line
    assert entry.hash in caplog.text


async def test_a_syslog_that_is_not_there_keeps_nothing_from_being_written(
    made: Path, tmp_path: Path, now: datetime
) -> None:
    async with Registry.open(made, syslog=str(tmp_path / "none")) as registry:
        await registry.note("approved", at=now)
        assert len(await registry.audit()) == 1


def spoken(now: datetime, seq: int, action: str) -> AuditEntry:
    return AuditEntry(
        chain="till", seq=seq, at=now, action=action, actor=None, subject=None, details={}, previous="", hash="ab"
    )


@pytest.mark.parametrize("kind", [socket.SOCK_DGRAM, socket.SOCK_STREAM])
async def test_a_syslog_that_hangs_keeps_nothing_from_being_written(
    kind: socket.SocketKind, tmp_path: Path, now: datetime
) -> None:
    """Its queue is full and nobody reads; once somebody does, what is written then is sent again."""
    address = tmp_path / "log"
    with closing(socket.socket(socket.AF_UNIX, kind)) as syslog:
        syslog.bind(str(address))
        if kind is socket.SOCK_STREAM:
            syslog.listen()
        publisher = Publisher(str(address))
        with anyio.fail_after(60):
            await anyio.to_thread.run_sync(
                publisher.publish, [spoken(now, 1, "a" * 60_000)] * 8, abandon_on_cancel=True
            )
        if kind is socket.SOCK_DGRAM:
            syslog.setblocking(False)
            with suppress(BlockingIOError):
                while syslog.recv(1 << 16):
                    pass
            publisher.publish([spoken(now, 2, "last")])
            assert b"till 2:ab last" in syslog.recv(1 << 16)
        publisher.close()


def test_a_name_that_cannot_be_resolved_is_not_looked_up_for_each_entry(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a network a look-up may take a resolver's own time, and a replacement has twenty entries."""
    clock, asked = [0.0], []

    def getaddrinfo(host: str, *_: object, **__: object) -> None:
        asked.append(host)
        raise socket.gaierror(socket.EAI_AGAIN, "no resolver")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    publisher = Publisher("log.contoso.example:514", lambda: clock[0])
    publisher.publish([spoken(now, seq, "approved") for seq in range(20)])
    assert asked == ["log.contoso.example"]
    clock[0] = 60
    publisher.publish([spoken(now, 21, "approved")])
    assert len(asked) == 2


async def test_a_syslog_that_is_started_anew_is_sent_the_next_entry(tmp_path: Path, now: datetime) -> None:
    address = tmp_path / "log"
    publisher = Publisher(str(address))
    for seq in (1, 2):
        with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as syslog:
            address.unlink(missing_ok=True)
            syslog.bind(str(address))
            syslog.settimeout(10)
            publisher.publish([spoken(now, seq, "approved")])
            assert syslog.recv(4096) == f"<86>kiosk audit till {seq}:ab approved\0".encode()
    publisher.close()


# What an attacker with the file does to one entry: (name, statement with :seq).
TAMPER = st.sampled_from(
    [
        ("at", "UPDATE audit SET at = :noise || at WHERE seq = :seq"),
        ("action", "UPDATE audit SET action = action || :noise WHERE seq = :seq"),
        ("actor", "UPDATE audit SET actor = :noise WHERE seq = :seq"),
        ("no actor", "UPDATE audit SET actor = NULL WHERE seq = :seq"),
        ("subject", "UPDATE audit SET subject = :noise WHERE seq = :seq"),
        ("details", "UPDATE audit SET details = details || :noise WHERE seq = :seq"),
        ("previous", "UPDATE audit SET previous = :noise WHERE seq = :seq"),
        ("hash", "UPDATE audit SET hash = :noise WHERE seq = :seq"),
        ("value", "UPDATE audit_people SET value = value || :noise WHERE seq = :seq"),
        ("salt", "UPDATE audit_people SET salt = zeroblob(32) WHERE seq = :seq"),
        ("delete", "DELETE FROM audit WHERE seq = :seq"),
    ]
)


@pytest.fixture(scope="module")
def chain_of_eight(tmp_path_factory: pytest.TempPathFactory, whole: Path) -> Path:
    """A registry with eight entries, without what keeps programs from changing them."""
    path = tmp_path_factory.mktemp("chain") / "registry.sqlite"
    path.write_bytes(whole.read_bytes())
    with connect(path, "rw") as connection, transaction(connection, "IMMEDIATE"):
        writing = Writing(connection, "till")
        for n in range(8):
            append(writing, f"n{n}", at=NOW, actor=f"boss{n}", subject="8b2c", details={"n": n})
    with closing(sqlite3.connect(path)) as raw:
        for trigger in TRIGGERS:
            raw.execute(f"DROP TRIGGER {trigger}")
        raw.commit()
    return path


def broken_after(chain: Path, change: Callable[[sqlite3.Connection], Any]) -> int | None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "registry.sqlite"
        path.write_bytes(chain.read_bytes())
        with closing(sqlite3.connect(path)) as raw:
            change(raw)
            raw.commit()
        with connect(path, "ro") as connection:
            broken = verify(connection).broken
    return None if broken is None else broken.seq


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    done=st.lists(st.tuples(TAMPER, st.integers(1, 8)), min_size=1, max_size=3),
    noise=st.text("\x00 a0\N{LATIN SMALL LETTER SHARP S}", min_size=1, max_size=3),
)
def test_the_first_entry_that_was_touched_is_named(
    chain_of_eight: Path, done: list[tuple[tuple[str, str], int]], noise: str
) -> None:
    def change(raw: sqlite3.Connection) -> None:
        for (_, statement), seq in done:
            raw.execute(statement, {"seq": seq, "noise": noise} if ":noise" in statement else {"seq": seq})

    assert broken_after(chain_of_eight, change) == min(seq for _, seq in done)


@settings(max_examples=60, deadline=None)
@given(
    place=st.integers(1, 8), column=st.sampled_from(["at", "action", "details", "previous", "hash"]), data=st.data()
)
def test_any_byte_of_any_entry_counts(chain_of_eight: Path, place: int, column: str, data: st.DataObject) -> None:
    def change(raw: sqlite3.Connection) -> None:
        query = f"SELECT CAST({column} AS BLOB) FROM audit WHERE seq = ?"  # noqa: S608 - one of the above
        ((before,),) = raw.execute(query, (place,)).fetchall()
        at = data.draw(st.integers(0, len(before) - 1))
        after = bytearray(before)
        after[at] ^= data.draw(st.integers(1, 255))
        raw.execute(f"UPDATE audit SET {column} = CAST(? AS TEXT) WHERE seq = ?", (bytes(after), place))  # noqa: S608

    assert broken_after(chain_of_eight, change) == place


@settings(max_examples=30, deadline=None)
@given(one=st.integers(1, 8), other=st.integers(1, 8))
def test_entries_that_changed_places_are_named(chain_of_eight: Path, one: int, other: int) -> None:
    def change(raw: sqlite3.Connection) -> None:
        for before, after in ((one, 100), (other, one), (100, other)):
            raw.execute("UPDATE audit SET seq = ? WHERE seq = ?", (after, before))

    assert broken_after(chain_of_eight, change) == (None if one == other else min(one, other))


@settings(max_examples=20, deadline=None)
@given(place=st.integers(1, 8))
def test_an_entry_put_in_between_is_named(chain_of_eight: Path, place: int) -> None:
    def change(raw: sqlite3.Connection) -> None:
        raw.execute("UPDATE audit SET seq = -seq - 1 WHERE seq >= ?", (place,))
        raw.execute("UPDATE audit SET seq = -seq WHERE seq < 0")
        raw.execute(
            "INSERT INTO audit SELECT chain, ?, at, 'forged', NULL, NULL, details, previous, hash FROM audit LIMIT 1",
            (place,),
        )

    assert broken_after(chain_of_eight, change) == place


# Notes one fact after another, each a code and its audit entry, until it is killed.
WRITER = """
import asyncio, hashlib, itertools, sys
from datetime import UTC, datetime
from pathlib import Path
from kiosk.badge.kind import CodeKind
from kiosk.registry import IssuedCode, Registry
NOW = datetime(2025, 11, 21, tzinfo=UTC)
async def main(path):
    async with Registry.open(path) as registry:
        for n in itertools.count():
            await registry.add_code(IssuedCode(code_id=f"c{n}", user_id="8b2c", upn="zoe@contoso.example",
                display_name="Zoe", kind=CodeKind.STANDARD, digest=hashlib.sha256(b"%d" % n).digest(), issued_at=NOW,
                start_at=NOW, expire_at=NOW, station="till", changed_at=NOW))
            print(n, flush=True)
asyncio.run(main(Path(sys.argv[1])))
"""


def writer(path: Path) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("seen", [1, 7])
async def test_a_killed_writer_leaves_no_fact_without_its_entry(made: Path, seen: int) -> None:
    with writer(made) as process:
        assert process.stdout is not None
        for _ in range(seen):
            await anyio.to_thread.run_sync(process.stdout.readline)
        os.kill(process.pid, signal.SIGKILL)
    async with Registry.open(made) as registry:
        codes, entries = await registry.codes(), await registry.audit()
        assert {code.code_id for code in codes} == {entry.details["code_id"] for entry in entries}
        assert len(codes) >= seen
        assert (await registry.verify()).broken is None
        assert await registry.problems() == ()
