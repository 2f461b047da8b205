"""Many tasks, many registries and many processes at one file; and a process that is killed."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest
from blockbuster import blockbuster_ctx

from kiosk.registry import IssuedCode, Registry

pytestmark = pytest.mark.anyio

# Adds argv[3] replacements named after argv[2] to the registry argv[1], each with an intent; then says so and waits.
WRITER = """
import asyncio, sys
from datetime import UTC, datetime
from pathlib import Path
from kiosk.registry import Registry
NOW = datetime(2025, 11, 21, tzinfo=UTC)
async def main(path, name, number):
    async with Registry.open(path) as registry:
        for n in range(number):
            await registry.open_replacement(f"{name}{n}", user_id="8b2c", reason="worn", at=NOW)
            await registry.intend(f"{name}{n}", "delete", NOW, {"code_id": f"{n}"})
        print("written", flush=True)
        await asyncio.to_thread(sys.stdin.read)
asyncio.run(main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
"""


def writer(path: Path, name: str, number: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(path), name, str(number)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def wal_size(path: Path) -> int | None:
    """Bytes in the write-ahead log; None when there is none, as after the last connection has closed."""
    wal = Path(f"{path}-wal")
    return wal.stat().st_size if wal.exists() else None


async def test_many_tasks_share_one_registry_without_blocking_the_loop(
    path: Path, now: datetime, issue: Callable[..., IssuedCode]
) -> None:
    numbers = range(40)

    async def work(registry: Registry, number: int) -> None:
        replacement = f"r{number}"
        await registry.open_replacement(replacement, user_id="8b2c", reason="worn", at=now)
        await registry.intend(replacement, "create", now, {"number": number})
        async with registry.transaction() as t:
            t.add_code(issue(f"c{number}"))
            t.outcome(replacement, "create", now, "done", {"code_id": f"c{number}"})
        assert await registry.code(f"c{number}") == issue(f"c{number}")

    with blockbuster_ctx():
        async with Registry.open(path) as registry:
            await asyncio.gather(*(work(registry, number) for number in numbers))
            found = await registry.unfinished()
    assert {each.id: [entry.phase for entry in each.entries] for each in found} == {
        f"r{number}": ["intent", "outcome"] for number in numbers
    }
    assert sorted(entry.seq for each in found for entry in each.entries) == list(range(1, 81))


async def test_every_call_runs_on_one_thread_that_is_not_the_loops(registry: Registry) -> None:
    threads = await asyncio.gather(*(registry.read(lambda _: threading.get_ident()) for _ in range(10)))
    assert len(set(threads)) == 1
    assert threads[0] != threading.get_ident()


async def test_calls_are_done_in_the_order_they_were_made(registry: Registry, now: datetime) -> None:
    await registry.open_replacement("r1", user_id="8b2c", reason="worn", at=now)
    numbers = await asyncio.gather(*(registry.intend("r1", f"step {n}", now, {}) for n in range(20)))
    assert list(numbers) == sorted(numbers)


async def test_a_station_that_is_cancelled_closes_its_file(path: Path) -> None:
    entered = asyncio.Event()

    async def station() -> None:
        async with Registry.open(path):
            entered.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(station())
    await entered.wait()
    assert wal_size(path) is not None
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert wal_size(path) is None


async def test_registries_that_race_to_create_the_file_agree_on_one(path: Path, now: datetime) -> None:
    async def write(name: str) -> None:
        async with Registry.open(path) as registry:
            await registry.open_replacement(name, user_id="8b2c", reason="worn", at=now)

    names = [f"r{n}" for n in range(8)]
    await asyncio.gather(*(write(name) for name in names))
    async with Registry.open(path, read_only=True) as registry:
        assert sorted(each.id for each in await registry.unfinished()) == names
    assert {each.name.removeprefix(path.name) for each in path.parent.iterdir()} <= {"", "-wal", "-shm"}


async def test_two_processes_create_and_write_one_file(path: Path) -> None:
    writers = [writer(path, name, 12) for name in ("a", "b")]
    ends = await asyncio.gather(*(asyncio.to_thread(each.communicate, "", 30) for each in writers))
    assert [(out, each.returncode) for (out, _), each in zip(ends, writers, strict=True)] == [("written\n", 0)] * 2
    async with Registry.open(path) as registry:
        found = await registry.unfinished()
    assert sorted(each.id for each in found) == sorted(f"{name}{n}" for name in ("a", "b") for n in range(12))
    assert all([entry.step for entry in each.entries] == ["delete"] for each in found)


async def test_an_intent_outlives_the_process_that_was_killed_right_after_it(path: Path) -> None:
    with writer(path, "r", 3) as process:
        assert process.stdout is not None
        try:
            assert await asyncio.to_thread(process.stdout.readline) == "written\n"
        finally:
            os.kill(process.pid, signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert wal_size(path), "the file was closed, not left by a killed process"
    for read_only in (True, False):  # first as an onlooker who may not repair anything
        async with Registry.open(path, read_only=read_only) as registry:
            found = await registry.unfinished()
        assert [(each.id, [entry.step for entry in each.entries]) for each in found] == [
            (f"r{n}", ["delete"]) for n in range(3)
        ]
    with closing(sqlite3.connect(path)) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
