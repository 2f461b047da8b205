"""Who may have what done: asked at the moment it is done, of Graph and of what was done before; and written down."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from drivers.wire.secret import Secret
from kiosk.registry import Order
from kiosk.replace.attendant import Choice
from kiosk.replace.plan import Reason, Refusal
from kiosk.state import Phase, State
from kiosk.supervisors import Supervisors
from kiosk.tenant.people import (
    AUTHENTICATION_ADMINISTRATOR,
    HELPDESK_ADMINISTRATOR,
    PRIVILEGED_AUTHENTICATION_ADMINISTRATOR,
    RoleAssignment,
)
from kiosk.tenant.seed import HINA, JOERG, KATARZYNA, LAYLA, MARIA, STORE_UNIT
from kiosk.visit import Visit
from tests.replace.bench import Bench, read
from tests.station.test_sign_in import code, decide, sign_in, supervisors, way_in
from tests.station.visiting import Open, phase, seen, until

__all__ = ["supervisors", "way_in"]

pytestmark = pytest.mark.anyio


async def asked(visit: Visit, bench: Bench, reason: Reason = Reason.WORN) -> State:
    """Show Layla's badge, choose, say yes: the refusal, or as far as the new badge being asked for."""
    visit.scanned("camera", seen(bench.old))
    await until(visit, lambda state: state.phase is Phase.VERDICT and bool(state.offers))
    visit.ask(reason)
    return await confirmed(visit)


async def confirmed(visit: Visit) -> State:
    visit.confirm()
    return await until(visit, lambda state: state.prompt or state.refusal is not None or state.phase is Phase.FAILED)


async def finished(visit: Visit, bench: Bench) -> bytes:
    """Hold the new badge up."""
    badge = read(bench.paper.sheets[-1])[0]
    visit.scanned("camera", seen(badge))
    await phase(visit, Phase.FINISHED)
    bench.clock.advance(60)  # taken away
    return badge


async def told(bench: Bench) -> list[tuple[str, str | None, str | None, Any]]:
    """What the audit says of approvals and refusals: action, by whom, for whom, why."""
    return [
        (entry.action, entry.actor, entry.subject, entry.details.get("refusal", entry.details.get("exceptions")))
        for entry in await bench.registry.audit()
        if entry.action in ("approved", "refused")
    ]


async def give_roles(bench: Bench, *roles: RoleAssignment) -> None:
    users = bench.tenant.tenant.users
    users[LAYLA.id] = replace(users[LAYLA.id], roles=roles)


async def test_what_is_granted_is_written_down_before_anything_is_done(bench: Bench, visiting: Open) -> None:
    visit = visiting()
    await asked(visit, bench)
    assert await told(bench) == [("approved", None, LAYLA.id, "")]
    await finished(visit, bench)


async def test_who_administers_the_directory_gets_nothing_at_a_station(bench: Bench, visiting: Open) -> None:
    await give_roles(bench, RoleAssignment(HELPDESK_ADMINISTRATOR))
    state = await asked(visiting(), bench)
    assert (state.phase, state.refusal) == (Phase.VERDICT, Refusal("holds_a_role"))
    assert await told(bench) == [("refused", None, LAYLA.id, "holds_a_role")]
    assert bench.did("DELETE", "standardqrcode") == 0
    assert await bench.registry.unfinished() == ()


async def test_a_fact_nobody_tells_is_a_refusal(bench: Bench, visiting: Open) -> None:
    """Not a guess, be it that Graph is away or that the permission is lacking."""
    bench.fail("GET", "/microsoft.graph.directoryrole", times=None, status=403)
    state = await asked(visiting(), bench)
    assert state.refusal == Refusal("roles_unknown")
    assert await told(bench) == [("refused", None, LAYLA.id, "roles_unknown")]


async def test_only_people_of_the_sites_own_unit(bench: Bench, visiting: Open) -> None:
    visit = visiting(rules={"administrative_unit": STORE_UNIT.upper()})
    await asked(visit, bench)
    await finished(visit, bench)
    unit = bench.tenant.tenant.units[STORE_UNIT]
    bench.tenant.tenant.units[STORE_UNIT] = replace(unit, members=unit.members - {HINA.id})
    await visit.enrol(HINA.id)
    assert visit.board.state.refusal == Refusal("outside_the_unit")


