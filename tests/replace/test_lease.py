"""One replacement for a person at a time: nothing is done without the lease, and it is given back."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest

from kiosk.registry import leases
from kiosk.replace.assignment import Assignment
from kiosk.replace.attendant import Choice
from kiosk.replace.carry_out import Replacement
from kiosk.replace.plan import Reason, Step
from kiosk.tenant.seed import LAYLA
from tests.replace.bench import Bench, Person

pytestmark = pytest.mark.anyio


def _take_over(bench: Bench) -> None:
    with closing(sqlite3.connect(bench.file)) as other, other:
        other.execute("UPDATE leases SET fence = fence + 1, holder = 'another station'")


async def test_who_has_lost_the_lease_does_nothing_more(bench: Bench) -> None:
    """Neither the delete nor anything after it; what was begun stays open for whoever has the lease now."""
    made = await bench.planned(LAYLA, Reason.WORN)
    person = Person(bench.paper, [(Step.DELETE, Choice.RETRY, None), (Step.DELETE, Choice.GIVE_UP, None)])
    person.at[Step.DELETE] = lambda: _take_over(bench)

    result = await bench.carry_out(made, person)

    assert not result.finished
    assert bench.did("DELETE", "standardqrcode") == bench.did("DELETE", "temporaryqrcode") == 0
    assert bench.standing() == bench.old_id
    assert bench.journal_result() is None, "a bridge of ours is left, and somebody has to take it back"


async def test_who_has_lost_the_lease_prints_no_bridge(bench: Bench) -> None:
    """Though it be printed where nothing can be written: somebody else can write, and is at it."""
    made = await bench.planned(LAYLA, Reason.WORN)
    bench.issuer.after_delete = bench.lock

    def somebody_else() -> None:
        bench.unlock()
        _take_over(bench)

    person = Person(bench.paper, [(Step.DELETE, Choice.BRIDGE, somebody_else), (Step.PREPARE, Choice.GIVE_UP, None)])

    result = await bench.carry_out(made, person)

    assert result.stranded
    assert bench.paper.sheets == []


async def test_the_lease_is_given_back(bench: Bench, check: Callable[[], None]) -> None:
    made = await bench.planned(LAYLA, Reason.WORN)

    await bench.carry_out(made, Person(bench.paper, []))

    check()
    await bench.registry.take_lease(LAYLA.id, "another station", bench.clock.now(), 60)


async def test_the_lease_is_given_back_by_who_is_cancelled_again_and_again(
    bench: Bench, check: Callable[[], None]
) -> None:
    """At whichever moment of its ending: nothing secret is left, and no lease."""
    made = await bench.planned(LAYLA, Reason.WORN)
    person = bench.person = Person(bench.paper, [])
    held = asyncio.Event()
    person.scan_back = lambda _: _for_ever(held)  # type: ignore[method-assign]
    running = asyncio.create_task(Replacement(Assignment(*made, bench.use, person)).run())
    await held.wait()

    while not running.done():
        running.cancel()
        await asyncio.sleep(0)

    assert running.cancelled()
    check()
    await bench.registry.take_lease(LAYLA.id, "another station", bench.clock.now(), 60)


async def test_a_lease_that_is_being_taken_is_given_back_by_who_is_cancelled(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The registry's thread takes it although nobody waits for the answer any more."""
    made = await bench.planned(LAYLA, Reason.WORN)
    loop, begun, go_on, take = asyncio.get_running_loop(), asyncio.Event(), threading.Event(), leases.take

    def slowly(*args: Any, **kwargs: Any) -> Any:
        loop.call_soon_threadsafe(begun.set)
        assert go_on.wait(20)
        return take(*args, **kwargs)

    monkeypatch.setattr(leases, "take", slowly)
    running = asyncio.create_task(Replacement(Assignment(*made, bench.use, Person(bench.paper, []))).run())
    await begun.wait()
    running.cancel()
    await asyncio.sleep(0)
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await running

    await bench.registry.take_lease(LAYLA.id, "another station", bench.clock.now(), 60)


async def _for_ever(begun: asyncio.Event) -> bool:
    begun.set()
    await asyncio.Event().wait()
    return True
