"""Work lists: in order, few badges at once before the scanner, stopped anywhere and taken up again."""

from __future__ import annotations

import asyncio
from collections import Counter as Tally
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from drivers.wire.messages import Code
from drivers.wire.secret import Secret
from kiosk.approving import Approving
from kiosk.badge.content import Badge, digest, parse
from kiosk.badge.kind import CodeKind
from kiosk.config import Policy
from kiosk.registry import ListKind, RowState
from kiosk.registry.states import ENDED_ROWS
from kiosk.registry.work_lists import WorkRow
from kiosk.replace.approval import Granted
from kiosk.replace.attendant import Choice, PrintSlip, Progress, Trouble
from kiosk.replace.desk import Desk
from kiosk.replace.list_attendant import Counter
from kiosk.replace.plan import Reason, Refusal, Step
from kiosk.replace.reconcile import finish, look
from kiosk.replace.work_list import ListRun, Ran, approve_rows, find_list
from kiosk.state import SupervisorView
from kiosk.tenant.people import User
from kiosk.tenant.seed import ADA, CHIDI, HINA, JOERG, KATARZYNA, LAYLA, PER, TOM, ZOFIA
from tests.replace.bench import OWN_PIN, Bench, Person, read

pytestmark = pytest.mark.anyio

LIST = "list-1"
#: Enough for any scan to come, and soon over where none will.
SOON = 0.05
BADGED = (LAYLA, ADA, JOERG)


@dataclass
class Hands:
    """The clerk: takes badges from the printer, and holds them up `together` at a time in the order of `order`.

    `answers` are given to trouble by place and step; any other trouble is a mistake. `lost` are the places of rows
    whose badges are not held up. `at` is done when a step of a row begins.
    """

    bench: Bench
    desk: Desk
    together: int = 1
    order: Callable[[list[int]], Sequence[int]] = lambda waiting: waiting
    answers: dict[tuple[int, Step], list[Choice]] = field(default_factory=dict)
    lost: set[int] = field(default_factory=set)
    at: dict[tuple[int, Step], Callable[[], None]] = field(default_factory=dict)
    told: dict[str, str] = field(default_factory=dict)
    waiting: list[int] = field(default_factory=list)
    most: int = 0
    states: dict[str, RowState] = field(default_factory=dict)
    ends: Tally[str] = field(default_factory=Tally)
    said: list[tuple[Any, ...]] = field(default_factory=list)
    left: int = 0

    def show(self, row: WorkRow, step: Step, progress: Progress, detail: str = "") -> None:
        self.said.append((row.place, step, progress, detail))
        if progress is Progress.DOING and (row.place, step) in self.at:
            self.at.pop((row.place, step))()

    def awaits(self, row: WorkRow) -> None:
        if row.place in self.lost:
            return
        self.waiting.append(row.place)
        if len(self.waiting) >= min(self.together, self.left):
            self.left -= len(self.waiting)
            waiting, self.waiting = self.waiting, []
            asyncio.get_running_loop().call_soon(self.hold, len(self.order(waiting)), self.order(waiting))

    def hold(self, number: int, places: Sequence[int]) -> None:
        """Hold the newest papers up, in the order given by the places of their rows."""
        newest = [read(sheet)[0] for sheet in self.bench.paper.sheets[-number:]]
        for place in places:
            content = newest[sorted(places).index(place)]
            self.desk.scanned((Code(content=Secret(content)),))

    def became(self, row: WorkRow) -> None:
        self.states[row.user_id] = row.state
        self.most = max(self.most, sum(state is RowState.PRINTED for state in self.states.values()))
        self.ends[row.user_id] += row.state in ENDED_ROWS

    async def trouble(self, row: WorkRow, trouble: Trouble) -> Choice:
        self.said.append((row.place, trouble))
        answers = self.answers.get((row.place, trouble.step))
        assert answers, f"unexpected trouble of {row.place} at {trouble.step}: {trouble.message}"
        return answers.pop(0)

    async def tell(self, row: WorkRow, pin: Secret, slip: PrintSlip | None) -> bool:
        self.told[row.user_id] = pin.reveal_text()
        return True