async def test_a_visitor_is_served_on_a_supervisors_word_and_as_an_exception(
    bench: Bench, visiting: Open, supervisors: Supervisors
) -> None:
    """Said by the supervisor, asked once more before it is done, and written down beside the approval."""
    unit = bench.tenant.tenant.units[STORE_UNIT]
    rules = {"administrative_unit": STORE_UNIT}
    visit = visiting(supervisors=supervisors, rules={"administrative_unit": "0e0e0e0e-0000-4000-8000-000000000000"})
    assert LAYLA.id in unit.members, "so that her supervisor reaches her at Graph, too"
    await sign_in(visit, bench)
    state = await asked(visit, bench)
    assert (state.refusal, state.may_vouch) == (Refusal("outside_the_unit"), True)
    assert state.supervisor is not None
    visit.vouch()
    state = await until(visit, lambda state: state.phase is Phase.CONFIRM)
    assert (state.visiting, state.reason, state.refusal) == (True, Reason.WORN, None)
    assert (await confirmed(visit)).prompt
    badge = await finished(visit, bench)
    assert bench.sign_in(badge) == "accepted"
    assert await told(bench) == [
        ("refused", MARIA.id, LAYLA.id, "outside_the_unit"),
        ("approved", MARIA.id, LAYLA.id, "visiting_worker"),
    ]
    assert not visit.board.state.may_vouch
    visit.dismiss()
    assert not visit.board.state.visiting, "said of one person, and of nobody else"
    attended = visiting(rules=rules)
    bench.tenant.tenant.units[STORE_UNIT] = replace(unit, members=unit.members - {HINA.id})
    await attended.enrol(HINA.id)
    assert (attended.board.state.refusal, attended.board.state.may_vouch) == (Refusal("outside_the_unit"), False)


async def test_what_cannot_be_planned_is_a_refusal_that_is_written_down(bench: Bench, visiting: Open) -> None:
    """As when the account is switched off between the verdict and the yes."""
    visit = visiting()
    await visit.enrol(LAYLA.id)
    assert visit.board.state.refusal == Refusal("enrolled_already")
    assert await told(bench) == [("refused", None, LAYLA.id, "enrolled_already")]


async def test_one_station_and_one_person_have_an_hours_worth(bench: Bench, visiting: Open) -> None:
    visit = visiting(rules={"per_hour_person": 1})
    await asked(visit, bench)
    bench.old = await finished(visit, bench)
    assert (await asked(visit, bench)).refusal == Refusal("person_quota")
    bench.clock.advance(3601)
    state = await asked(visit, bench)
    assert state.refusal is None
    visit = visiting(rules={"per_hour_station": 1})
    await visit.enrol(HINA.id)
    assert visit.board.state.refusal == Refusal("station_quota")


# With supervisors


async def test_an_approver_switched_off_since_they_signed_in(
    bench: Bench, visiting: Open, supervisors: Supervisors
) -> None:
    """Graph, asked in their name, no longer answers at all: that is a refusal like any other."""
    visit = visiting(supervisors=supervisors)
    await sign_in(visit, bench)
    users = bench.tenant.tenant.users
    visit.scanned("camera", seen(bench.old))
    await until(visit, lambda state: bool(state.offers))
    users[MARIA.id] = replace(users[MARIA.id], account_enabled=False)
    visit.ask(Reason.WORN)
    state = await confirmed(visit)
    assert state.refusal == Refusal("roles_unknown")
    assert state.supervisor is None, "signed out"
    assert await told(bench) == [("refused", MARIA.id, LAYLA.id, "roles_unknown")]


def promote(bench: Bench) -> None:
    """Jörg is a second supervisor of the same shop."""
    users = bench.tenant.tenant.users
    users[JOERG.id] = replace(users[JOERG.id], roles=(RoleAssignment(AUTHENTICATION_ADMINISTRATOR, STORE_UNIT),))


async def second_signs_in(visit: Visit, bench: Bench, who: Any) -> State:
    decide(bench, await code(visit), who)
    return await until(visit, lambda state: state.phase is Phase.CONFIRM)


async def test_what_takes_two_is_done_on_both_words(bench: Bench, visiting: Open, supervisors: Supervisors) -> None:
    """For the same worker and the same reason, of which the second is told before saying yes."""
    promote(bench)
    visit = visiting(supervisors=supervisors)
    await sign_in(visit, bench)
    await visit.enrol(HINA.id)
    state = visit.board.state
    assert (state.refusal, state.supervisor, state.first and state.first.user_id) == (
        Refusal("second_person"), None, MARIA.id,
    )  # fmt: skip
    assert state.may_sign_in
    state = await second_signs_in(visit, bench, JOERG)
    assert (state.name, state.reason) == (HINA.display_name, Reason.NEW_HERE)
    assert [each.user_id for each in state.approvers] == [MARIA.id, JOERG.id]
    assert (await confirmed(visit)).prompt
    (opened,) = await bench.registry.unfinished()
    assert (opened.approver, opened.second_approver) == (MARIA.id, JOERG.id)
    assert await told(bench) == [
        ("refused", MARIA.id, HINA.id, "second_person"),
        ("approved", MARIA.id, HINA.id, ""),
        ("approved", JOERG.id, HINA.id, ""),
    ]
    visit.scanned("camera", seen(*read(bench.paper.sheets[-1])))
    await until(visit, lambda state: state.pin is not None)
    visit.reveal()
    visit.told()
    state = await phase(visit, Phase.FINISHED)
    assert state.approvers == ()


