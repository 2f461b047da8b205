"""The order of a work list, in thousands of interleavings: rows whose making is a script, over a real registry."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections import Counter as Tally
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drivers.wire.messages import Code
from drivers.wire.secret import Secret
from kiosk.badge.content import digest
from kiosk.badge.kind import CodeKind
from kiosk.clock import ManualClock
from kiosk.config import Policy
from kiosk.registry import CodeState, IssuedCode, ListKind, Registry, RowState
from kiosk.registry.states import ENDED_ROWS
from kiosk.registry.work_lists import WorkRow
from kiosk.replace.attendant import Choice, PrintSlip, Progress, Trouble
from kiosk.replace.clerk import Word
from kiosk.replace.desk import Desk
from kiosk.replace.facilities import Facilities
from kiosk.replace.list_attendant import Counter, ListAttendant
from kiosk.replace.plan import Step
from kiosk.replace.work_list import ListRun, approve_rows, find_list

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
MISSED = Trouble(Step.SCAN_BACK, "not read", "", (Choice.RETRY, Choice.REPRINT, Choice.GIVE_UP))


@dataclass(frozen=True)
class Fate:
    """What happens to one row: how long it takes to print, and the answers to each time its badge is missed."""

    steps: int
    missed: tuple[Choice, ...]


@dataclass
class World:
    """Checks at every event what must never be. `stop_at`: the run is stopped at this event."""

    most: int
    fates: list[Fate]
    stop_at: int
    scans: list[int]
    desk: Desk = field(default_factory=Desk)
    states: dict[int, RowState] = field(default_factory=dict)
    ends: Tally[int] = field(default_factory=Tally)
    begun: list[int] = field(default_factory=list)
    working: int = 0
    printed: Tally[int] = field(default_factory=Tally)
    events: int = 0
    wrong: list[str] = field(default_factory=list)
    running: asyncio.Task[Any] | None = None

    def event(self) -> None:
        self.events += 1
        # Not asserted here, where a row that breaks is caught.
        if sum(state is RowState.PRINTED for state in self.states.values()) > self.most:
            self.wrong.append("more printed than may wait")
        if self.working > 1:
            self.wrong.append("two rows at the printer")
        if self.events == self.stop_at and self.running:
            self.running.cancel()

    def show(self, row: WorkRow, step: Step, progress: Progress, detail: str = "") -> None:
        self.event()

    def awaits(self, row: WorkRow) -> None:
        self.event()
        asyncio.get_running_loop().call_soon(self.scan)

    def scan(self) -> None:
        """Hold up one of the badges that lie there, whichever comes to hand."""
        waiting = sorted(self.desk.awaited)
        if waiting:
            which = waiting[self.scans.pop() % len(waiting) if self.scans else 0]
            place = next(place for place in self.states if digest(content(place)) == which)
            self.desk.scanned((Code(content=Secret(content(place))),))
            if len(waiting) > 1:
                asyncio.get_running_loop().call_soon(self.scan)

    def became(self, row: WorkRow) -> None:
        if row.state is RowState.IN_PROGRESS and self.states.get(row.place) is not RowState.IN_PROGRESS:
            self.begun.append(row.place)
        self.states[row.place] = row.state
        self.ends[row.place] += row.state in ENDED_ROWS
        self.event()

    async def trouble(self, row: WorkRow, trouble: Trouble) -> Choice:
        self.event()
        fate = self.fates[row.place - 1]
        choice, rest = fate.missed[0], fate.missed[1:]
        self.fates[row.place - 1] = Fate(fate.steps, rest)
        await asyncio.sleep(0)
        return choice

    async def tell(self, row: WorkRow, pin: Secret, slip: PrintSlip | None) -> bool:
        return True


def content(place: int) -> bytes:
    return f"ms-qrpin:v1|u{place}@b.example|{place:08x}-5eed-4e11-a000-000000000000|x".encode()


class Scripted(ListRun):
    """A run whose rows have no replacement behind them, only its meetings with the attendant."""

    world: World

    async def _row(self, attendant: ListAttendant) -> None:
        place, world = attendant.row.place, self.world
        if attendant.row.state is not RowState.PRINTED:
            await attendant.mark(RowState.IN_PROGRESS, replacement=f"r{place}")
            await self._make(place)
        while not await self._scanned(attendant):
            choice = await attendant.trouble(MISSED)
            if choice is Choice.GIVE_UP:
                await attendant.mark(RowState.PRINTED, "not_scanned_back")
                return
            if choice is Choice.REPRINT:
                await self._make(place)
        await attendant.mark(RowState.DONE)
        world.event()

    async def _make(self, place: int) -> None:
        self.world.working += 1
        try:
            for _ in range(self.world.fates[place - 1].steps):
                self.world.event()
                # As long as anything else that is written down takes.
                await self._use.registry.lists.not_scanned()
        finally:
            self.world.working -= 1
        self.world.printed[place] += 1

    async def _scanned(self, attendant: ListAttendant) -> bool:
        seen = digest(content(attendant.row.place))
        if self.world.fates[attendant.row.place - 1].missed:
            # Nobody holds it up: over at once.
            quick = Counter(self._counter.registry, self._counter.clock, self._counter.desk, self._counter.clerk, 0.0)
            attendant._counter = quick
            try:
                return await attendant.scan_back(seen)
            finally:
                attendant._counter = self._counter
        return await attendant.scan_back(seen)


FATES = st.lists(
    st.builds(
        Fate,
        st.integers(0, 2),
        st.lists(st.sampled_from([Choice.RETRY, Choice.REPRINT, Choice.GIVE_UP]), max_size=2).map(tuple),
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    most=st.integers(1, 3), fates=FATES, stop_at=st.integers(0, 40), scans=st.lists(st.integers(0, 9), max_size=20)
)
def test_never_more_than_k_wait_and_every_row_ends_once(
    most: int, fates: list[Fate], stop_at: int, scans: list[int], empty: Path
) -> None:
    """Whatever is missed, given up, printed again or stopped: run often enough, all is done, and done once."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "registry.db"
        shutil.copy(empty, file)
        asyncio.run(_all_of_it(file, World(most, list(fates), stop_at, scans)))


