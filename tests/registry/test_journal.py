"""The journal keeps what was written, in order, all or nothing, and takes no secret."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from drivers.wire.secret import Secret
from kiosk.registry import (
    CodeState,
    Details,
    DuplicateError,
    IssuedCode,
    JournalEntry,
    NotFoundError,
    OpenReplacement,
    Phase,
    Registry,
    RegistryError,
)

pytestmark = pytest.mark.anyio


async def begin(registry: Registry, now: datetime, replacement: str = "r1") -> None:
    await registry.open_replacement(replacement, user_id="8b2c", reason="worn", at=now)


async def test_entries_come_back_in_the_order_they_were_written_though_the_clock_jumps(
    registry: Registry, now: datetime
) -> None:
    await begin(registry, now)
    details: Details = {"code_id": "a1", "days": 365, "dry": False, "digest": None, "name": "Zoë"}
    first = await registry.intend("r1", "delete", now, details)
    earlier = now - timedelta(hours=1)
    second = await registry.outcome("r1", "delete", earlier, "done", {})
    third = await registry.intend("r1", "create", now, {})
    assert first < second < third
    assert await registry.unfinished() == (
        OpenReplacement(
            id="r1",
            user_id="8b2c",
            reason="worn",
            opened_at=now,
            station="station",
            entries=(
                JournalEntry(
                    seq=first,
                    replacement="r1",
                    step="delete",
                    phase=Phase.INTENT,
                    at=now,
                    result=None,
                    details=details,
                ),
                JournalEntry(
                    seq=second,
                    replacement="r1",
                    step="delete",
                    phase=Phase.OUTCOME,
                    at=earlier,
                    result="done",
                    details={},
                ),
                JournalEntry(
                    seq=third, replacement="r1", step="create", phase=Phase.INTENT, at=now, result=None, details={}
                ),
            ),
        ),
    )


async def test_only_what_is_open_is_unfinished_oldest_first(registry: Registry, now: datetime) -> None:
    await begin(registry, now + timedelta(minutes=2), "later")
    await begin(registry, now, "first")
    await begin(registry, now + timedelta(minutes=1), "closed")
    await registry.intend("later", "delete", now, {})
    await registry.close_replacement("closed", at=now, result="done")
    found = await registry.unfinished()
    assert [(each.id, len(each.entries)) for each in found] == [("first", 0), ("later", 1)]


async def test_nothing_is_written_of_a_replacement_that_is_closed_or_was_never_opened(
    registry: Registry, now: datetime
) -> None:
    await begin(registry, now, "closed")
    await registry.close_replacement("closed", at=now, result="done")
    for replacement in ("closed", "never"):
        with pytest.raises(NotFoundError, match=replacement):
            await registry.intend(replacement, "delete", now, {})
        with pytest.raises(NotFoundError, match=replacement):
            await registry.outcome(replacement, "delete", now, "done", {})
        with pytest.raises(NotFoundError, match=replacement):
            await registry.close_replacement(replacement, at=now, result="done")


async def test_an_id_opens_one_replacement_even_after_it_was_closed(registry: Registry, now: datetime) -> None:
    await begin(registry, now)
    await registry.close_replacement("r1", at=now, result="done")
    with pytest.raises(DuplicateError, match="r1"):
        await begin(registry, now)


@pytest.mark.parametrize("detail", [Secret("ms-qrpin:v1|x"), b"ms-qrpin:v1|x", ["ms-qrpin:v1|x"], {"a": "ms-qrpin"}])
async def test_a_detail_is_a_plain_value_so_that_no_secret_gets_in(
    registry: Registry, now: datetime, detail: Any
) -> None:
    await begin(registry, now)
    with pytest.raises(TypeError, match="detail 'content'") as raised:
        await registry.intend("r1", "print", now, {"content": detail})
    assert "ms-qrpin" not in str(raised.value)
    (found,) = await registry.unfinished()
    assert found.entries == ()


async def test_a_value_the_database_refuses_is_in_no_error_text(registry: Registry, now: datetime) -> None:
    class Unbindable(str):
        __slots__ = ()

        def __conform__(self, protocol: object) -> list[str]:
            """What sqlite3 asks a value that it is to keep."""
            return [str(self)]

    content = Unbindable("ms-qrpin:v1|x")
    with pytest.raises(RegistryError) as raised:
        await registry.open_replacement("r1", user_id=content, reason="worn", at=now)
    assert "ms-qrpin" not in "".join(traceback.format_exception(raised.value))
    assert raised.value.__cause__ is None
    assert "ms-qrpin" not in str(raised.value.__context__)


async def test_a_code_and_its_journal_entry_are_written_together(
    registry: Registry, now: datetime, issue: Callable[..., IssuedCode]
) -> None:
    async with registry.transaction() as t:
        t.open_replacement("r1", user_id="8b2c", reason="worn", at=now)
        t.intend("r1", "create", now, {})
        t.add_code(issue("a1"))
        t.outcome("r1", "create", now, "done", {"code_id": "a1"})
        t.change_state("a1", CodeState.PRINTED, at=now, reason="worn")
        t.close_replacement("r1", at=now, result="done")
        assert await registry.code("a1") is None, "written before the block ended"
    code = await registry.code("a1")
    assert code is not None
    assert code.state is CodeState.PRINTED
    assert await registry.unfinished() == ()


async def test_of_a_transaction_that_fails_nothing_is_written(
    registry: Registry, now: datetime, issue: Callable[..., IssuedCode]
) -> None:
    await begin(registry, now)
    with pytest.raises(NotFoundError):  # noqa: PT012 - the block is what is tested
        async with registry.transaction() as t:
            t.add_code(issue("a1"))
            t.outcome("r1", "create", now, "done", {"code_id": "a1"})
            t.change_state("unknown", CodeState.REPLACED, at=now, reason="worn")
    assert await registry.code("a1") is None
    (found,) = await registry.unfinished()
    assert found.entries == ()


async def test_a_block_that_raises_writes_nothing(
    registry: Registry, now: datetime, issue: Callable[..., IssuedCode]
) -> None:
    class GraphWentAwayError(Exception):
        pass

    with pytest.raises(GraphWentAwayError):  # noqa: PT012 - the block is what is tested
        async with registry.transaction() as t:
            t.add_code(issue("a1"))
            raise GraphWentAwayError
    assert await registry.code("a1") is None


async def test_a_reader_in_another_registry_sees_what_was_written(path: Path, now: datetime) -> None:
    async with Registry.open(path) as station, Registry.open(path, read_only=True) as onlooker:
        await begin(station, now)
        await station.intend("r1", "delete", now, {})
        (found,) = await onlooker.unfinished()
        assert [entry.step for entry in found.entries] == ["delete"]
