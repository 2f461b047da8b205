"""How many labels are left, counted in the registry."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kiosk.registry import Registry

pytestmark = pytest.mark.anyio


async def test_the_count_begins_full_and_outlives_whoever_counts(made: Path, now: datetime) -> None:
    """Each printer of each station by itself."""
    async with Registry.open(made, station="gate") as registry:
        assert await registry.stock.remaining("till") is None
        assert await registry.stock.use("till", 1, full=300, at=now) == 299
        assert await registry.stock.use("till", 2, full=300, at=now) == 297
    async with Registry.open(made, station="gate") as registry:
        assert await registry.stock.use("till", 1, full=500, at=now) == 296, "not begun anew by another setting"
        assert await registry.stock.remaining("other") is None
    async with Registry.open(made, station="other gate") as registry:
        assert await registry.stock.remaining("till") is None


async def test_a_new_roll_is_put_in(made: Path, now: datetime) -> None:
    async with Registry.open(made) as registry:
        for labels in (300, 40):
            await registry.stock.put("till", labels, at=now)
            assert await registry.stock.remaining("till") == labels


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20, deadline=None)
@given(used=st.lists(st.integers(0, 9), max_size=6), full=st.integers(1, 12))
async def test_it_is_what_was_there_less_what_was_used_and_never_less_than_none(
    used: list[int], full: int, registry: Registry, now: datetime
) -> None:
    await registry.stock.put("till", full, at=now)
    for labels in used:
        await registry.stock.use("till", labels, full=99, at=now)
    assert await registry.stock.remaining("till") == max(0, full - sum(used))


async def test_the_audit_says_nothing_of_it(registry: Registry, now: datetime) -> None:
    await registry.stock.use("till", 1, full=3, at=now)
    assert await registry.audit() == ()
    assert await registry.problems() == ()
