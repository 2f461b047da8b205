"""Work lists that can be put down and taken up again, and supervisors whose PIN is never kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.wire.secret import Secret
from kiosk.registry import DuplicateError, IssuedCode, ListKind, NotFoundError, Registry, RowState
from kiosk.registry.supervisors import PinDelayedError, wait_after
from kiosk.registry.work_lists import RowStateError, may_move

pytestmark = pytest.mark.anyio

PEOPLE = [("u1", "a@contoso.example"), ("u2", "b@contoso.example"), ("u3", "c@contoso.example")]


async def test_a_list_goes_in_order_and_is_resumed(made: Path, now: datetime) -> None:
    async with Registry.open(made) as registry:
        await registry.lists.open("l1", ListKind.REISSUE, [*PEOPLE, PEOPLE[0]], at=now, by="boss")
        assert await registry.lists.next("l1") is None
        for user_id in ("u3", "u2"):
            await registry.lists.mark("l1", user_id, RowState.APPROVED, at=now, actor="boss")
        first = await registry.lists.next("l1")
        assert first is not None
        assert (first.user_id, first.place) == ("u2", 2)
        await registry.lists.mark("l1", "u3", RowState.IN_PROGRESS, at=now, replacement="r1")
    async with Registry.open(made) as registry:
        left = await registry.lists.next("l1")
        assert left is not None
        assert (left.user_id, left.replacement) == ("u3", "r1")
        (found,) = await registry.lists.all()
        assert found.open
        assert found.states == {RowState.WAITING: 1, RowState.APPROVED: 1, RowState.IN_PROGRESS: 1}
        assert [row.user_id for row in await registry.lists.rows("l1")] == ["u1", "u2", "u3"]
        assert (await registry.verify()).broken is None


async def test_a_scan_finds_the_printed_row_it_belongs_to(
    registry: Registry, issue: Callable[..., IssuedCode], now: datetime
) -> None:
    await registry.lists.open("l1", ListKind.ENROL, PEOPLE, at=now, by="boss")
    for n, (user_id, _) in enumerate(PEOPLE[:2]):
        code = issue(f"c{n}", user_id=user_id)
        await registry.add_code(code)
        for state in (RowState.APPROVED, RowState.IN_PROGRESS, RowState.PRINTED):
            await registry.lists.mark("l1", user_id, state, at=now, code_id=code.code_id.upper())
    assert await registry.lists.not_scanned() == await registry.lists.not_scanned("l1") == 2
    row = await registry.lists.row_of_digest(issue("c1").digest)
    assert row is not None
    assert row.user_id == "u2"
    await registry.lists.mark("l1", "u2", RowState.SCANNED, at=now)
    assert await registry.lists.row_of_digest(issue("c1").digest) is None
    assert await registry.lists.row_of_digest(bytes(32)) is None
    assert await registry.lists.not_scanned() == 1


async def test_what_makes_no_sense_of_a_row_is_refused(registry: Registry, now: datetime) -> None:
    await registry.lists.open("l1", ListKind.EXTEND, PEOPLE, at=now, by="boss")
    with pytest.raises(DuplicateError):
        await registry.lists.open("l1", ListKind.EXTEND, [], at=now, by="boss")
    with pytest.raises(RowStateError):
        await registry.lists.mark("l1", "u1", RowState.PRINTED, at=now)
    with pytest.raises(NotFoundError):
        await registry.lists.mark("l1", "u9", RowState.APPROVED, at=now)


@given(before=st.sampled_from(RowState), after=st.sampled_from(RowState))
def test_what_is_done_stays_done_and_nothing_is_printed_unapproved(before: RowState, after: RowState) -> None:
    if before is RowState.DONE:
        assert may_move(before, after) == (after is RowState.DONE)
    if after is RowState.PRINTED and may_move(before, after):
        assert before in {RowState.IN_PROGRESS, RowState.PRINTED}


async def test_a_pin_is_right_or_wrong_and_never_kept(made: Path, now: datetime) -> None:
    pin = Secret("824619")
    async with Registry.open(made) as registry:
        await registry.supervisors.add("boss", "boss@contoso.example", pin, at=now)
        with pytest.raises(DuplicateError):
            await registry.supervisors.add("boss", "boss@contoso.example", pin, at=now)
        assert await registry.supervisors.try_pin("boss", pin, at=now)
        assert not await registry.supervisors.try_pin("boss", Secret("824610"), at=now)
        assert not await registry.supervisors.try_pin("nobody", pin, at=now)
        (kept,) = await registry.supervisors.all()
        assert (kept.user_id, kept.failures) == ("boss", 1)
        dump = await registry.read(lambda opened: "\n".join(opened.connection.driver_connection.iterdump()))
        actions = [(entry.action, entry.subject) for entry in await registry.audit()]
        await registry.supervisors.remove("boss", at=now)
        assert await registry.supervisors.all() == ()
    assert "824619" not in dump
    assert "$argon2id$" in dump
    assert actions == [
        ("supervisor_added", "boss"),
        ("pin_right", "boss"),
        ("pin_wrong", "boss"),
        ("pin_wrong", "nobody"),
    ]


async def test_after_wrong_pins_the_right_one_has_to_wait_also_after_a_restart(made: Path, now: datetime) -> None:
    pin = Secret("824619")
    async with Registry.open(made) as registry:
        await registry.supervisors.add("boss", "boss@contoso.example", pin, at=now)
        for _ in range(3):
            assert not await registry.supervisors.try_pin("boss", Secret("000000"), at=now)
    async with Registry.open(made) as registry:
        with pytest.raises(PinDelayedError) as raised:
            await registry.supervisors.try_pin("boss", pin, at=now + timedelta(seconds=4))
        assert raised.value.not_before == now + timedelta(seconds=5)
        assert await registry.supervisors.try_pin("boss", pin, at=now + timedelta(seconds=5))
        (kept,) = await registry.supervisors.all()
        assert (kept.failures, kept.not_before) == (0, None)


@given(failures=st.integers(0, 10_000))
def test_the_wait_only_grows_up_to_an_hour(failures: int) -> None:
    assert wait_after(failures) <= wait_after(failures + 1) <= timedelta(hours=1)
