"""A sample of `make test-crash`, small enough for every run of the tests."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from tests.crash import disk, faults, kills, power
from tests.crash.disk import Event
from tests.crash.scene import Scene
from tests.crash.stage import Stage, stage
from tests.crash.trial import Pick, Trial


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage(tmp_path_factory.mktemp("crash")) as made:
        yield made


def test_killed_and_recovered(staged: Stage) -> None:
    """A reissue, at a few of its points; the worker ends with one badge that signs in."""
    tried = list(kills.trials(staged, "worn", Pick(every=38, again=0)))
    assert [trial for trial in tried if trial.broken] == []
    assert len(tried) >= 3


def test_killed_during_recovery_too(staged: Stage) -> None:
    tried = list(kills.trials(staged, "found", Pick(every=54, again=18)))
    assert [trial for trial in tried if trial.broken] == []
    assert {trial.kind for trial in tried} == {"killed", "killed again", "again", "again, alike"}


def test_graph_goes_away_after_the_delete(staged: Stage) -> None:
    """For good, and nothing else is wrong: the worker has a badge that works before Graph is back."""
    number = Scene(staged, "worn").replace().points.index("after DELETE standardQRCode") + 1
    trial = Trial("worn", "Graph gone", "after DELETE")
    assert faults.tried(staged, trial, number, faults.fails("503", times=None)).broken == []


def test_the_power_goes(staged: Stage) -> None:
    """What was not synced is lost; and the same disk, had nothing been synced, breaks a promise."""
    if why := power.unavailable():
        pytest.skip(why)
    scene, traced = power.trace(staged, "found", staged.folder)
    tried = list(power.cuts(scene, traced, Pick(every=9), "unsynced lost"))
    assert [trial for trial in tried if trial.broken] == []
    assert len(tried) >= 3
    traced.events = [event for event in traced.events if event.kind != "sync"]
    unsynced = list(power.cuts(scene, traced, Pick(), "unsynced lost"))
    assert any(trial.broken for trial in unsynced)


TRACE = r"""
7  openat(AT_FDCWD, "/d/registry.db-wal", O_RDWR) = 5
7  pwrite64(5</d/registry.db-wal>, "\x61\x62\x63", 3, 2) = 3
8  access("/point-1", F_OK) = -1 ENOENT (No such file or directory)
7  fdatasync(5</d/registry.db-wal> <unfinished ...>
8  access("/point-2", F_OK) = -1 ENOENT (No such file or directory)
7  <... fdatasync resumed>) = 0
7  pwrite64(5</d/registry.db-wal>, "\x64", 1, 0) = 1
7  write(4</d/other>, "\x64", 1) = 1
7  pwrite64(5</d/registry.db-wal>, "\x65", 1, 0) = -1 EFBIG (File too large)
7  ftruncate(5</d/registry.db-wal>, 1) = 0
7  unlink("\x2f\x64\x2f\x72\x65\x67\x69\x73\x74\x72\x79\x2e\x64\x62\x2d\x77\x61\x6c") = 0
7  +++ killed by SIGKILL +++
"""


def test_a_trace_is_read_as_the_kernel_did_it() -> None:
    """A call is done where it ends, one that failed did nothing, and other files are no concern."""
    wal = "registry.db-wal"
    assert list(disk.events(TRACE.splitlines(), "registry")) == [
        Event("write", wal, 2, b"abc"),
        Event("mark", "", 1),
        Event("mark", "", 2),
        Event("sync", wal),
        Event("write", wal, 0, b"d"),
        Event("truncate", wal, 1),
        Event("unlink", wal),
    ]


def test_a_disk_keeps_what_was_synced_and_of_the_rest_what_it_likes() -> None:
    old, new = b"o" * 1024, b"n" * 1024
    done = [Event("write", "f", 0, b"s" * 512), Event("sync", "f"), Event("write", "f", 0, new)]
    assert disk.after({"f": old}, done) == {"f": b"s" * 512 + b"o" * 512}
    ends = {disk.after({"f": old}, done, random.Random(seed))["f"] for seed in range(40)}
    assert ends == {first * 512 + second * 512 for first in (b"s", b"n") for second in (b"o", b"n")}
    assert disk.after({"f": old}, [*done, Event("unlink", "f")]) == {}
