"""Opening creates, upgrades or refuses; what is refused stays as it was, byte for byte."""

from __future__ import annotations

import logging
import os
import random
import sqlite3
import stat
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine

from kiosk.registry import RegistryError, codes, consistency, journal, upgrade
from kiosk.registry.connection import connect, transaction
from kiosk.registry.opening import open_registry
from kiosk.registry.schema import APPLICATION_ID, METADATA, REVISION

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(600)


def built(path: Path) -> Path:
    """A whole, empty registry at `path`, made as a station makes it."""
    open_registry(path).close()
    return path


def tampered(path: Path, *statements: str) -> Path:
    """A registry at `path` after `statements`."""
    with closing(sqlite3.connect(built(path))) as raw:
        for statement in statements:
            raw.execute(statement)
        raw.commit()
    return path


def refusal(path: Path, *, read_only: bool) -> RegistryError:
    """What opening says; the file must be there afterwards as it was, with only SQLite's own files beside it."""
    before = path.read_bytes()
    with pytest.raises(RegistryError) as raised:
        open_registry(path, read_only=read_only)
    assert path.read_bytes() == before
    beside = {each.name.removeprefix(path.name) for each in path.parent.iterdir()} - {"", "-wal", "-shm"}
    assert beside == set()
    assert str(path) in str(raised.value)
    assert raised.value.hint
    return raised.value


def test_a_new_registry_is_for_its_owner_alone(path: Path) -> None:
    connection = open_registry(path)
    try:
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()}
    finally:
        connection.close()
    assert set(modes) == {"registry.sqlite", "registry.sqlite-wal", "registry.sqlite-shm"}
    assert set(modes.values()) == {0o600}
    assert [each.name for each in path.parent.iterdir()] == ["registry.sqlite"]


@pytest.mark.parametrize("read_only", [False, True])
def test_the_settings_that_keep_data_are_in_force(path: Path, read_only: bool) -> None:  # noqa: FBT001
    built(path)
    with open_registry(path, read_only=read_only, busy_ms=1234) as connection:
        asked = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        said = [connection.exec_driver_sql(f"PRAGMA {each}").scalar() for each in asked]
    full = 2
    assert said == ["wal", full, 1, 1234]


@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty file"),
        (b"x", "not a registry"),
        (b"user,code\nzoe,a1\n", "not a registry"),
        (b"prose " * 2000, "not a registry"),
        (PNG, "not a registry"),
        (b"SQLite format 3\x00" + bytes(4080), "registry"),
        (b"SQLite format 3\x00" + random.Random(7).randbytes(8176), "registry"),
    ],
    ids=["empty", "byte", "csv", "text", "picture", "zeros", "noise"],
)
def test_a_file_that_is_not_sqlite_is_refused(tmp_path: Path, content: bytes, words: str, read_only: bool) -> None:  # noqa: FBT001
    path = tmp_path / "registry.sqlite"
    path.write_bytes(content)
    assert words in str(refusal(path, read_only=read_only))


@pytest.mark.parametrize("read_only", [False, True])
def test_another_programs_sqlite_file_is_refused(tmp_path: Path, read_only: bool) -> None:  # noqa: FBT001
    path = tmp_path / "places.sqlite"
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("CREATE TABLE places (url)")
    assert "another program" in str(refusal(path, read_only=read_only))


@pytest.mark.parametrize("read_only", [False, True])
def test_a_newer_schema_is_refused_with_words(path: Path, read_only: bool) -> None:  # noqa: FBT001
    tampered(path, "UPDATE alembic_version SET version_num = '9999'", "ALTER TABLE codes ADD COLUMN photo TEXT")
    error = refusal(path, read_only=read_only)
    assert "newer version" in str(error)
    assert "9999" in str(error)
    assert "Install" in error.hint


@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize("rubbish", [bytes(4096), b"\xff" * 4096, random.Random(7).randbytes(4096)])
def test_a_registry_with_one_bad_page_is_refused(path: Path, whole: Path, rubbish: bytes, read_only: bool) -> None:  # noqa: FBT001
    path.parent.mkdir()
    path.write_bytes(whole.read_bytes()[:-4096] + rubbish)
    assert "damaged" in str(refusal(path, read_only=read_only))


@pytest.mark.parametrize("read_only", [False, True])
def test_what_is_no_file_is_refused(tmp_path: Path, read_only: bool) -> None:  # noqa: FBT001
    with pytest.raises(RegistryError, match="is a folder"):
        open_registry(tmp_path, read_only=read_only)
    assert list(tmp_path.iterdir()) == []
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    with pytest.raises(RegistryError, match="not a regular file"):
        open_registry(fifo, read_only=read_only)
    with pytest.raises(RegistryError, match=r"cannot be opened|no registry"):
        open_registry(fifo / "registry.sqlite", read_only=read_only)


def test_reading_creates_nothing(path: Path) -> None:
    with pytest.raises(RegistryError, match="there is no registry"):
        open_registry(path, read_only=True)
    assert not path.parent.exists()


def before_the_first_revision(path: Path) -> Path:
    """What Alembic calls base: a registry without any of its tables."""
    with closing(sqlite3.connect(path)) as raw:
        raw.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        raw.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
    return path


