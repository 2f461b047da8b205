"""A disk that is full, read-only or failing, and a file that is locked: words, and nothing half-written."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Literal

import pytest

from kiosk.registry import IssuedCode, Registry, RegistryError
from kiosk.registry.audit import Writing
from kiosk.registry.opening import open_registry

pytestmark = pytest.mark.anyio

# Opens each registry named, as "read" or "write" with files of at most so many bytes, and says what came of it.
OPENER = """
import json, resource, sys
from pathlib import Path
from kiosk.registry import RegistryError
from kiosk.registry.opening import open_registry
_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
for path, how, limit in json.loads(sys.argv[1]):
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard if limit is None else limit, hard))
    try:
        with open_registry(Path(path), read_only=how == "read") as connection:
            said = f"opened {connection.exec_driver_sql('SELECT count(*) FROM codes').scalar()}"
    except RegistryError as error:
        said = f"{error} {error.hint}"
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    print(said)
"""


Job = tuple[Path, Literal["read", "write"], int | None]


def opener(*jobs: Job, before: tuple[str, ...] = ()) -> list[str]:
    """What OPENER says of each job (path, how, limit), in a process of its own that is started through `before`."""
    argument = json.dumps([(str(path), how, limit) for path, how, limit in jobs])
    command = [*before, sys.executable, "-B", "-c", OPENER, argument]
    ran = subprocess.run(command, check=True, capture_output=True, text=True)
    assert ran.stderr == ""
    return ran.stdout.splitlines()


def without_roots_privilege() -> tuple[str, ...]:
    """Root may write anywhere, unless started without that capability."""
    if os.geteuid() != 0:
        return ()
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        pytest.skip("root without setpriv can write anywhere")
    return (setpriv, "--bounding-set=-dac_override,-dac_read_search", "--")


async def limit_pages(registry: Registry, more: int) -> None:
    """From now on SQLite finds the disk full after `more` further pages."""
    pages = await registry.read(lambda opened: opened.exec_driver_sql("PRAGMA page_count").scalar_one())
    await registry.read(lambda opened: opened.exec_driver_sql(f"PRAGMA max_page_count = {pages + more}").scalar())


async def test_a_full_disk_is_said_and_what_was_written_before_stays(
    path: Path, issue: Callable[..., IssuedCode], now: datetime
) -> None:
    async with Registry.open(path) as registry:
        await registry.open_replacement("r1", user_id="8b2c", reason="worn", at=now)
        await registry.add_code(issue("a1"))
        await limit_pages(registry, 1)
        with pytest.raises(RegistryError, match="disk is full") as raised:  # noqa: PT012 - the block is what is tested
            async with registry.transaction() as t:
                t.outcome("r1", "create", now, "done", {"code_id": "b2"})
                t.add_code(issue("b2", reason="x" * 20_000))
        assert "xxx" not in str(raised.value)
        await limit_pages(registry, 1_000)
        assert await registry.code("b2") is None
        await registry.add_code(issue("c3"))
    async with Registry.open(path) as registry:
        assert {code.code_id for code in await registry.codes_of("8b2c")} == {"a1", "c3"}
        (found,) = await registry.unfinished()
        assert found.entries == ()


def test_a_registry_that_does_not_fit_is_not_there_at_all(path: Path) -> None:
    path.parent.mkdir()
    said = opener((path, "write", 0), (path, "write", 5_000), (path, "write", 30_000))
    assert ["the disk" in each for each in said] == [True, True, True]
    assert list(path.parent.iterdir()) == []


def test_what_may_be_read_and_not_written_is_read_and_not_written(tmp_path: Path, whole: Path) -> None:
    folder, closed = tmp_path / "read-only", tmp_path / "closed"
    for each in (folder, closed):
        each.mkdir()
        shutil.copy(whole, each / "registry.sqlite")
    path, missing, hidden = folder / "registry.sqlite", folder / "missing.sqlite", closed / "registry.sqlite"
    path.chmod(0o400)
    folder.chmod(0o500)
    closed.chmod(0o000)
    jobs: list[Job] = [(path, "read", None), (path, "write", None), (missing, "write", None), (hidden, "write", None)]
    try:
        read, written, created, opened = opener(*jobs, before=without_roots_privilege())
    finally:
        folder.chmod(0o700)
        closed.chmod(0o700)
    assert read == "opened 0"
    assert "must be writable by the user" in written
    assert "must be writable by the user" in created
    assert "Permission denied" in opened
    assert list(folder.iterdir()) == [path]
    assert path.read_bytes() == whole.read_bytes()


async def test_a_locked_file_is_said_and_the_next_write_goes_through(
    path: Path, issue: Callable[..., IssuedCode]
) -> None:
    async with Registry.open(path, busy_ms=20) as registry:
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(RegistryError, match="locked by another process") as raised:
                await registry.add_code(issue("a1"))
            assert raised.value.hint
            assert await registry.code("a1") is None
        await registry.add_code(issue("a1"))
        assert await registry.code("a1") == issue("a1")


async def test_a_write_holds_the_lock_from_its_beginning(path: Path, registry: Registry) -> None:
    """A write that first reads, and takes the lock only then, fails at once when another process was faster."""

    def other_process_is_kept_out(_: Writing) -> None:
        other = sqlite3.connect(path, isolation_level=None, timeout=0)
        with closing(other), pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")

    await registry.write(other_process_is_kept_out)


def test_a_file_locked_whole_is_said_at_open(path: Path) -> None:
    open_registry(path).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        for read_only in (False, True):
            with pytest.raises(RegistryError, match="locked by another process"):
                open_registry(path, read_only=read_only, busy_ms=20)
    open_registry(path).close()
