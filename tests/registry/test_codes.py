"""What was issued is found again as it was, and changes only as told."""

from __future__ import annotations

import sqlite3
import traceback
from collections.abc import Callable
from contextlib import closing, nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from kiosk.registry import CodeState, DuplicateError, IssuedCode, NotFoundError, Registry, RegistryError

pytestmark = pytest.mark.anyio

Issue = Callable[..., IssuedCode]


async def test_a_code_comes_back_as_it_was(registry: Registry, issue: Issue) -> None:
    code = issue("a1", state=CodeState.PRINTED, reason="worn", replaced_by="b2")
    await registry.add_code(code)
    assert await registry.code("a1") == code
    assert await registry.code_by_digest(code.digest) == code
    assert await registry.codes_of(code.user_id) == (code,)


async def test_a_code_is_still_there_when_the_file_is_opened_again(path: Path, issue: Issue) -> None:
    code = issue("a1")
    async with Registry.open(path) as registry:
        await registry.add_code(code)
    async with Registry.open(path, read_only=True) as registry:
        assert await registry.code("a1") == code


async def test_what_is_open_to_read_cannot_be_written(path: Path, registry: Registry, issue: Issue) -> None:
    code = issue("a1")
    await registry.add_code(code)
    async with Registry.open(path, read_only=True) as onlooker:
        with pytest.raises(RegistryError, match="cannot be written"):
            await onlooker.change_state("a1", CodeState.REVOKED, at=code.changed_at, reason="")
        assert await onlooker.code("a1") == code
    assert await registry.code("a1") == code


async def test_nothing_is_found_where_nothing_is(registry: Registry) -> None:
    assert await registry.code("a1") is None
    assert await registry.code_by_digest(bytes(32)) is None
    assert await registry.codes_of("8b2c") == ()


async def test_an_id_is_the_same_in_either_case(registry: Registry, issue: Issue) -> None:
    await registry.add_code(issue("AbC-1", replaced_by="DEF"))
    found = await registry.code("aBc-1")
    assert found is not None
    assert (found.code_id, found.replaced_by) == ("abc-1", "def")
    await registry.change_state("ABC-1", CodeState.REPLACED, at=found.changed_at, reason="worn", replaced_by="GHI")
    changed = await registry.code("abc-1")
    assert changed is not None
    assert changed.replaced_by == "ghi"


async def test_a_users_codes_come_newest_first(registry: Registry, issue: Issue, now: datetime) -> None:
    days = {"old": 0, "newest": 9, "middle": 4}
    for code_id, day in days.items():
        await registry.add_code(issue(code_id, issued_at=now + timedelta(days=day)))
    await registry.add_code(issue("other", user_id="someone else"))
    assert [code.code_id for code in await registry.codes_of("8b2c")] == ["newest", "middle", "old"]


@pytest.mark.parametrize("second", [{"code_id": "a1"}, {"code_id": "A1"}, {"code_id": "b2", "digest": b"d" * 32}])
async def test_an_id_or_a_digest_is_added_once(registry: Registry, issue: Issue, second: dict[str, Any]) -> None:
    first = issue("a1", digest=b"d" * 32)
    await registry.add_code(first)
    again = issue(**{"digest": b"e" * 32, "upn": "max@contoso.example", **second})
    with pytest.raises(DuplicateError) as raised:
        await registry.add_code(again)
    shown = "".join(traceback.format_exception(raised.value)) + raised.value.hint
    assert "max@contoso.example" not in shown
    assert "eeee" not in shown
    assert sum((await registry.counts()).values()) == 1
    assert await registry.code("a1") == first


async def test_a_change_touches_that_code_and_only_what_it_says(
    registry: Registry, issue: Issue, now: datetime
) -> None:
    first, other = issue("a1"), issue("b2")
    await registry.add_code(first)
    await registry.add_code(other)
    later = now + timedelta(minutes=3)
    await registry.change_state("a1", CodeState.REPLACED, at=later, reason="lost", replaced_by="b2")
    expected = replace(first, state=CodeState.REPLACED, changed_at=later, reason="lost", replaced_by="b2")
    assert await registry.code("a1") == expected
    assert await registry.code("b2") == other


