"""Whoever is erased stands nowhere any more, but where a verdict, a recovery or a rule still goes by who they are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import anyio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drivers.wire.secret import Secret
from kiosk.badge.kind import CodeKind
from kiosk.registry import (
    CodeElsewhere,
    CodeState,
    Dropped,
    IssuedCode,
    ListKind,
    NotFoundError,
    Order,
    Registry,
    RowState,
    Stays,
)
from kiosk.registry.states import ENDED_CODES
from tests.registry.conftest import NOW, _issue

pytestmark = pytest.mark.anyio

WHO, UPN, NAME = "8b2c0000-5eed-4e11-a000-00000000beef", "zoe.secretname@contoso.example", "Zoë Geheimname"
DAY = timedelta(days=1)
Issue = Callable[..., IssuedCode]


def hers(code_id: str, **changed: object) -> IssuedCode:
    return _issue(code_id, **{"user_id": WHO, "upn": UPN, "display_name": NAME, **changed})


def elsewhere(code_id: str, expire: datetime) -> CodeElsewhere:
    dates = {"start_at": NOW - 400 * DAY, "expire_at": expire, "noted_at": NOW}
    return CodeElsewhere(
        code_id=code_id,
        user_id=WHO,
        upn=UPN,
        kind=CodeKind.STANDARD,
        state=CodeState.CREATED,
        source="a.csv",
        **dates,
    )


def on_disk(path: Path) -> bytes:
    """Everything that SQLite keeps."""
    return b"".join(file.read_bytes() for file in path.parent.iterdir())


def named(path: Path) -> list[str]:
    return [word for word in (WHO, UPN, NAME) if word.encode() in on_disk(path)]


async def lived(registry: Registry, *, at: datetime) -> None:
    """A person enrolled by a list, who approved something for another, and whose badges are replaced and revoked."""
    await registry.lists.open("l1", ListKind.ENROL, [(WHO, UPN), ("u2", "b@contoso.example")], at=at, by=WHO)
    await registry.lists.mark("l1", WHO, RowState.APPROVED, at=at, actor="boss")
    await registry.lists.mark("l1", WHO, RowState.IN_PROGRESS, at=at, replacement="r1")
    lease = await registry.take_lease(WHO, "station", at, 60)
    await registry.open_replacement(
        "r1", user_id=WHO, reason="new_here", at=at, order=Order(approver="boss", remove="c0", fence=lease.fence)
    )
    await registry.intend("r1", "create_method", at, {"code_id": "c1"}, lease=lease)
    await registry.outcome("r1", "create_method", at, "done", {})
    await registry.close_replacement("r1", at=at, result="done")
    await registry.release(lease)
    await registry.lists.mark("l1", WHO, RowState.DONE, at=at)
    await registry.open_replacement(
        "r2", user_id="u2", reason="worn", at=at, order=Order(approver="x", second_approver=WHO)
    )
    await registry.close_replacement("r2", at=at, result="done")
    for code_id, state in (("c1", CodeState.REPLACED), ("c2", CodeState.REVOKED)):
        await registry.add_code(hers(code_id, issued_at=at, changed_at=at))
        await registry.change_state(code_id, state, at=at, reason="worn")


async def test_whoever_left_stands_nowhere_any_more(made: Path, now: datetime) -> None:
    """Not in a row, not in the log beside the file, not in a part of it that is no longer used."""
    async with Registry.open(made) as registry:
        await lived(registry, at=now - 2 * DAY)
        await registry.keep_elsewhere([elsewhere("e1", now - DAY)], at=now)
        assert named(made) == [WHO, UPN, NAME]

        erased = await registry.erase_person(WHO.upper(), at=now)

        assert erased.stays == Stays()
        assert (erased.dropped.codes, erased.dropped.codes_elsewhere) == (2, 1)
        assert (erased.dropped.replacements, erased.dropped.list_rows) == (1, 1)
        assert named(made) == [], "while the station runs"
        assert (await registry.verify()).broken is None
        assert await registry.problems() == ()
        ended = await registry.code("C1")
        assert ended is not None
        assert (ended.state, ended.digest, ended.user_id, ended.upn) == (
            CodeState.REPLACED,
            hers("c1").digest,
            "",
            "",
        )
        first, other = await registry.lists.rows("l1")
        assert (first.place, first.state, first.upn, other.upn) == (1, RowState.DONE, "", "b@contoso.example")
        with pytest.raises(NotFoundError, match="nothing here names"):
            await registry.erase_person(WHO, at=now)
    assert named(made) == []


async def test_what_is_not_over_stays_and_is_counted(registry: Registry, now: datetime) -> None:
    """A badge that may be in a hand, what is to be finished, what the policy goes by, a PIN to approve with."""
    await lived(registry, at=now - timedelta(hours=23))
    await registry.add_code(hers("alive", expire_at=now + 9 * DAY, state=CodeState.SCANNED))
    await registry.add_code(hers("over", expire_at=now - DAY, state=CodeState.USED))
    await registry.keep_elsewhere([elsewhere("e1", now + 4 * DAY)], at=now)
    await registry.open_replacement("r3", user_id=WHO, reason="worn", at=now)
    await registry.note("replacement_resumed", at=now, actor=WHO, subject="u2", details={"replacement": "r2"})
    await registry.lists.open("l2", ListKind.REISSUE, [(WHO, UPN)], at=now, by="boss")
    await registry.supervisors.add(WHO, UPN, Secret("824619"), at=now)

    erased = await registry.erase_person(WHO, at=now, actor="boss")

    assert erased.stays == Stays(codes=2, until=now + 9 * DAY, open=1, recent=3, list_rows=1, supervisor=True)
    assert erased.dropped.codes == 3
    kept = await registry.code("alive")
    assert kept is not None
    assert (kept.user_id, kept.upn) == (WHO, UPN)
    assert [each.approver for each in await registry.approvals_of(WHO, now - DAY)] == ["boss", "boss"]
    assert [each.id for each in await registry.unfinished()] == ["r3"]
    assert (await registry.verify()).broken is None
    assert await registry.problems() == ()


async def test_what_ended_long_ago_is_emptied_by_age(made: Path, now: datetime) -> None:
    """Everybody's, and nobody's who has a badge."""
    async with Registry.open(made) as registry:
        await lived(registry, at=now - 181 * DAY)
        await registry.keep_elsewhere([elsewhere("e1", now - 181 * DAY)], at=now - 190 * DAY)
        await registry.add_code(
            hers("over", expire_at=now - 181 * DAY, issued_at=now - 300 * DAY, changed_at=now - 300 * DAY)
        )
        await registry.add_code(_issue("young"))
        await registry.change_state("young", CodeState.REPLACED, at=now - 179 * DAY, reason="worn")

        dropped = await registry.retain(at=now, days=180)

        assert (dropped.codes, dropped.codes_elsewhere, dropped.replacements, dropped.list_rows) == (3, 1, 2, 1)
        assert await registry.retain(at=now, days=180) == Dropped()
        assert {code.code_id for code in await registry.codes() if code.user_id} == {"young"}
        assert (await registry.verify()).broken is None
        assert await registry.problems() == ()
    assert named(made) == []


async def test_a_fence_is_never_given_twice(registry: Registry, now: datetime) -> None:
    """Not to who comes back after all that was known of them is gone: somebody may still hold the old one."""
    asleep = await registry.take_lease(WHO, "asleep", now, 1)
    for _ in range(3):
        later = await registry.take_lease(WHO, "another", now + DAY, 60)
        await registry.release(later)
    await registry.note("refused", at=now, subject=WHO)
    await registry.erase_person(WHO, at=now + DAY)
    held = await registry.take_lease("somebody else", "station", now + DAY, 600)
    await registry.release(held)
    await registry.retain(at=now + 400 * DAY, days=180)

    again = await registry.take_lease(WHO, "station", now + 400 * DAY, 600)

    assert again.fence > held.fence > later.fence > asleep.fence


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    codes=st.lists(st.tuples(st.sampled_from(list(CodeState)), st.integers(-400, 400)), max_size=6),
    days=st.one_of(st.none(), st.integers(1, 400)),
)
def test_whatever_there_was_a_living_code_keeps_its_owner(
    whole: Path, tmp_path_factory: pytest.TempPathFactory, codes: list[tuple[CodeState, int]], days: int | None
) -> None:
    """By request everything that ended goes, by age what ended long ago, and never anything else."""
    path = tmp_path_factory.mktemp("erased") / "registry.sqlite"
    path.write_bytes(whole.read_bytes())
    _tried(path, codes, days)


def _tried(path: Path, codes: list[tuple[CodeState, int]], days: int | None) -> None:
    async def work() -> None:
        async with Registry.open(path) as registry:
            for at, (state, ends) in enumerate(codes):
                await registry.add_code(
                    hers(f"c{at}", state=state, expire_at=NOW + ends * DAY, changed_at=NOW - 200 * DAY)
                )
            if days is not None:
                await registry.retain(at=NOW, days=days)
            elif codes:
                await registry.erase_person(WHO, at=NOW)
            for code, (state, ends) in zip(await registry.codes(), codes, strict=True):
                ended = state in ENDED_CODES and (days is None or days < 200)
                over = ends <= 0 if days is None else ends < -days
                assert bool(code.user_id) == bool(code.display_name) == (not (ended or over))
            assert await registry.problems() == ()
            assert (await registry.verify()).broken is None

    anyio.run(work)