class Approved:
    """The word of these supervisors, as the station asks for it."""

    def __init__(self, bench: Bench, *supervisors: User) -> None:
        self._approving = Approving(bench.use)
        self._views = [SupervisorView(each.id, each.display_name) for each in supervisors]

    async def ask(self, reason: Reason, user_id: str) -> Granted | Refusal:
        return await self._approving.ask(reason, user_id, self._views)

    async def take_up(self, replacement: str, reason: Reason, user_id: str) -> Refusal | None:
        return await self._approving.take_up(replacement, reason, user_id, self._views)


@pytest.fixture
def at_most(bench: Bench) -> Callable[[int], None]:
    """Set the policy: anybody at the station, and so many badges printed and not scanned."""

    def setting(number: int, **more: Any) -> None:
        policy = Policy(replacement="attendant", printed_not_scanned=number, single_approver_enrolment=True, **more)
        bench.use = replace(bench.use, policy=policy)

    setting(3)
    return setting


@pytest.fixture
def check(bench: Bench, logged: list[Any], caplog: pytest.LogCaptureFixture) -> Callable[[], None]:
    """What must hold of every run: replacements side by side, each with a journal in order, and no secret kept."""

    def checked() -> None:
        bench.check_secrets(logged, caplog.text)
        for (replacement,) in bench._rows("SELECT id FROM replacements"):
            query = f"SELECT step, phase FROM journal WHERE replacement = '{replacement}' ORDER BY seq"  # noqa: S608
            waiting: list[str] = []
            for step, phase in bench._rows(query):
                # Taken up again: what was broken off has no outcome.
                waiting = [*waiting, step] if phase == "intent" else waiting
                assert phase == "intent" or waiting.pop() == step
        assert all(method.temporary is None for method in bench.tenant.tenant.methods.values())
        assert bench.paper.faults == []
        assert bench.paper.sheets

    return checked


async def opened(bench: Bench, kind: ListKind, people: Sequence[User], name: str = LIST) -> None:
    """A list of them that a person has seen and approved."""
    now = bench.clock.now()
    rows = [(user.id, user.user_principal_name) for user in people]
    await bench.registry.lists.open(name, kind, rows, at=now, by="boss")
    await approve_rows(bench.registry, name, at=now, by="boss")


async def ran(bench: Bench, hands: Hands, *supervisors: User, name: str = LIST, seconds: float = 5) -> Ran:
    counter = Counter(bench.registry, bench.clock, hands.desk, hands, seconds)
    run = ListRun(await find_list(bench.registry, name), bench.use, counter, Approved(bench, *supervisors))
    return await run.run()


async def states(bench: Bench, name: str = LIST) -> list[tuple[RowState, str]]:
    return [(row.state, row.reason) for row in await bench.registry.lists.rows(name)]


def watch_deletes(bench: Bench) -> list[tuple[str, list[str]]]:
    """Whose standard codes went, and whose rows were in progress then."""
    deleted: list[tuple[str, list[str]]] = []
    real = bench.issuer.delete_code

    async def noted(user_id: str, kind: CodeKind, *, request_id: str) -> None:
        if kind is CodeKind.STANDARD:
            rows = await bench.registry.lists.rows(LIST)
            deleted.append((user_id, [row.user_id for row in rows if row.state is RowState.IN_PROGRESS]))
        await real(user_id, kind, request_id=request_id)

    bench.issuer.delete_code = noted  # type: ignore[method-assign]
    return deleted


def holds_the_badge(bench: Bench, user: User, contents: Sequence[bytes]) -> bool:
    """Whether one of these papers is the standard code the tenant has for this person now."""
    ids = [badge.code_id for content in contents if isinstance(badge := parse(Secret(content)), Badge)]
    return bench.standing(user) in ids


ORDERS = [(2, (1, 0)), (3, (2, 0, 1))]


