"""The temporary code held across the delete: printed when Graph goes away, taken back when it was not needed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kiosk.badge.kind import CodeKind
from kiosk.registry import CodeState
from kiosk.replace.attendant import Choice
from kiosk.replace.plan import Reason, Step
from kiosk.tenant.seed import LAYLA
from tests.replace.bench import Bench, Person

pytestmark = pytest.mark.anyio

BRIDGE = ("PATCH", "temporaryqrcode")
UNBRIDGE = ("DELETE", "temporaryqrcode")
CREATE = ("PATCH", "standardqrcode")


async def test_graph_goes_away_after_the_delete(bench: Bench, check: Callable[[], None]) -> None:
    """The worker leaves with the temporary badge, which signs in; the rest stays open and says so."""
    made = await bench.planned(LAYLA, Reason.WORN)
    person = Person(bench.paper, [(Step.CREATE, Choice.BRIDGE, None)])
    bench.issuer.after_delete = lambda: bench.fail("", "", status=503, times=None)

    result = await bench.carry_out(made, person)

    check()
    bench.heal()
    assert (result.finished, result.stranded) == (False, False)
    assert result.until is not None
    (badge,) = bench.badges()
    assert bench.sign_in(badge) == "accepted"
    assert bench.sign_in(bench.old) == "revoked"
    assert bench.journal_result() is None
    code = await bench.registry.code(result.code_id)
    assert code is not None
    assert (code.kind, code.state) == (CodeKind.TEMPORARY, CodeState.SCANNED)
    assert person.troubles[0].choices == (Choice.RETRY, Choice.BRIDGE, Choice.GIVE_UP)
    assert person.troubles[0].again_in


@pytest.mark.parametrize("step", [Step.DELETE, Step.CREATE, Step.PREPARE, Step.PRINT])
async def test_nothing_can_be_written_after_the_delete(step: Step, bench: Bench, check: Callable[[], None]) -> None:
    """The bridge is printed all the same, for it is in the journal since it was made; what is open stays open."""
    made = await bench.planned(LAYLA, Reason.WORN)
    person = Person(bench.paper, [(step, Choice.BRIDGE, None)])
    if step is Step.DELETE:
        bench.issuer.after_delete = bench.lock
    else:
        person.at[step] = bench.lock

    result = await bench.carry_out(made, person)

    bench.unlock()
    check()
    assert (result.finished, result.stranded) == (False, False)
    assert result.until is not None
    assert bench.sign_in(bench.badges()[-1]) == "accepted"
    assert bench.journal_result() is None


@pytest.mark.parametrize(
    "fault",
    [{"drop": "before"}, {"drop": "after"}, {"status": 503}, {"status": 503, "after": True}],
    ids=["lost before", "lost after", "503 without effect", "503 with effect"],
)
async def test_a_bridge_whose_answer_is_lost(fault: dict[str, Any], bench: Bench, check: Callable[[], None]) -> None:
    """It is recognised by its dates, deleted, and another one made."""
    made = await bench.planned(LAYLA, Reason.WORN)
    bench.fail(*BRIDGE, **fault)

    result = await bench.carry_out(made, Person(bench.paper, []))

    check()
    assert result.finished
    assert bench.tenant.tenant.methods[LAYLA.id].temporary is None


@pytest.mark.parametrize("back", [False, True], ids=["Graph gone", "Graph back"])
async def test_given_up_while_the_answer_to_a_bridge_is_lost(bench: Bench, *, back: bool) -> None:
    """It may be there: it is taken back, or the journal says until when it is left."""
    made = await bench.planned(LAYLA, Reason.WORN)
    person = Person(bench.paper, [(Step.BRIDGE, Choice.GIVE_UP, bench.heal if back else None)])
    person.at[Step.BRIDGE] = lambda: bench.fail("", "", drop="after", times=None)

    result = await bench.carry_out(made, person)

    bench.heal()
    bench.check_journal()
    assert (result.finished, result.stranded) == (False, False)
    assert bench.sign_in(bench.old) == "accepted"
    left = bench.tenant.tenant.methods[LAYLA.id].temporary
    (said,) = [e.details for e in bench.journal() if (e.step, e.phase) == ("unbridge", "outcome")]
    assert said.get("ends") == (left and left.expire.isoformat())
    assert (left is None) is back


async def test_a_bridge_that_cannot_be_made_changes_nothing(bench: Bench, check: Callable[[], None]) -> None:
    """Whoever may not create a temporary code may not create a standard one either: the old one stays."""
    made = await bench.planned(LAYLA, Reason.WORN)
    bench.fail(*BRIDGE, status=403, times=None)

    result = await bench.carry_out(made, Person(bench.paper, [(Step.BRIDGE, Choice.GIVE_UP, None)]))

    check()
    assert (result.finished, result.stranded) == (False, False)
    assert bench.sign_in(bench.old) == "accepted"
    assert bench.journal_result() == "failed"


async def test_given_up_before_the_delete_takes_the_bridge_back(bench: Bench, check: Callable[[], None]) -> None:
    made = await bench.planned(LAYLA, Reason.WORN)
    bench.fail("DELETE", "standardqrcode", status=403)

    result = await bench.carry_out(made, Person(bench.paper, [(Step.DELETE, Choice.GIVE_UP, None)]))

    check()
    assert not result.stranded
    assert bench.tenant.tenant.methods[LAYLA.id].temporary is None
    assert bench.sign_in(bench.old) == "accepted"


@pytest.mark.parametrize("fault", [{"status": 503}, {"status": 403}, {"drop": "before"}], ids=str)
async def test_a_bridge_that_cannot_be_taken_back_is_left_to_expire(
    fault: dict[str, Any], bench: Bench, check: Callable[[], None]
) -> None:
    """The worker has the new badge; the journal says which temporary code ends by itself, and when."""
    made = await bench.planned(LAYLA, Reason.WORN)
    bench.fail(*UNBRIDGE, times=None, **fault)

    result = await bench.carry_out(made, Person(bench.paper, []))

    bench.heal()
    bench.check_journal()
    assert result.finished
    left = bench.tenant.tenant.methods[LAYLA.id].temporary
    assert left is not None
    (said,) = [e.details for e in bench.journal() if (e.step, e.phase) == ("unbridge", "outcome")]
    assert said["left_to_expire"] == left.id
    assert datetime.fromisoformat(said["ends"]) == left.expire
    assert left.expire - datetime.now(UTC) < timedelta(hours=12)


async def test_somebody_elses_temporary_code_is_left_alone(bench: Bench) -> None:
    """A slot that is taken is not free for a bridge: there is none, and the code there stays."""
    now = datetime.now(UTC).replace(microsecond=0)
    other = bench.tenant.tenant.create_code(LAYLA.id, CodeKind.TEMPORARY, now, now + timedelta(hours=4))
    made = await bench.planned(LAYLA, Reason.WORN)
    assert Step.BRIDGE not in made[0].steps

    result = await bench.carry_out(made, Person(bench.paper, []))

    assert result.finished
    left = bench.tenant.tenant.methods[LAYLA.id].temporary
    assert left is not None
    assert left.id == other.code.id


async def test_a_delete_that_takes_effect_after_everything_else(bench: Bench, check: Callable[[], None]) -> None:
    """The new code goes with the late deletion; the close notices, and another badge is made."""
    made = await bench.planned(LAYLA, Reason.WORN)
    person = Person(bench.paper, [(Step.CLOSE, Choice.REISSUE, None)])

    def gone() -> None:
        bench.tenant.tenant.delete_code(LAYLA.id, CodeKind.STANDARD)

    person.at[Step.CLOSE] = gone

    result = await bench.carry_out(made, person)

    check()
    assert result.finished
    assert len(bench.badges()) == 2
    assert bench.sign_in(bench.badges()[-1]) == "accepted"
    assert bench.sign_in(bench.badges()[0]) == "revoked"


async def test_a_badge_that_never_reads_is_printed_once_more_and_then_made_anew(
    bench: Bench, check: Callable[[], None]
) -> None:
    made = await bench.planned(LAYLA, Reason.WORN)
    person = Person(
        bench.paper, [(Step.SCAN_BACK, Choice.REPRINT, None), (Step.SCAN_BACK, Choice.REISSUE, None)], misses=2
    )

    result = await bench.carry_out(made, person)

    check()
    assert result.finished
    assert Choice.REPRINT not in person.troubles[1].choices
    first, again, new = bench.badges()
    assert first == again != new
    assert (bench.sign_in(first), bench.sign_in(new)) == ("revoked", "accepted")
    old, orphan = await bench.registry.code(bench.old_id), await bench.registry.code(bench.issuer.received[0].code_id)
    assert old is not None
    assert orphan is not None
    assert old.state is orphan.state is CodeState.REPLACED
    assert orphan.replaced_by == result.code_id
