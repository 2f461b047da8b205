"""The dates a code is asked for with: by them it is known again, and it is valid at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from kiosk.badge.kind import CodeKind
from kiosk.replace.assignment import Assignment
from kiosk.replace.code import Slot
from kiosk.replace.plan import Reason
from kiosk.tenant.seed import LAYLA
from tests.replace.bench import Bench, Person

pytestmark = pytest.mark.anyio


async def _asked(bench: Bench, kind: CodeKind) -> list[tuple[datetime, datetime]]:
    planned = await bench.planned(LAYLA, Reason.WORN)
    slot = Slot(Assignment(*planned, bench.use, Person(bench.paper, [])), kind, ())
    tries = [slot.creation().details for _ in range(12)]
    return [tuple(datetime.fromisoformat(str(each[name])) for name in ("start", "expire")) for each in tries]  # type: ignore[misc]


@pytest.mark.parametrize("kind", CodeKind)
async def test_no_two_creates_ask_for_the_same_end(kind: CodeKind, bench: Bench) -> None:
    """Two of twelve may; that all do is once in ten to the thirtieth."""
    dates = await _asked(bench, kind)
    assert len({expire - start for start, expire in dates}) > 1


async def test_a_code_is_valid_at_once_by_graphs_clock(bench: Bench) -> None:
    """Though ours be ahead of it."""
    bench.clock.advance(90)
    await bench.issuer.person(LAYLA.id)
    assert (bench.issuer.skew() or 0) > 60
    assert all(start <= datetime.now(UTC) for start, _ in await _asked(bench, CodeKind.STANDARD))


async def test_a_code_is_valid_at_once_though_the_clock_was_set_since_graph_answered(bench: Bench) -> None:
    planned = await bench.planned(LAYLA, Reason.WORN)
    slot = Slot(Assignment(*planned, bench.use, Person(bench.paper, [])), CodeKind.STANDARD, ())
    passed = timedelta(seconds=300)
    bench.clock.advance(passed.total_seconds())
    assert abs(bench.issuer.skew() or 0) < 60, "time that passes sets no clock"
    bench.clock.set(bench.clock.now() + timedelta(seconds=90))
    assert datetime.fromisoformat(str(slot.creation().details["start"])) <= datetime.now(UTC) + passed