async def _all_of_it(file: Path, world: World) -> None:
    number = len(world.fates)
    async with Registry.open(file) as registry:
        people = [(f"u{place}", f"u{place}@b.example") for place in range(1, number + 1)]
        await registry.lists.open("l", ListKind.REISSUE, people, at=NOW, by="boss")
        for place in range(1, number + 1):
            await registry.add_code(_code(place))
        await approve_rows(registry, "l", at=NOW, by="boss")
        clock = ManualClock(NOW)
        use = Facilities(
            cast("Any", None),
            registry,
            cast("Any", None),
            clock,
            cast("Any", None),
            Policy(printed_not_scanned=world.most),
        )
        for _ in range(4 + 2 * number):
            counter = Counter(registry, clock, world.desk, world, 20)
            run = Scripted(await find_list(registry, "l"), use, counter, cast("Word", None))
            run.world = world
            world.running = asyncio.create_task(run.run())
            ended = (await asyncio.gather(world.running, return_exceptions=True))[0]
            assert not isinstance(ended, Exception), ended
            assert isinstance(ended, BaseException) or "broke" not in str(ended.stopped), ended
            assert world.wrong == []
            assert world.desk.awaited == frozenset()
            world.states = {row.place: row.state for row in await registry.lists.rows("l")}
        assert set(world.states.values()) == {RowState.DONE}
        # A run stopped in the very write of an end never hears of it; nobody hears of one twice.
        assert max(world.ends.values()) == 1
        first = list(dict.fromkeys(world.begun))
        assert first == sorted(first), "in their order"


def _code(place: int) -> IssuedCode:
    return IssuedCode(
        code_id=f"c{place}",
        user_id=f"u{place}",
        upn=f"u{place}@b.example",
        display_name=f"u{place}",
        kind=CodeKind.STANDARD,
        digest=digest(content(place)),
        issued_at=NOW,
        start_at=NOW,
        expire_at=NOW + timedelta(days=9),
        station="till-3",
        changed_at=NOW,
        state=CodeState.CREATED,
    )