@pytest.mark.parametrize(("together", "permutation"), ORDERS)
async def test_a_scan_matches_any_badge_that_waits_and_no_more_are_printed_than_may_wait(
    together: int,
    permutation: tuple[int, ...],
    bench: Bench,
    at_most: Callable[[int], None],
    check: Callable[[], None],
) -> None:
    """In every order of scans: each row ends once, codes go in the order of the rows, never more than K wait."""
    at_most(together)
    await opened(bench, ListKind.REISSUE, BADGED)
    hands = Hands(bench, Desk(), together, lambda w: [w[i] for i in permutation if i < len(w)], left=len(BADGED))
    deleted = watch_deletes(bench)
    bench.person = Person(bench.paper, [])

    result = await ran(bench, hands)

    check()
    assert result.stopped is None
    assert not result.list.open
    assert await states(bench) == [(RowState.DONE, "")] * len(BADGED)
    assert hands.most == together
    assert deleted == [(user.id, [user.id]) for user in BADGED], "in their own turns"
    assert set(hands.ends.values()) == {1}
    badges = bench.badges()
    assert len(badges) == len(BADGED)
    assert all(holds_the_badge(bench, user, badges) for user in BADGED)
    assert bench.sign_in(badges[0]) == "accepted"
    assert hands.desk.awaited == frozenset()


STEPS = [Step.CREATE, Step.PREPARE, Step.SCAN_BACK, Step.CLOSE]


@pytest.mark.parametrize("step", STEPS)
async def test_stopped_at_any_step_and_run_again_it_comes_to_the_same_end(
    step: Step, bench: Bench, at_most: Callable[[int], None], check: Callable[[], None]
) -> None:
    """With another badge printed and waiting beside it: all done, nothing printed twice, every old code gone."""
    people = BADGED[:2]
    at_most(2)
    await opened(bench, ListKind.REISSUE, people)
    # The first badge waits unscanned while the second row is stopped.
    first = Hands(bench, Desk(), lost={1}, left=2)
    running = asyncio.create_task(ran(bench, first))
    first.at[2, step] = lambda: (running.cancel(), None)[1]
    with pytest.raises(asyncio.CancelledError):
        await running
    before = await states(bench)
    assert before[0] == (RowState.PRINTED, "")

    again = Hands(bench, Desk())
    again.awaits = lambda row: hold_the_badge_of(row, bench, again)  # type: ignore[method-assign]
    bench.person = Person(bench.paper, [])
    result = await ran(bench, again)

    check()
    assert result.stopped is None
    assert await states(bench) == [(RowState.DONE, "")] * 2
    assert first.ends + again.ends == {user.id: 1 for user in people}
    badges = bench.badges()
    assert len(badges) == len(set(badges)) == 2, "no code was printed twice, and none in vain"
    assert all(holds_the_badge(bench, user, badges) for user in people)
    assert not await bench.registry.unfinished()


def hold_the_badge_of(row: WorkRow, bench: Bench, hands: Hands) -> None:
    """Find the paper of this row's code among all that came out, and hold it up."""

    def hold() -> None:
        for content in bench.badges():
            hands.desk.scanned((Code(content=Secret(content)),))

    asyncio.get_running_loop().call_soon(hold)


async def test_badges_that_nobody_scans_stop_the_list_and_are_asked_for_again(
    bench: Bench, at_most: Callable[[int], None], check: Callable[[], None]
) -> None:
    """Two are printed and left lying; the third keeps its old code until one of them is scanned."""
    at_most(2)
    await opened(bench, ListKind.REISSUE, BADGED)
    old = bench.standing(BADGED[2])
    gives_up = {(place, Step.SCAN_BACK): [Choice.GIVE_UP] for place in (1, 2)}
    hands = Hands(bench, Desk(), lost={1, 2}, answers=gives_up)

    result = await ran(bench, hands, seconds=SOON)

    assert "2 badges are printed and not scanned back" in str(result.stopped)
    waiting = (RowState.PRINTED, "not_scanned_back")
    assert await states(bench) == [waiting, waiting, (RowState.APPROVED, "")]
    assert bench.standing(BADGED[2]) == old

    await opened(bench, ListKind.REISSUE, [KATARZYNA], "list-2")
    other = await ran(bench, Hands(bench, Desk(), lost={1}), name="list-2", seconds=SOON)
    assert "2 badges" in str(other.stopped), "of whichever list they are"

    again = Hands(bench, Desk())
    again.awaits = lambda row: hold_the_badge_of(row, bench, again)  # type: ignore[method-assign]
    bench.person = Person(bench.paper, [])
    result = await ran(bench, again)

    check()
    assert not result.list.open
    assert len(bench.badges()) == 3