async def test_who_replaced_a_code_is_not_forgotten_by_a_later_change(
    registry: Registry, issue: Issue, now: datetime
) -> None:
    await registry.add_code(issue("a1", state=CodeState.REPLACED, replaced_by="b2"))
    await registry.change_state("a1", CodeState.REVOKED, at=now, reason="deleted in Graph")
    changed = await registry.code("a1")
    assert changed is not None
    assert changed.replaced_by == "b2"


async def test_a_change_of_an_unknown_code_is_an_error(registry: Registry, now: datetime) -> None:
    with pytest.raises(NotFoundError, match="no code a1"):
        await registry.change_state("A1", CodeState.PRINTED, at=now, reason="")


async def test_codes_are_counted_by_state(registry: Registry, issue: Issue) -> None:
    assert await registry.counts() == dict.fromkeys(CodeState, 0)
    for code_id, state in {"a": CodeState.USED, "b": CodeState.USED, "c": CodeState.EXPIRED}.items():
        await registry.add_code(issue(code_id, state=state))
    counted = await registry.counts()
    assert counted == {**dict.fromkeys(CodeState, 0), CodeState.USED: 2, CodeState.EXPIRED: 1}


async def test_times_come_back_in_utc_whatever_zone_they_had(registry: Registry, issue: Issue, now: datetime) -> None:
    local = now.astimezone(timezone(timedelta(hours=-7)))
    await registry.add_code(issue("a1", issued_at=local, expire_at=local))
    found = await registry.code("a1")
    assert found is not None
    assert found.expire_at == now
    assert found.expire_at.tzinfo == UTC


async def test_a_time_without_a_zone_is_refused_and_nothing_written(
    registry: Registry, issue: Issue, now: datetime
) -> None:
    with pytest.raises(ValueError, match="zone"):
        await registry.add_code(issue("a1", start_at=now.replace(tzinfo=None)))
    assert await registry.code("a1") is None


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_digest_has_32_bytes(issue: Issue, size: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        issue("a1", digest=bytes(size))


@pytest.mark.parametrize("rot", ["kind = 'stanfard'", "expire_at = 'never'", "upn = CAST(x'ff' AS TEXT)"])
async def test_a_row_that_makes_no_sense_is_damage_and_not_a_crash(
    registry: Registry, path: Path, issue: Issue, rot: str
) -> None:
    await registry.add_code(issue("a1"))
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("PRAGMA ignore_check_constraints = ON")
        raw.execute(f"UPDATE codes SET {rot}")  # noqa: S608
        raw.commit()
    with pytest.raises(RegistryError, match="damaged"):
        await registry.code("a1")


_ROW = {
    "code_id": "a1",
    "user_id": "8b2c",
    "upn": "u",
    "display_name": "n",
    "kind": "standard",
    "digest": bytes(32),
    "issued_at": "t",
    "start_at": "t",
    "expire_at": "t",
    "state": "created",
    "station": "s",
    "changed_at": "t",
    "reason": "",
}


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "copied"},
        {"state": "lost"},
        {"digest": bytes(31)},
        {"digest": "d" * 32},  # text of the right length: STRICT refuses it
        {"code_id": "A1"},
        {"upn": None},
        {},
    ],
    ids=str,
)
async def test_the_database_itself_refuses_what_is_no_code(
    registry: Registry, path: Path, wrong: dict[str, Any]
) -> None:
    sql = f"INSERT INTO codes ({', '.join(_ROW)}) VALUES ({', '.join(f':{name}' for name in _ROW)})"  # noqa: S608
    with closing(sqlite3.connect(path)) as raw, pytest.raises(sqlite3.IntegrityError) if wrong else nullcontext():
        raw.execute(sql, {**_ROW, **wrong})