async def test_the_same_supervisor_twice_is_one(bench: Bench, visiting: Open, supervisors: Supervisors) -> None:
    visit = visiting(supervisors=supervisors)
    await sign_in(visit, bench)
    await visit.enrol(HINA.id)
    await second_signs_in(visit, bench, MARIA)
    assert (await confirmed(visit)).refusal == Refusal("second_person")
    visit.dismiss()
    assert visit.board.state.first is None


async def test_a_new_pin_after_a_new_code_takes_another(
    bench: Bench, visiting: Open, supervisors: Supervisors
) -> None:
    """By one approver within a day they would be full impersonation; whoever is second may be anybody else."""
    promote(bench)
    visit = visiting(supervisors=supervisors)
    await sign_in(visit, bench)
    await asked(visit, bench)
    bench.old = await finished(visit, bench)
    visit.dismiss()
    await sign_in(visit, bench)
    assert (await asked(visit, bench, Reason.PIN_FORGOTTEN)).refusal == Refusal("second_person")
    await second_signs_in(visit, bench, JOERG)
    visit.confirm()
    pin = (await until(visit, lambda state: state.pin is not None)).pin
    assert isinstance(pin, Secret)
    assert bench.sign_in(bench.old, pin.reveal_text()) == "must_change_pin"
    visit.reveal()
    visit.told()
    await phase(visit, Phase.FINISHED)


# What earlier runs left open


async def left_open(bench: Bench, visiting: Open, **rules: Any) -> None:
    """A station is stopped while the new badge of Layla is asked for."""
    visit = visiting(rules=rules)
    await asked(visit, bench)
    await visit.close()


async def test_what_was_begun_is_finished_on_one_key(bench: Bench, visiting: Open) -> None:
    """The next run says who is without a badge, does nothing by itself, and on the key asks for the scan."""
    await left_open(bench, visiting)
    visit = visiting()
    await visit.recovering.look()
    (view,) = visit.board.state.unfinished
    assert (view.name, view.situation, view.without_badge) == (LAYLA.display_name, "on_paper", True)
    assert visit.board.state.may_finish
    before = bench.did("DELETE", "standardqrcode")
    visit.finish()
    await until(visit, lambda state: state.prompt)
    badge = await finished(visit, bench)
    assert bench.sign_in(badge) == "accepted"
    assert (visit.board.state.unfinished, bench.did("DELETE", "standardqrcode")) == ((), before)


async def test_where_a_supervisor_is_needed_it_waits_for_one(
    bench: Bench, visiting: Open, supervisors: Supervisors
) -> None:
    await left_open(bench, visiting)
    visit = visiting(supervisors=supervisors)
    await visit.recovering.look()
    visit.finish()
    assert visit.board.state.phase is Phase.IDLE
    await sign_in(visit, bench)
    visit.finish()
    await until(visit, lambda state: state.prompt)
    await finished(visit, bench)
    resumed = [entry for entry in await bench.registry.audit() if entry.action == "replacement_resumed"]
    assert [entry.actor for entry in resumed] == [MARIA.id]


async def test_nobody_finishes_their_own(bench: Bench, visiting: Open, supervisors: Supervisors) -> None:
    await left_open(bench, visiting)
    await give_roles(bench, RoleAssignment(PRIVILEGED_AUTHENTICATION_ADMINISTRATOR))
    visit = visiting(supervisors=supervisors)
    await sign_in(visit, bench, LAYLA)
    await until(visit, lambda state: state.may_finish)
    visit.finish()
    state = await until(visit, lambda state: state.refusal is not None)
    assert state.refusal == Refusal("never_for_oneself")
    assert len(await bench.registry.unfinished()) == 1


async def test_nobody_finishes_a_badge_for_whom_they_have_just_had_a_pin_made(
    bench: Bench, visiting: Open, supervisors: Supervisors
) -> None:
    """Else a broken-off replacement were a way to both within a day. Whoever else may approve finishes it."""
    promote(bench)
    at = bench.clock.now()
    await bench.registry.open_replacement(
        "pin", user_id=LAYLA.id, reason="pin_forgotten", at=at, order=Order(approver=MARIA.id)
    )
    await bench.registry.intend("pin", "reset_pin", at, {})
    await bench.registry.outcome("pin", "reset_pin", at, "done", {})
    await bench.registry.close_replacement("pin", at=at, result="done")
    await by_joerg_left_open(bench, visiting, supervisors)

    visit = visiting(supervisors=supervisors)
    await sign_in(visit, bench)
    await until(visit, lambda state: state.may_finish)
    visit.finish()
    state = await until(visit, lambda state: state.refusal is not None)
    assert (state.refusal, state.name, state.supervisor) == (Refusal("code_and_pin"), LAYLA.display_name, None)
    assert (await told(bench))[-1] == ("refused", MARIA.id, LAYLA.id, "code_and_pin")
    visit.dismiss()

    await sign_in(visit, bench, JOERG)
    await until(visit, lambda state: state.may_finish)
    visit.finish()
    await until(visit, lambda state: state.prompt)
    assert bench.sign_in(await finished(visit, bench)) == "accepted"