async def test_trouble_in_one_row_does_not_stop_the_others(bench: Bench, at_most: Callable[[int], None]) -> None:
    """One whose create is refused for good is given up, named as failed, and can be tried once more."""
    await opened(bench, ListKind.REISSUE, BADGED[:2])
    hands = Hands(bench, Desk(), answers={(1, Step.CREATE): [Choice.GIVE_UP]}, left=9)
    bench.fail("PATCH", "/standardqrcode", status=403)

    result = await ran(bench, hands)

    assert result.stopped is None
    (failed, reason), done = await states(bench)
    assert (failed, reason, done) == (RowState.FAILED, "insufficient_permissions", (RowState.DONE, ""))
    assert [each.user_id for each in await bench.registry.unfinished()] == [LAYLA.id], "she has no badge"

    await approve_rows(bench.registry, LIST, at=bench.clock.now(), by="boss", again=True)
    result = await ran(bench, Hands(bench, Desk(), left=9))

    assert await states(bench) == [(RowState.DONE, "")] * 2
    assert not await bench.registry.unfinished()
    assert bench.sign_in(bench.badges()[-1]) == "accepted"


async def test_a_badge_reprinted_waits_for_the_printer_and_others_go_on(
    bench: Bench, at_most: Callable[[int], None], check: Callable[[], None]
) -> None:
    """What does not read is printed again from memory, in a turn of its own."""
    await opened(bench, ListKind.REISSUE, BADGED[:2])
    hands = Hands(bench, Desk(), lost={1}, answers={(1, Step.SCAN_BACK): [Choice.REPRINT]}, left=9)
    hands.at[1, Step.PREPARE] = lambda: hands.at.update({(1, Step.PREPARE): hands.lost.clear})
    bench.person = Person(bench.paper, [])

    await ran(bench, hands, seconds=1)

    check()
    assert await states(bench) == [(RowState.DONE, "")] * 2
    assert Tally(Tally(bench.badges()).values()) == {1: 1, 2: 1}


async def test_rules_refuse_single_rows_and_nothing_of_theirs_is_touched(
    bench: Bench, at_most: Callable[[int], None]
) -> None:
    """A holder of a role, a disabled account, somebody without a method, and the approver: each with the reason."""
    people = (PER, TOM, HINA, JOERG, ADA)
    before = {user.id: bench.standing(user) for user in people}
    await opened(bench, ListKind.REISSUE, people)

    result = await ran(bench, Hands(bench, Desk(), left=1), JOERG)

    refused = [reason for state, reason in await states(bench) if state is RowState.REFUSED]
    assert refused == ["holds_a_role", "account_disabled", "not_enrolled", "never_for_oneself"]
    assert result.list.states == {RowState.REFUSED: 4, RowState.DONE: 1}
    assert [user.id for user in people if bench.standing(user) != before[user.id]] == [ADA.id]
    asked = [entry.action for entry in await bench.registry.audit() if entry.action in ("approved", "refused")]
    assert asked == ["refused", "refused", "approved"], "what the plan refuses nobody is asked about"


async def test_the_quota_stops_the_list_and_does_not_refuse_the_rest(
    bench: Bench, at_most: Callable[..., None]
) -> None:
    """It goes on when there is room again."""
    at_most(3, per_hour_station=1)
    await opened(bench, ListKind.REISSUE, BADGED[:2])

    result = await ran(bench, Hands(bench, Desk(), left=1))

    assert "in an hour" in str(result.stopped)
    assert await states(bench) == [(RowState.DONE, ""), (RowState.APPROVED, "")]
    at_most(3, per_hour_station=2)
    await ran(bench, Hands(bench, Desk(), left=1))
    assert await states(bench) == [(RowState.DONE, "")] * 2


