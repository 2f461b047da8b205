"""The same badge once more, from its own scan: where the site allows it, with a supervisor, the old one handed in."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from drivers.wire.secret import ForgottenError
from kiosk.replace.plan import Reason, Refusal
from kiosk.state import Phase, State
from kiosk.supervisors import Supervisors
from kiosk.tenant.seed import LAYLA, MARIA
from kiosk.visit import Visit
from tests.replace.bench import OWN_PIN, Bench, Person, read
from tests.station.test_approving import told
from tests.station.test_sign_in import OTHER, sign_in, supervisors, way_in
from tests.station.visiting import Open, phase, seen, until

__all__ = ["supervisors", "way_in"]

pytestmark = pytest.mark.anyio

COPYING = {"copying": True}


async def offered(visit: Visit, bench: Bench) -> State:
    """A supervisor signs in, and the badge is shown."""
    await sign_in(visit, bench)
    visit.scanned("camera", seen(bench.old))
    return await until(visit, lambda state: bool(state.offers))


async def copied(visit: Visit, bench: Bench) -> State:
    """As far as the old badge being asked for, or why not."""
    await offered(visit, bench)
    visit.ask(Reason.COPY)
    visit.confirm()
    return await until(visit, lambda state: state.surrender or state.refusal is not None)


async def handed_in(visit: Visit, bench: Bench) -> None:
    """The old badge is taken away and held up once more: as far as the new one being asked for."""
    bench.clock.advance(2)
    visit.scanned("camera", seen(bench.old))
    await until(visit, lambda state: state.prompt)


async def left_there(visit: Visit, bench: Bench) -> None:
    """The camera goes on seeing it, and whatever that leads to is done."""
    for _ in range(5):
        bench.clock.advance(1)
        visit.scanned("camera", seen(bench.old))
        for _ in range(10):
            await asyncio.sleep(0)


async def test_the_same_badge_comes_out_on_fresh_paper(
    bench: Bench, visiting: Open, supervisors: Supervisors
) -> None:
    """Nothing changes at Graph; who took the old one in is in the audit, and no content anywhere."""
    visit = visiting(supervisors=supervisors, rules=COPYING)
    assert (await copied(visit, bench)).surrender
    visit.scanned("camera", seen(OTHER))
    await until(visit, lambda state: state.wrong_badge)
    bench.clock.advance(2)
    old = seen(bench.old)
    visit.scanned("camera", old)
    await until(visit, lambda state: state.prompt)
    (badge,) = read(bench.paper.sheets[-1])
    assert badge == bench.old

    bench.clock.advance(60)  # the old one is taken away, and the new one held up
    visit.scanned("camera", seen(badge))
    state = await phase(visit, Phase.FINISHED)

    assert state.supervisor is None
    assert (bench.standing(), bench.sign_in(badge, OWN_PIN)) == (bench.old_id, "accepted")
    assert bench.did("DELETE", "standardqrcode") == bench.did("PATCH", "standardqrcode") == 0
    assert await told(bench) == [("approved", MARIA.id, LAYLA.id, "")]
    (taken,) = [entry for entry in await bench.registry.audit() if entry.action == "badge_surrendered"]
    assert (taken.actor, taken.subject, taken.details) == (MARIA.id, LAYLA.id, {"code_id": bench.old_id})
    with pytest.raises(ForgottenError):
        old.codes[0].content.reveal()
    bench.person = Person(bench.paper, [])
    bench.check_secrets([], "")
    assert await bench.registry.problems() == ()


async def test_an_old_badge_that_still_lies_there_is_not_the_new_one(
    bench: Bench, visiting: Open, supervisors: Supervisors
) -> None:
    """Both say the same: only what was away and is held up again counts as the one that came out."""
    visit = visiting(supervisors=supervisors, rules=COPYING)
    await copied(visit, bench)
    await handed_in(visit, bench)
    await left_there(visit, bench)
    assert visit.board.state.prompt
    bench.clock.advance(2)
    visit.scanned("camera", seen(bench.old))
    await phase(visit, Phase.FINISHED)


async def test_an_old_badge_that_still_lies_there_is_not_handed_in(
    bench: Bench, visiting: Open, supervisors: Supervisors
) -> None:
    """Nobody has taken it in who only said that it may be copied: it is taken away first, and held up once more."""
    visit = visiting(supervisors=supervisors, rules=COPYING)
    await offered(visit, bench)
    visit.ask(Reason.COPY)
    visit.confirm()
    await until(visit, lambda state: state.surrender)
    await left_there(visit, bench)
    assert visit.board.state.surrender
    await handed_in(visit, bench)


async def test_once_for_a_code(bench: Bench, visiting: Open, supervisors: Supervisors) -> None:
    """Also where nobody knows whether the first copy came out; the refusal is written down."""
    visit = visiting(supervisors=supervisors, rules=COPYING)
    await copied(visit, bench)
    await handed_in(visit, bench)
    await visit.close()
    bench.clock.advance(60)

    again = visiting(supervisors=supervisors, rules=COPYING)
    assert (await copied(again, bench)).refusal == Refusal("copied_before")
    assert (await told(bench))[-1] == ("refused", MARIA.id, LAYLA.id, "copied_before")


async def test_a_copy_and_a_new_pin_are_not_one_persons_to_give(
    bench: Bench, visiting: Open, supervisors: Supervisors
) -> None:
    """A copied badge is a badge: with a PIN of the same hand it would be full impersonation."""
    visit = visiting(supervisors=supervisors, rules=COPYING)
    await copied(visit, bench)
    await handed_in(visit, bench)
    bench.clock.advance(60)
    visit.scanned("camera", seen(bench.old))
    await phase(visit, Phase.FINISHED)
    visit.dismiss()
    bench.clock.advance(60)
    await offered(visit, bench)
    visit.ask(Reason.PIN_FORGOTTEN)
    visit.confirm()
    state = await until(visit, lambda state: state.refusal is not None)
    assert state.refusal == Refusal("second_person")


async def test_a_badge_that_nobody_hands_in_is_not_copied(
    bench: Bench, visiting: Open, supervisors: Supervisors
) -> None:
    visit = visiting(supervisors=supervisors, rules=COPYING, scan_back=0.05)
    await copied(visit, bench)
    state = await until(visit, lambda state: state.refusal is not None)
    assert state.refusal == Refusal("not_surrendered")
    assert (await told(bench))[-1] == ("refused", MARIA.id, LAYLA.id, "not_surrendered")
    assert (bench.paper.sheets, await bench.registry.unfinished()) == ([], ())


async def test_it_can_be_left_until_the_old_badge_is_handed_in(
    bench: Bench, visiting: Open, supervisors: Supervisors
) -> None:
    visit = visiting(supervisors=supervisors, rules=COPYING)
    await copied(visit, bench)
    visit.dismiss()
    state = await phase(visit, Phase.IDLE)
    assert (state.surrender, state.supervisor, bench.paper.sheets) == (False, None, [])


async def test_only_where_the_site_allows_it_and_graph_says_active(
    bench: Bench, visiting: Open, supervisors: Supervisors
) -> None:
    """Off by default; never without a supervisor, nor for a badge about to end or one Graph cannot be asked about."""
    visit = visiting(supervisors=supervisors)
    assert Reason.COPY not in (await offered(visit, bench)).offers
    await visit.close()
    bench.clock.advance(60)

    attended = visiting(rules=COPYING)
    attended.scanned("camera", seen(bench.old))
    assert Reason.COPY not in (await until(attended, lambda state: bool(state.offers))).offers
    await attended.close()
    bench.clock.advance(60)

    method = bench.tenant.tenant.methods[LAYLA.id]
    assert method.standard is not None
    ends = method.standard.expire - (method.standard.expire - bench.clock.now()) * 0.9
    bench.tenant.tenant.methods[LAYLA.id] = replace(method, standard=replace(method.standard, expire=ends))
    visit = visiting(supervisors=supervisors, rules=COPYING)
    assert Reason.COPY not in (await offered(visit, bench)).offers