async def by_joerg_left_open(bench: Bench, visiting: Open, supervisors: Supervisors) -> None:
    """As `left_open`, on the word of Joerg."""
    visit = visiting(supervisors=supervisors)
    await sign_in(visit, bench, JOERG)
    await asked(visit, bench)
    await visit.close()
    bench.clock.advance(60)


async def test_what_one_may_not_finish_keeps_nobody_else_waiting(
    bench: Bench, visiting: Open, supervisors: Supervisors
) -> None:
    """The oldest is the supervisor's own: the next is finished all the same."""
    await left_open(bench, visiting)
    await give_roles(bench, RoleAssignment(PRIVILEGED_AUTHENTICATION_ADMINISTRATOR))
    bench.clock.advance(1)
    found = bench.tenant.tenant.methods[KATARZYNA.id].standard
    assert found is not None
    order = Order(kind="standard", plan=("preflight", "delete", "close"), remove=found.id)
    at = bench.clock.now()
    await bench.registry.open_replacement("found", user_id=KATARZYNA.id, reason="found", at=at, order=order)
    visit = visiting(supervisors=supervisors)
    await sign_in(visit, bench, LAYLA)
    await until(visit, lambda state: len(state.unfinished) == 2)
    visit.finish()
    await until(visit, lambda state: state.phase is Phase.FINISHED or state.refusal is not None)
    assert [each.user_id for each in await bench.registry.unfinished()] == [LAYLA.id]
    assert bench.tenant.tenant.methods[KATARZYNA.id].standard is None


async def test_graph_away_it_is_asked_again_by_itself(bench: Bench, visiting: Open) -> None:
    """Until then the board says that nobody knows; and nothing can be finished."""
    await left_open(bench, visiting)
    visit = visiting()
    bench.fail("GET", "", times=None, status=503)
    await visit.recovering.look()
    (view,) = visit.board.state.unfinished
    assert (view.name, view.situation, view.without_badge) == (LAYLA.display_name, None, True)
    assert not visit.board.state.may_finish
    bench.heal()
    watching = asyncio.create_task(visit.recovering.watch())
    await until(visit, lambda state: state.may_finish)
    watching.cancel()


async def test_what_may_not_be_finished_can_be_closed_after_a_question(bench: Bench, visiting: Open) -> None:
    await left_open(bench, visiting)
    del bench.tenant.tenant.users[LAYLA.id]
    visit = visiting()
    await visit.recovering.look()
    (view,) = visit.board.state.unfinished
    assert (view.refusal, visit.board.state.may_finish) == (Refusal("person_gone"), False)
    visit.abandon()
    assert (visit.board.state.phase, visit.board.state.closing) == (Phase.CONFIRM, view)
    visit.dismiss()
    assert len(await bench.registry.unfinished()) == 1
    visit.abandon()
    visit.confirm()
    state = await until(visit, lambda state: state.phase is Phase.IDLE and not state.unfinished)
    assert state.closing is None
    assert bench.journal_result() == "abandoned"
    assert (await bench.registry.audit())[-1].action in ("replacement_abandoned", "replacement_closed")


async def test_who_left_with_a_temporary_badge_is_shown_with_its_end(bench: Bench, visiting: Open) -> None:
    """Graph goes away after the delete: the held code is printed, and the rest waits for the key."""
    visit = visiting()
    bench.fail("PATCH", "standardqrcode", times=None, status=503)
    visit.scanned("camera", seen(bench.old))
    await until(visit, lambda state: bool(state.offers))
    visit.ask(Reason.WORN)
    visit.confirm()
    await until(visit, lambda state: Choice.BRIDGE in state.choices)
    visit.answer(Choice.BRIDGE)
    await until(visit, lambda state: state.prompt)
    visit.scanned("camera", seen(*read(bench.paper.sheets[-1])))
    state = await phase(visit, Phase.FINISHED)
    (view,) = state.unfinished
    assert state.until is not None
    assert (view.without_badge, view.until) == (False, state.until)
    bench.heal()
    visit.dismiss()
    visit.finish()
    await until(visit, lambda state: state.prompt)
    await finished(visit, bench)
