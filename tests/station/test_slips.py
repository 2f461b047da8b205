"""A new PIN at the station, handed over on a slip: printed when a person says so, and told of when it was not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from drivers.wire.messages import Outcome
from drivers.wire.secret import Secret
from kiosk.attending import AtTheBoard
from kiosk.badge.page import Printer, picture_of
from kiosk.badge.slip import Slip, draw_slip
from kiosk.board import Board
from kiosk.config import Station, Ui
from kiosk.harness.paper import Sheet
from kiosk.state import Phase, State
from kiosk.stationery import Stationery
from kiosk.tenant.seed import HINA
from kiosk.visit import Visit
from tests.replace.bench import Bench, read
from tests.station.visiting import Open, seen, until

pytestmark = pytest.mark.anyio


@pytest.fixture
def slips(bench: Bench) -> None:
    """The station's policy allows slips."""
    bench.use = replace(bench.use, stationery=Stationery(station=Station(name="till-3"), pin_slips=True))


def ink(image: Image.Image) -> Any:
    """What is black, without the blank paper around it."""
    dark = np.asarray(image.convert("L")) < 128
    rows, columns = np.flatnonzero(dark.any(axis=1)), np.flatnonzero(dark.any(axis=0))
    return dark[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def shows(sheet: Sheet, pin: str) -> bool:
    """Whether it is, dot for dot, the slip of this PIN for Hina."""
    slip = Slip(HINA.display_name, "", "till-3", Secret(pin), HINA.preferred_language or "")
    return np.array_equal(ink(sheet.image()), ink(picture_of(draw_slip(slip, Printer(576, 203)))))


@asynccontextmanager
async def enrolled(visit: Visit, bench: Bench) -> AsyncIterator[State]:
    """Hina has her first badge, and her PIN waits to be told."""
    enrolling = asyncio.create_task(visit.enrol(HINA.id))
    await until(visit, lambda state: state.prompt)
    visit.scanned("camera", seen(*read(bench.paper.sheets[-1])))
    yield await until(visit, lambda state: state.pin is not None)
    await asyncio.wait([enrolling])


async def result(visit: Visit) -> str:
    """What became of the slip just asked for, and why."""
    state = await until(visit, lambda state: state.slip is not None and state.slip.result is not None)
    assert state.slip
    return f"{state.slip.result} {state.slip.reason}"


@pytest.mark.usefixtures("slips")
async def test_a_slip_is_printed_and_the_worker_leaves_with_it(bench: Bench, visiting: Open) -> None:
    """Unseen on the screen; the journal says that there is a slip, and never what is on it."""
    visit = visiting()
    async with enrolled(visit, bench) as state:
        assert state.pin
        pin = state.pin.reveal_text()
        assert len(bench.paper.sheets) == 1, "no slip but the one that is asked for"

        visit.told()
        visit.print_slip()
        visit.print_slip()
        assert await result(visit) == "printed "
        _, sheet = bench.paper.sheets
        assert shows(sheet, pin)
        assert not shows(sheet, f"{int(pin[0]) ^ 1}{pin[1:]}")
        assert read(sheet) == []
        assert not visit.board.state.pin_shown
        visit.told()

    state = visit.board.state
    assert (state.phase, state.pin, state.slip) == (Phase.FINISHED, None, None)
    told = [entry.details for entry in bench.journal() if (entry.step, entry.phase) == ("tell_pin", "outcome")]
    assert told == [{"told": True, "slips": 1}]


@pytest.mark.usefixtures("slips")
async def test_a_slip_that_was_not_printed_is_told_of_and_the_pin_can_still_be_shown(
    bench: Bench, visiting: Open
) -> None:
    visit = visiting()
    async with enrolled(visit, bench):
        bench.paper.fault("cover_open")
        visit.print_slip()
        assert await result(visit) == "failed cover open"
        visit.told()
        await asyncio.sleep(0)
        assert visit.board.state.pin, "nobody has it"
        bench.paper.repair()
        visit.reveal()
        visit.told()
    assert visit.board.state.phase is Phase.FINISHED
    assert len(bench.paper.sheets) == 1


async def test_a_station_that_is_stopped_while_a_slip_is_on_its_way_keeps_no_pin() -> None:
    """Nobody waits for that slip any more, and the board shows neither it nor the PIN."""
    board, asked = Board(), asyncio.Event()
    attending, never = AtTheBoard(board, Ui()), asyncio.get_running_loop().create_future()

    async def slip() -> Outcome:
        asked.set()
        return await never

    telling = asyncio.create_task(attending.tell(Secret("40718256"), slip))
    await asyncio.sleep(0)
    attending.print_slip()
    await asked.wait()
    telling.cancel()
    await asyncio.wait([telling])
    assert (board.state.pin, board.state.slip) == (None, None)
    await asyncio.wait([never])
    assert never.cancelled()


async def test_where_slips_are_not_allowed_none_is_printed(bench: Bench, visiting: Open) -> None:
    visit = visiting()
    async with enrolled(visit, bench) as state:
        assert state.slip is None
        visit.print_slip()
        visit.reveal()
        visit.told()
    assert len(bench.paper.sheets) == 1
