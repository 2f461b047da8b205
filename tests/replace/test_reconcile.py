"""A station that is stopped at any step, and the recovery that finishes what it had begun."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from kiosk.badge.kind import CodeKind
from kiosk.replace.assignment import Assignment
from kiosk.replace.attendant import Choice
from kiosk.replace.carry_out import Replacement
from kiosk.replace.plan import Reason, Refusal, Step
from kiosk.replace.reconcile import Unfinished, abandon, finish, look
from kiosk.replace.recover import Recovery, Situation
from kiosk.tenant.people import User
from kiosk.tenant.seed import HINA, LAYLA
from tests.replace.bench import OWN_PIN, Bench, Person

pytestmark = pytest.mark.anyio

REISSUE = [
    (Step.BRIDGE, Situation.UNTOUCHED),
    (Step.DELETE, Situation.UNTOUCHED),
    (Step.CREATE, Situation.NO_CODE),
    (Step.PREPARE, Situation.CONTENT_LOST),
    (Step.PRINT, Situation.CONTENT_LOST),
    (Step.SCAN_BACK, Situation.ON_PAPER),
    (Step.UNBRIDGE, Situation.READ_BACK),
    (Step.CLOSE, Situation.READ_BACK),
]


async def stop_at(step: Step, user: User, reason: Reason, bench: Bench) -> Unfinished:
    """Break a replacement off when a step begins; what is found at the next start."""
    planned = await bench.planned(user, reason)
    person = bench.person = Person(bench.paper, [])
    replacement = Replacement(Assignment(*planned, bench.use, person))
    running = asyncio.create_task(replacement.run())
    person.at[step] = lambda: (running.cancel(), None)[1]
    with pytest.raises(asyncio.CancelledError):
        await running
    (found,) = await look(bench.use)
    return found


async def recovered(found: Unfinished, bench: Bench, person: Person) -> None:
    """Finish it, and look at what must hold of anything that was finished."""
    bench.person = person
    result = await finish(found, bench.use, person)
    assert result is not None
    assert result.finished, result
    assert not await look(bench.use)
    assert bench.journal_result() == "done"


@pytest.mark.parametrize(("step", "situation"), REISSUE, ids=[step for step, _ in REISSUE])
async def test_a_reissue_that_was_broken_off(
    step: Step, situation: Situation, bench: Bench, check: Callable[[], None]
) -> None:
    """Wherever it was, the worker ends with one badge that signs in, and no code of ours is left over."""
    found = await stop_at(step, LAYLA, Reason.WORN, bench)
    assert isinstance(found.found, Recovery)
    assert found.found.situation is situation

    await recovered(found, bench, Person(bench.paper, []))

    check()
    badges = bench.badges()
    assert len(badges) == 1, "no code was printed twice, and none in vain"
    assert bench.sign_in(badges[0]) == "accepted"
    assert bench.sign_in(bench.old) == "revoked"
    assert bench.tenant.tenant.methods[LAYLA.id].temporary is None


@pytest.mark.parametrize("step", [Step.CREATE_METHOD, Step.PREPARE, Step.PRINT, Step.SCAN_BACK, Step.TELL_PIN])
async def test_an_enrolment_that_was_broken_off(step: Step, bench: Bench, check: Callable[[], None]) -> None:
    """The worker ends with a badge and a PIN they were told."""
    found = await stop_at(step, HINA, Reason.NEW_HERE, bench)
    person = Person(bench.paper, [])

    await recovered(found, bench, person)

    check()
    (badge,) = bench.badges()
    assert bench.sign_in(badge, person.told[-1], OWN_PIN) == "accepted"


@pytest.mark.parametrize("step", [Step.CREATE_TEMPORARY, Step.PREPARE, Step.SCAN_BACK, Step.CLOSE])
async def test_a_temporary_badge_that_was_broken_off(step: Step, bench: Bench) -> None:
    found = await stop_at(step, LAYLA, Reason.FORGOTTEN, bench)

    await recovered(found, bench, Person(bench.paper, []))

    (badge,) = bench.badges()
    assert bench.sign_in(badge) == "accepted"
    assert bench.sign_in(bench.old) == "accepted", "the standard badge at home stays alive"


@pytest.mark.parametrize("step", [Step.RESET_PIN, Step.TELL_PIN, Step.CLOSE])
async def test_a_pin_reset_that_was_broken_off(step: Step, bench: Bench, check: Callable[[], None]) -> None:
    found = await stop_at(step, LAYLA, Reason.PIN_FORGOTTEN, bench)
    person = Person(bench.paper, [])

    await recovered(found, bench, person)

    check()
    assert bench.sign_in(bench.old, person.told[-1], OWN_PIN) == "accepted"


@pytest.mark.parametrize("step", [Step.DELETE, Step.CLOSE])
async def test_a_revocation_that_was_broken_off(step: Step, bench: Bench) -> None:
    found = await stop_at(step, LAYLA, Reason.FOUND, bench)

    await recovered(found, bench, Person(bench.paper, []))

    assert bench.sign_in(bench.old) == "revoked"
    assert bench.standing() is None


async def test_a_bridge_in_the_hand_is_known(bench: Bench, check: Callable[[], None]) -> None:
    """Whoever left with a temporary badge is not without one; finishing it takes the temporary code back."""
    made = await bench.planned(LAYLA, Reason.WORN)
    bench.issuer.after_delete = lambda: bench.fail("", "", status=503, times=None)
    result = await bench.carry_out(made, Person(bench.paper, [(Step.CREATE, Choice.BRIDGE, None)]))
    bench.heal()
    bench.issuer.after_delete = lambda: None
    (found,) = await look(bench.use)
    assert isinstance(found.found, Recovery)
    assert (found.found.situation, found.without_badge, found.found.until) == (
        Situation.NO_CODE,
        False,
        result.until,
    )

    await recovered(found, bench, Person(bench.paper, []))

    check()
    temporary, standard = bench.badges()
    assert bench.sign_in(temporary) == "revoked"
    assert bench.sign_in(standard) == "accepted"


async def test_recovery_can_be_broken_off_too(bench: Bench, check: Callable[[], None]) -> None:
    """Again and again: each time it goes on from where it was."""
    found = await stop_at(Step.CREATE, LAYLA, Reason.WORN, bench)
    for step in (Step.CREATE, Step.PREPARE, Step.PRINT, Step.SCAN_BACK, Step.UNBRIDGE, Step.CLOSE):
        person = bench.person = Person(bench.paper, [])
        running = asyncio.create_task(finish(found, bench.use, person))
        person.at[step] = lambda running=running: (running.cancel(), None)[1]
        with pytest.raises(asyncio.CancelledError):
            await running

    await recovered(found, bench, Person(bench.paper, []))

    check()
    (badge,) = bench.badges()
    assert bench.sign_in(badge) == "accepted"


async def test_somebody_replaced_the_code_meanwhile(bench: Bench, check: Callable[[], None]) -> None:
    """Their code is left alone, and what of ours is left is cleared away."""
    found = await stop_at(Step.CREATE, LAYLA, Reason.WORN, bench)
    bench.somebody_creates()
    (found,) = await look(bench.use)
    assert isinstance(found.found, Recovery)
    assert found.found.situation is Situation.SOMEBODY_ELSE
    theirs = bench.standing()

    await recovered(found, bench, Person(bench.paper, []))

    check()
    assert bench.standing() == theirs
    assert bench.badges() == []
    assert bench.tenant.tenant.methods[LAYLA.id].temporary is None


async def test_somebody_creates_a_code_while_it_is_looked_at(bench: Bench) -> None:
    """Between the look and the key: what was found no longer holds, and nothing is deleted."""
    found = await stop_at(Step.CREATE, LAYLA, Reason.WORN, bench)
    person = bench.person = Person(bench.paper, [(Step.CREATE, Choice.GIVE_UP, None)])
    person.at[Step.CREATE] = bench.somebody_creates

    result = await finish(found, bench.use, person)

    assert result is not None
    assert result.stranded
    assert bench.did("DELETE", "standardqrcode") == 1, "the planned one"


async def test_somebody_created_a_code_before_the_key_was_pressed(bench: Bench) -> None:
    """It is looked at once more: what was found no longer holds, and what does is finished."""
    found = await stop_at(Step.CREATE, LAYLA, Reason.WORN, bench)
    bench.somebody_creates()
    theirs = bench.standing()
    bench.person = Person(bench.paper, [])

    result = await finish(found, bench.use, bench.person)

    assert result is not None
    assert result.finished
    assert bench.journal_result() == "done"
    assert bench.standing() == theirs


async def test_who_has_gone_needs_nothing(bench: Bench) -> None:
    """A disabled account is given nothing; a person closes what is open."""
    found = await stop_at(Step.CREATE, LAYLA, Reason.WORN, bench)
    users = bench.tenant.tenant.users
    users[LAYLA.id] = replace(users[LAYLA.id], account_enabled=False)
    (found,) = await look(bench.use)
    assert found.found == Refusal("account_disabled")
    assert await finish(found, bench.use, Person(bench.paper, [])) is None

    await abandon(found, bench.use)

    assert not await look(bench.use)
    assert bench.journal_result() == "abandoned"


async def test_graph_is_away_at_the_start(bench: Bench) -> None:
    """Nobody can say, so nobody says that all is well."""
    found = await stop_at(Step.CREATE, LAYLA, Reason.WORN, bench)
    bench.fail("GET", "", status=503, times=None)
    (found,) = await look(bench.use)
    assert found.error is not None
    assert found.without_badge


async def test_an_extension_that_was_broken_off(bench: Bench) -> None:
    """Done or not, the old badge works, and longer than before."""
    found = await stop_at(Step.CLOSE, LAYLA, Reason.EXPIRES, bench)
    assert isinstance(found.found, Recovery)
    assert found.found.situation is Situation.NOTHING_LEFT
    await recovered(found, bench, Person(bench.paper, []))
    code = bench.tenant.tenant.methods[LAYLA.id].standard
    assert code is not None
    assert code.id == bench.old_id
    assert code.expire > datetime.now(UTC) + timedelta(days=300)
    assert bench.did("PATCH", "standardqrcode") == 1
    known = await bench.registry.code(bench.old_id)
    assert known is not None
    assert known.expire_at == code.expire
    assert known.kind is CodeKind.STANDARD