def schema_of(raw: sqlite3.Connection) -> set[str]:
    rows = raw.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name <> 'alembic_version'")
    return {" ".join(sql.split()) for (sql,) in rows}


def test_an_older_registry_is_upgraded_where_it_may_be_written(tmp_path: Path) -> None:
    path = before_the_first_revision(tmp_path / "registry.sqlite")
    assert "older version" in str(refusal(path, read_only=True))
    with open_registry(path) as connection:
        assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() == REVISION
        assert connection.exec_driver_sql("SELECT count(*) FROM codes").scalar() == 0


def test_a_registry_of_the_first_schema_keeps_what_is_in_it(tmp_path: Path) -> None:
    path = before_the_first_revision(tmp_path / "registry.sqlite")
    with connect(path, "rw") as connection, transaction(connection, "IMMEDIATE"):
        upgrade.to_revision(connection, "0001")
    time = "2025-11-21T14:02:00.000000+00:00"
    with closing(sqlite3.connect(path)) as raw:
        code = ("a1", "8b2c", "zoe@contoso.example", "Zoe", "standard", bytes(32), *[time] * 3, "printed", None, "t")
        raw.execute("INSERT INTO codes VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", (*code, time, "worn"))
        raw.execute("INSERT INTO replacements VALUES ('r1', '8b2c', 'worn', ?, NULL, NULL)", (time,))
        raw.execute("INSERT INTO journal VALUES (1, 'r1', 'delete', 'intent', ?, NULL, '{}')", (time,))
        raw.commit()
    assert "older version" in str(refusal(path, read_only=True))
    with open_registry(path) as connection:
        assert [each.code_id for each in codes.everything(connection)] == ["a1"]
        assert [(each.state, each.reason) for each in codes.changes_of(connection, "a1")] == [("printed", "worn")]
        (found,) = journal.unfinished(connection)
        assert (found.id, found.plan, found.fence, len(found.entries)) == ("r1", (), None, 1)
        assert consistency.problems(connection) == ()
    with closing(sqlite3.connect(path)) as raw:
        upgraded = schema_of(raw)
    with closing(sqlite3.connect(built(tmp_path / "new.sqlite"))) as raw:
        assert schema_of(raw) == upgraded


def test_an_upgrade_that_fails_leaves_the_older_registry(tmp_path: Path) -> None:
    path = before_the_first_revision(tmp_path / "registry.sqlite")
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("CREATE TABLE journal (in_the_way)")  # the last table the first script makes
        before = schema_of(raw)
    with pytest.raises(RegistryError):
        open_registry(path)
    with closing(sqlite3.connect(path)) as raw:
        assert schema_of(raw) == before
        assert raw.execute("SELECT count(*) FROM alembic_version").fetchone() == (0,)


def test_the_scripts_make_the_schema_that_the_code_uses(path: Path) -> None:
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        METADATA.create_all(connection)
        declared = {
            " ".join(str(sql).split())
            for sql in connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL").scalars()
        }
    engine.dispose()
    with closing(sqlite3.connect(built(path))) as raw:
        assert schema_of(raw) == declared


def test_the_revision_the_code_expects_is_the_newest_script() -> None:
    assert ScriptDirectory.from_config(upgrade.config()).get_heads() == [REVISION]


def test_creating_prints_nothing_and_sets_no_logging_up(path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    before = (list(root.handlers), root.level, logging.getLogger("alembic").level)
    built(path)
    assert (list(root.handlers), root.level, logging.getLogger("alembic").level) == before
    assert capfd.readouterr() == ("", "")


def test_a_registry_of_this_version_opens_without_alembic(path: Path) -> None:
    built(path)
    script = (
        "import sys; from pathlib import Path; from kiosk.registry.opening import open_registry\n"
        "open_registry(Path(sys.argv[1])).close(); open_registry(Path(sys.argv[1]), read_only=True).close()\n"
        "sys.exit('alembic' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script, path], check=True)


@settings(max_examples=60, deadline=None)
@given(content=st.binary(min_size=1, max_size=300) | st.binary(max_size=300).map(b"SQLite format 3\x00".__add__))
def test_no_bytes_are_taken_for_a_registry(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "registry.sqlite"
        path.write_bytes(content)
        refusal(path, read_only=False)


# Half of the alterations are in the header and the schema, where most bytes mean something.
_PLACES = st.integers(0, 199) | st.integers(0, 60_000)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    altered=st.dictionaries(_PLACES, st.integers(0, 255), min_size=1, max_size=3),
    length=st.none() | st.integers(1, 60_000),
)
def test_a_registry_with_altered_bytes_opens_or_is_refused_with_words(
    whole: Path, altered: dict[int, int], length: int | None
) -> None:
    content = bytearray(whole.read_bytes())
    for place, value in altered.items():
        content[place % len(content)] = value
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "registry.sqlite"
        path.write_bytes(content[:length])
        try:
            connection = open_registry(path)
        except RegistryError:
            assert path.read_bytes() == content[:length]
        else:
            connection.close()
