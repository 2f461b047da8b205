"""A damaged registry is set aside as it is, and what can be read of it is in the new one."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from kiosk.registry import CodeState, DamagedError, IssuedCode, Order, Registry, RegistryError
from kiosk.registry.salvage import aside

# ruff: noqa: ASYNC240 - nothing else runs on these loops
pytestmark = pytest.mark.anyio


def damage(path: Path, table: str) -> bytes:
    """Overwrite the page where a table begins; the file as it is then."""
    with closing(sqlite3.connect(path)) as raw:
        ((page,),) = raw.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchall()
        ((size,),) = raw.execute("PRAGMA page_size").fetchall()
    content = bytearray(path.read_bytes())
    content[(page - 1) * size : page * size] = b"\xff" * size
    path.write_bytes(content)
    return bytes(content)


async def fill(path: Path, issue: Callable[..., IssuedCode], now: datetime) -> None:
    async with Registry.open(path, station="till") as registry:
        await registry.add_code(issue("a1"))
        await registry.change_state("a1", CodeState.PRINTED, at=now, reason="worn")
        lease = await registry.take_lease("8b2c", "me", now, 60)
        await registry.open_replacement("r1", user_id="8b2c", reason="worn", at=now, order=Order(fence=lease.fence))
        await registry.intend("r1", "delete", now, {"code_id": "a1"})


async def test_without_being_told_to_nothing_is_set_aside(
    made: Path, issue: Callable[..., IssuedCode], now: datetime
) -> None:
    await fill(made, issue, now)
    before = damage(made, "scans")
    with pytest.raises(DamagedError):
        async with Registry.open(made):
            pass
    with pytest.raises(DamagedError):
        async with Registry.open(made, read_only=True, mend_at=now):
            pass
    assert made.read_bytes() == before


@pytest.mark.parametrize("lost", ["scans", "codes", "journal", "audit"])
async def test_what_can_be_read_is_in_the_new_registry(
    made: Path, issue: Callable[..., IssuedCode], now: datetime, lost: str
) -> None:
    await fill(made, issue, now)
    before = damage(made, lost)
    async with Registry.open(made, station="till", mend_at=now) as registry:
        saved = registry.begun_anew
        assert saved is not None
        assert saved.set_aside.read_bytes() == before
        assert saved.set_aside.name == "registry.sqlite.damaged-20251121T140200"
        code = await registry.code_by_digest(issue("a1").digest)
        as_it_was = replace(issue("a1"), state=CodeState.PRINTED, reason="worn")
        nameless = replace(as_it_was, upn="", display_name="")
        assert code == (nameless if lost == "codes" else as_it_was)
        (found,) = await registry.unfinished()
        assert len(found.entries) == (lost != "journal")
        (entry,) = await registry.audit()
        assert (entry.chain, entry.action) == ("till~2", "registry_begun_anew")
        assert entry.details["seq"] == (None if lost == "audit" else 4)
        assert (await registry.verify()).broken is None
        assert await registry.problems() == ()
    async with Registry.open(made, station="till", mend_at=now) as registry:
        assert registry.begun_anew is None, "what was taken over once is not taken over again"
        await registry.note("approved", at=now)
        assert [each.chain for each in await registry.audit()] == ["till~2", "till~2"]
    assert aside(made) == (saved.set_aside,)


async def test_a_station_stopped_after_setting_aside_takes_over_at_the_next_start(
    made: Path, issue: Callable[..., IssuedCode], now: datetime
) -> None:
    await fill(made, issue, now)
    damage(made, "scans")
    made.rename(made.with_name(f"{made.name}.damaged-20251121T140200"))
    async with Registry.open(made, station="till", mend_at=now) as registry:
        assert registry.begun_anew is not None
        assert await registry.code("a1") is not None


async def test_one_that_was_set_aside_is_never_overwritten(
    made: Path, issue: Callable[..., IssuedCode], now: datetime
) -> None:
    await fill(made, issue, now)
    first = damage(made, "scans")
    async with Registry.open(made, station="till", mend_at=now):
        pass
    second = damage(made, "scans")
    with pytest.raises(RegistryError, match="is there already"):
        async with Registry.open(made, station="till", mend_at=now):
            pass
    assert [each.read_bytes() for each in aside(made)] == [first]
    assert made.read_bytes() == second
