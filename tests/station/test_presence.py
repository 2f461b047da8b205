"""What is one scan and what is another; and a board that tells everybody the newest state."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.board import Board
from kiosk.clock import ManualClock
from kiosk.presence import CODES, Presence
from kiosk.state import Phase

GAP_SECONDS = 1.5


def clock() -> ManualClock:
    return ManualClock(datetime(2026, 11, 20, tzinfo=UTC))


@given(st.lists(st.tuples(st.floats(0, 5), st.sampled_from("ab"), st.sampled_from([b"1", b"2"]))))
def test_fresh_is_what_that_scanner_has_not_seen_for_the_gap(seen: list[tuple[float, str, bytes]]) -> None:
    """Each scanner and code apart; nothing is remembered for longer than it matters."""
    time = clock()
    presence = Presence(time, GAP_SECONDS)
    last: dict[tuple[str, bytes], float] = {}
    for passed, scanner, digest in seen:
        time.advance(passed)
        now = time.monotonic()
        before = last.get((scanner, digest))
        assert presence.fresh(scanner, digest) == (before is None or now - before >= GAP_SECONDS)
        last[scanner, digest] = now
        assert all(now - at < GAP_SECONDS for at in presence._seen.values())


def test_one_that_flickers_stays_where_it_is() -> None:
    """A code that is missed now and then has not been away, however long it lies there."""
    time = clock()
    presence = Presence(time, GAP_SECONDS)
    assert presence.fresh("camera", b"1")
    for _ in range(100):
        time.advance(GAP_SECONDS * 0.95)
        assert not presence.fresh("camera", b"1")


def test_another_scanner_sees_it_anew() -> None:
    """A badge read by the one before the counter and then by the one behind it was shown twice."""
    presence = Presence(clock(), GAP_SECONDS)
    assert presence.fresh("front", b"1")
    assert presence.fresh("back", b"1")
    assert not presence.fresh("front", b"1")


def test_a_flood_of_codes_costs_no_memory() -> None:
    """All within the gap; what is before the scanner now is known all the same."""
    presence = Presence(clock(), GAP_SECONDS)
    for number in range(10 * CODES):
        assert presence.fresh("camera", str(number).encode())
    assert len(presence._seen) == CODES
    assert not presence.fresh("camera", str(10 * CODES - 1).encode())


@pytest.mark.anyio
async def test_a_slow_reader_of_the_board_gets_the_newest() -> None:
    """States in between are skipped; the last never is."""
    board = Board()
    reading = board.states()
    assert (await anext(reading)).phase is Phase.IDLE
    for phase in (Phase.CHECKING, Phase.VERDICT, Phase.CONFIRM):
        board.change(phase=phase)
    assert (await anext(reading)).phase is Phase.CONFIRM
    waiting = asyncio.ensure_future(anext(reading))
    await asyncio.sleep(0)
    assert not waiting.done()
    board.change(name="Ada")
    assert (await waiting).name == "Ada"
    assert board.state.serial == 4
