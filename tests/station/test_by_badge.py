"""A supervisor signs in with their own badge and a PIN of the station; the station then acts by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from drivers.wire.secret import Secret
from kiosk.badge.content import digest
from kiosk.badge.kind import CodeKind
from kiosk.by_badge import ByBadge
from kiosk.checking import Checker
from kiosk.config import Policy, Ui
from kiosk.presence import Presence
from kiosk.registry import CodeState, IssuedCode
from kiosk.replace.plan import Reason, Refusal
from kiosk.state import Phase, State
from kiosk.tenant.seed import FRONTLINE_GROUP, MARIA
from kiosk.visit import Visit
from tests.replace.bench import PIN, Bench, read
from tests.station.visiting import phase, seen, until

pytestmark = pytest.mark.anyio

STATION_PIN = "40718255"


@pytest.fixture
async def hers(bench: Bench) -> bytes:
    """What Maria's badge says; she may approve here with it."""
    now = datetime.now(UTC).replace(microsecond=0)
    made = bench.tenant.tenant.create_method(MARIA.id, now - timedelta(days=9), now + timedelta(days=60), PIN).code
    content = made.content.reveal()
    await bench.registry.add_code(
        IssuedCode(
            code_id=made.code.id,
            user_id=MARIA.id,
            upn=MARIA.user_principal_name,
            display_name=MARIA.display_name,
            kind=CodeKind.STANDARD,
            digest=digest(content),
            issued_at=now,
            start_at=made.code.start,
            expire_at=made.code.expire,
            station="till-3",
            changed_at=now,
            state=CodeState.SCANNED,
        )
    )
    await bench.registry.supervisors.add(MARIA.id, MARIA.user_principal_name, Secret(STATION_PIN), at=now)
    return content


@pytest.fixture
async def visit(bench: Bench) -> Visit:
    """At a station where nobody signs in with a phone."""
    policy = Policy(replacement="supervisor", supervisors_group=FRONTLINE_GROUP)
    checker = Checker(bench.registry, bench.issuer, bench.clock)
    by_badge = ByBadge(checker, bench.registry, bench.clock)
    presence, ui = Presence(bench.clock, Ui().away_seconds), Ui(idle_seconds=600, scan_back_seconds=600)
    return Visit(checker, replace(bench.use, policy=policy), presence, ui, None, by_badge)


async def hold_up(visit: Visit, content: bytes) -> State:
    visit.sign_in()
    await phase(visit, Phase.SIGN_IN)
    visit.scanned("camera", seen(content))
    return await until(visit, lambda state: state.asks_pin)


async def typed(visit: Visit, pin: str) -> State:
    """What comes of it."""
    before = visit.board.state.sign_in
    for digit in pin:
        visit.type(digit)
    visit.confirm()
    return await until(
        visit,
        lambda state: (
            state.supervisor is not None
            or (
                state.sign_in is not before
                and bool(state.sign_in and state.sign_in.pin and not state.sign_in.pin.typed)
            )
        ),
    )


async def test_a_badge_is_replaced_on_the_word_of_a_badge_and_a_pin(bench: Bench, hers: bytes, visit: Visit) -> None:
    """With the station's own credential; her id is the approver's."""
    visit.scanned("camera", seen(bench.old))
    state = await phase(visit, Phase.VERDICT)
    assert (state.refusal, state.may_sign_in) == (Refusal("needs_supervisor"), True)
    state = await hold_up(visit, hers)
    assert state.sign_in is not None
    assert state.sign_in.pin is not None
    assert state.sign_in.pin.name == MARIA.display_name
    await typed(visit, STATION_PIN)
    state = await until(visit, lambda state: bool(state.offers))
    assert STATION_PIN not in repr(state)
    visit.ask(Reason.WORN)
    visit.confirm()
    await until(visit, lambda state: state.prompt)
    (opened,) = await bench.registry.unfinished()
    assert opened.approver == MARIA.id
    (badge,) = read(bench.paper.sheets[-1])
    visit.scanned("camera", seen(badge))
    state = await phase(visit, Phase.FINISHED)
    assert state.supervisor is None
    assert bench.sign_in(badge) == "accepted"
    await visit.close()


async def test_a_wrong_pin_is_said_and_too_many_are_delayed(bench: Bench, hers: bytes, visit: Visit) -> None:
    await hold_up(visit, hers)
    visit.type("1")
    visit.erase()
    for _ in range(3):
        state = await typed(visit, "00000000")
        assert state.supervisor is None
        assert state.sign_in is not None
        assert state.sign_in.pin is not None
        assert state.sign_in.pin.wrong
    state = await typed(visit, STATION_PIN)
    assert state.supervisor is None, "the right one is not looked at before its time"
    assert state.sign_in is not None
    assert state.sign_in.pin is not None
    assert state.sign_in.pin.not_before is not None
    bench.clock.advance(3600)
    assert (await typed(visit, STATION_PIN)).supervisor is not None
    await visit.close()


async def test_whoever_left_the_group_approves_nothing_any_more(bench: Bench, hers: bytes, visit: Visit) -> None:
    """Read at the approval, not at the sign-in."""
    await hold_up(visit, hers)
    await typed(visit, STATION_PIN)
    visit.scanned("camera", seen(bench.old))
    await until(visit, lambda state: bool(state.offers))
    group = bench.tenant.tenant.groups[FRONTLINE_GROUP]
    bench.tenant.tenant.groups[FRONTLINE_GROUP] = replace(group, members=group.members - {MARIA.id})
    visit.ask(Reason.WORN)
    visit.confirm()
    state = await until(visit, lambda state: state.refusal is not None)
    assert state.refusal == Refusal("approver_inactive")
    await visit.close()


async def test_a_workers_badge_is_no_way_in(bench: Bench, hers: bytes, visit: Visit) -> None:
    """Nor is a supervisor's that was switched off."""
    method = bench.tenant.tenant.methods[MARIA.id]
    checker = Checker(bench.registry, bench.issuer, bench.clock)
    by_badge = ByBadge(checker, bench.registry, bench.clock)
    assert await by_badge.whose(seen(hers).codes) is not None
    assert await by_badge.whose(seen(bench.old).codes) is None
    assert await by_badge.whose(seen(b"https://example.org/").codes) is None
    assert method.standard is not None
    bench.tenant.tenant.delete_code(MARIA.id, CodeKind.STANDARD)
    assert await by_badge.whose(seen(hers).codes) is None
    await visit.close()