async def test_extensions_need_no_paper(bench: Bench, at_most: Callable[[int], None]) -> None:
    """Who can be extended is, and keeps the badge; who cannot is refused and keeps it, too."""
    bench.paper.fault("cover_open")
    ids = {user.id: bench.standing(user) for user in (JOERG, KATARZYNA, CHIDI)}
    await opened(bench, ListKind.EXTEND, (JOERG, HINA, CHIDI))

    result = await ran(bench, Hands(bench, Desk()))

    assert result.stopped is None
    assert await states(bench) == [(RowState.DONE, ""), (RowState.REFUSED, "not_enrolled"), (RowState.DONE, "")]
    assert bench.paper.sheets == []
    assert {user.id: bench.standing(user) for user in (JOERG, KATARZYNA, CHIDI)} == ids
    method = bench.tenant.tenant.methods[CHIDI.id]
    assert method.standard is not None
    assert method.standard.expire > datetime.now(UTC) + timedelta(days=300)


async def test_a_printer_that_is_away_ends_the_run_and_no_row(bench: Bench, at_most: Callable[[int], None]) -> None:
    """Nothing was changed for anybody, and the same list goes on when it is back."""
    await opened(bench, ListKind.REISSUE, BADGED[:2])
    bench.paper.fault("cover_open")

    result = await ran(bench, Hands(bench, Desk()))

    assert result.stopped is not None
    assert {state for state, _ in await states(bench)} == {RowState.APPROVED}
    assert bench.standing(LAYLA) == bench.old_id
    bench.paper.repair()
    await ran(bench, Hands(bench, Desk(), left=9))
    assert await states(bench) == [(RowState.DONE, "")] * 2


@pytest.mark.parametrize("step", [Step.PRINT, Step.TELL_PIN])
async def test_an_enrolment_list_ends_with_badges_and_pins_that_sign_in(
    step: Step, bench: Bench, at_most: Callable[[int], None], check: Callable[[], None]
) -> None:
    """Stopped in the midst of the first, everybody was in the end told the PIN of their own badge."""
    await opened(bench, ListKind.ENROL, (HINA, ZOFIA))
    hands = Hands(bench, Desk(), left=9)
    running = asyncio.create_task(ran(bench, hands))
    hands.at[1, step] = lambda: (running.cancel(), None)[1]
    with pytest.raises(asyncio.CancelledError):
        await running
    again = Hands(bench, Desk(), told=hands.told)
    again.awaits = lambda row: hold_the_badge_of(row, bench, again)  # type: ignore[method-assign]
    bench.person = Person(bench.paper, [])

    await ran(bench, again)

    check()
    assert await states(bench) == [(RowState.DONE, "")] * 2
    badges = {badge.upn: content for content in bench.badges() if isinstance(badge := parse(Secret(content)), Badge)}
    for user in (HINA, ZOFIA):
        assert bench.sign_in(badges[user.user_principal_name], again.told[user.id], OWN_PIN) == "accepted"


async def test_a_row_whose_replacement_was_finished_elsewhere_is_done(
    bench: Bench, at_most: Callable[[int], None]
) -> None:
    """Somebody took it up at the station before the list went on."""
    await opened(bench, ListKind.REISSUE, [LAYLA])
    hands = Hands(bench, Desk(), lost={1}, answers={(1, Step.SCAN_BACK): [Choice.GIVE_UP]})
    await ran(bench, hands, seconds=SOON)
    (found,) = await look(bench.use)
    result = await finish(found, bench.use, Person(bench.paper, []))
    assert result is not None
    assert result.finished

    await ran(bench, Hands(bench, Desk()))

    assert await states(bench) == [(RowState.DONE, "")]
    assert len(bench.badges()) == 1


async def test_the_desk_tells_badges_it_waits_for_from_others() -> None:
    desk = Desk()
    first, second = (f"ms-qrpin:v1|a@b.example|0000000{n}-5eed-4e11-a000-000000000000|x".encode() for n in (1, 2))
    waiting = asyncio.create_task(desk.wait(digest(first), 20))
    await asyncio.sleep(0)

    unknown = desk.scanned((Code(content=Secret(b"a poster")), Code(content=Secret(second))))
    assert unknown == (digest(second),)
    assert not waiting.done()
    assert desk.scanned((Code(content=Secret(first)), Code(content=Secret(first)))) == ()
    assert await waiting
    assert desk.scanned((Code(content=Secret(first)),)) == (digest(first),)
    assert not await desk.wait(digest(first), 0.001)
    assert desk.awaited == frozenset()
