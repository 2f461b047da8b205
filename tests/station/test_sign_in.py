"""A supervisor signs in at the station with a phone, replaces a badge, and is forgotten with the visit."""

from __future__ import annotations

import asyncio
import gc
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any, Protocol

import pytest

from drivers.wire.secret import ForgottenError, Secret
from kiosk.badge.verdict import Verdict
from kiosk.clock import ManualClock
from kiosk.graph.auth import MARGIN
from kiosk.graph.errors import SignInFailed
from kiosk.graph.settings import GraphSettings
from kiosk.replace.plan import Reason, Refusal
from kiosk.state import Phase, State
from kiosk.supervisors import Supervisors
from kiosk.tenant.device_flow import Decision
from kiosk.tenant.people import PRIVILEGED_AUTHENTICATION_ADMINISTRATOR, RoleAssignment, User
from kiosk.tenant.seed import ADA, LAYLA, MARIA, STORE_UNIT
from kiosk.visit import Visit
from tests.replace.bench import Bench, read
from tests.station.visiting import Open, phase, seen, until

pytestmark = pytest.mark.anyio

OTHER = b"ms-qrpin:v1|ada.okafor@contoso-stores.example|0a0a0a0a-0000-4000-8000-00000000000a|key"


#: What a supervisor is offered for a badge that works.
OFFERED = (Reason.WORN, Reason.PIN_FORGOTTEN, Reason.FOUND)


class Way(Protocol):
    """The fixture `way_in`."""

    async def __call__(self, *, seconds: float = 60) -> Supervisors:
        """A way in at which a code is shown for so long."""


@pytest.fixture
async def way_in(bench: Bench) -> AsyncIterator[Way]:
    """Signs in through msal and TLS, with a clock of its own whose waits take no time."""
    tenant = bench.tenant
    settings = GraphSettings(
        tenant_id=tenant.tenant_id,
        client_id=tenant.client_id,
        base_url=tenant.graph_url,
        authority=tenant.authority,
        ca_file=str(tenant.ca_file),
    )
    async with AsyncExitStack() as stack:

        async def opened(*, seconds: float = 60) -> Supervisors:
            supervisors = Supervisors(settings, ManualClock(bench.clock.now()), seconds)
            await stack.enter_async_context(supervisors.graph)
            return supervisors

        yield opened


@pytest.fixture
async def supervisors(way_in: Way) -> Supervisors:
    return await way_in()


async def code(visit: Visit) -> str:
    """Begin to sign in; the short code on the board."""
    visit.sign_in()
    state = await until(visit, lambda state: state.sign_in is not None and bool(state.sign_in.user_code))
    assert state.sign_in is not None
    return state.sign_in.user_code


def decide(bench: Bench, user_code: str, who: User | None, decision: Decision = Decision.APPROVED) -> None:
    """What the supervisor does with the phone."""
    assert bench.tenant.box.grants.decide(user_code, decision, who.id if who else None)


async def sign_in(visit: Visit, bench: Bench, who: User = MARIA) -> State:
    """All of it; the state that follows."""
    decide(bench, await code(visit), who)
    return await until(
        visit,
        lambda state: (
            state.phase in (Phase.VERDICT, Phase.SIGNED_IN)
            or (state.sign_in is not None and bool(state.sign_in.error))
        ),
    )


async def show(visit: Visit, content: bytes) -> State:
    visit.scanned("camera", seen(content))
    return await phase(visit, Phase.VERDICT)


def token(supervisors: Supervisors) -> Secret:
    held = supervisors._credential._held
    assert held is not None, "somebody is signed in"
    return held.token


def nobody_is_signed_in(visit: Visit, supervisors: Supervisors) -> bool:
    credential = supervisors._credential
    return credential._held is None and credential._flow is None and visit.board.state.supervisor is None


# Replacing


async def test_from_the_idle_screen_to_a_new_badge(bench: Bench, visiting: Open, supervisors: Supervisors) -> None:
    """All in the supervisor's name: the station's own credential makes nothing."""
    visit = visiting(supervisors=supervisors)
    user_code = await code(visit)
    shown = visit.board.state.sign_in
    assert shown is not None
    assert shown.verification_uri == f"{bench.tenant.url}/devicelogin"
    assert 0 < shown.seconds <= 60
    decide(bench, user_code, MARIA)
    state = await phase(visit, Phase.SIGNED_IN)
    assert state.supervisor is not None
    assert (state.supervisor.user_id, state.supervisor.name) == (MARIA.id, MARIA.display_name)
    assert state.supervisor.roles == ("Authentication Administrator",)
    assert (state.supervisor.whole_tenant, state.supervisor.units) == (False, (STORE_UNIT,))

    state = await show(visit, bench.old)
    assert (state.offers, state.refusal) == (OFFERED, None)
    visit.ask(Reason.WORN)
    visit.confirm()
    await until(visit, lambda state: state.prompt)
    held = token(supervisors)
    (badge,) = read(bench.paper.sheets[-1])
    visit.scanned("camera", seen(badge))
    await phase(visit, Phase.FINISHED)
    assert bench.sign_in(badge) == "accepted"
    assert bench.issuer.received == []
    assert nobody_is_signed_in(visit, supervisors)
    with pytest.raises(ForgottenError):
        held.reveal()


async def test_from_the_verdict_on_a_badge(bench: Bench, visiting: Open, supervisors: Supervisors) -> None:
    """Who stands there is refused and told how it is done; signed in, the same badge need not be shown again."""
    visit = visiting(supervisors=supervisors)
    state = await show(visit, bench.old)
    assert (state.offers, state.refusal) == ((), Refusal("needs_supervisor"))
    visit.ask(Reason.WORN)
    assert visit.board.state.phase is Phase.VERDICT
    state = await sign_in(visit, bench)
    assert (state.name, state.offers, state.refusal) == (LAYLA.display_name, OFFERED, None)


async def test_a_station_without_a_credential_of_its_own(
    bench: Bench, visiting: Open, supervisors: Supervisors
) -> None:
    """It judges by its registry, and by Graph as soon as a supervisor is there."""
    visit = visiting(supervisors=supervisors, app=False)
    state = await show(visit, bench.old)
    assert state.refusal == Refusal("needs_supervisor")
    state = await sign_in(visit, bench)
    assert state.offers == OFFERED
    assert state.judgement is not None
    assert (state.judgement.verdict, state.judgement.basis) == (Verdict.ACTIVE, "graph")


async def test_a_supervisor_replaces_no_badge_of_their_own(
    bench: Bench, visiting: Open, supervisors: Supervisors
) -> None:
    users = bench.tenant.tenant.users
    users[LAYLA.id] = replace(users[LAYLA.id], roles=(RoleAssignment(PRIVILEGED_AUTHENTICATION_ADMINISTRATOR),))
    visit = visiting(supervisors=supervisors)
    state = await sign_in(visit, bench, LAYLA)
    assert state.supervisor is not None
    assert state.supervisor.whole_tenant
    state = await show(visit, bench.old)
    assert (state.offers, state.refusal) == ((), Refusal("never_for_oneself"))


async def test_a_badge_from_outside_the_supervisors_unit(
    bench: Bench, visiting: Open, supervisors: Supervisors
) -> None:
    """Graph says so when asked in the supervisor's name; the old badge stays as it is."""
    unit = bench.tenant.tenant.units[STORE_UNIT]
    bench.tenant.tenant.units[STORE_UNIT] = replace(unit, members=unit.members - {LAYLA.id})
    visit = visiting(supervisors=supervisors)
    await sign_in(visit, bench)
    state = await show(visit, bench.old)
    assert (state.offers, state.refusal) == ((), Refusal("out_of_reach"))


async def test_a_badge_that_proves_nobody_asks_for_no_supervisor(
    bench: Bench, visiting: Open, supervisors: Supervisors
) -> None:
    visit = visiting(supervisors=supervisors)
    state = await show(visit, OTHER)
    assert state.refusal == Refusal("badge_proves_nobody")
    visit.sign_in()
    assert visit.board.state.phase is Phase.VERDICT


async def test_where_the_policy_wants_no_supervisor_nobody_can_sign_in(visiting: Open) -> None:
    visit = visiting()
    visit.sign_in()
    assert (visit.board.state.phase, visit.board.state.supervised) == (Phase.IDLE, False)


# Not signed in


@pytest.mark.parametrize(
    ("decision", "words"),
    [(Decision.DECLINED, "declined"), (Decision.BLOCKED, "Conditional Access")],
)
async def test_a_phone_that_says_no(
    decision: Decision, words: str, bench: Bench, visiting: Open, supervisors: Supervisors
) -> None:
    """In words; and a new code can be asked for, with which it works."""
    visit = visiting(supervisors=supervisors)
    decide(bench, await code(visit), None, decision)
    state = await until(visit, lambda state: state.sign_in is not None and bool(state.sign_in.error))
    assert state.sign_in is not None
    assert words in state.sign_in.error
    assert state.sign_in.hint
    assert state.may_sign_in
    assert nobody_is_signed_in(visit, supervisors)
    assert (await sign_in(visit, bench)).phase is Phase.SIGNED_IN


async def test_nobody_comes(bench: Bench, visiting: Open, way_in: Way) -> None:
    """The code is taken off after the time that was shown, the words after the usual one; it is good for nothing."""
    supervisors = await way_in(seconds=0.05)
    visit = visiting(supervisors=supervisors, idle=0.05)
    visit.sign_in()
    state = await until(visit, lambda state: state.sign_in is not None and bool(state.sign_in.error))
    assert state.sign_in is not None
    assert "in time" in state.sign_in.error
    assert nobody_is_signed_in(visit, supervisors)
    await phase(visit, Phase.IDLE)


async def test_the_authority_is_away(bench: Bench, visiting: Open, supervisors: Supervisors) -> None:
    bench.fail("POST", "/oauth2/v2.0/devicecode", times=None, status=503)
    visit = visiting(supervisors=supervisors)
    visit.sign_in()
    state = await until(visit, lambda state: state.sign_in is not None and bool(state.sign_in.error))
    assert state.phase is Phase.SIGN_IN
    assert nobody_is_signed_in(visit, supervisors)


async def test_a_look_that_goes_unanswered(bench: Bench, visiting: Open, supervisors: Supervisors) -> None:
    """The phone may have said yes by the next one; when all go unanswered, that is said."""
    visit = visiting(supervisors=supervisors)
    bench.fail("POST", "/oauth2/v2.0/token", times=2, drop="before")
    assert (await sign_in(visit, bench)).phase is Phase.SIGNED_IN
    visit.dismiss()
    bench.fail("POST", "/oauth2/v2.0/token", times=None, status=503)
    state = await sign_in(visit, bench)
    assert state.sign_in is not None
    assert "sign-in authority" in state.sign_in.error
    assert nobody_is_signed_in(visit, supervisors)


async def test_a_worker_is_no_supervisor(bench: Bench, visiting: Open, supervisors: Supervisors) -> None:
    """Anybody in the tenant can sign in on a phone; who may change nobody's codes is told so, and signed out."""
    visit = visiting(supervisors=supervisors)
    state = await sign_in(visit, bench, ADA)
    assert state.sign_in is not None
    assert "may change nobody's codes" in state.sign_in.error
    assert "Authentication Administrator" in state.sign_in.hint
    assert nobody_is_signed_in(visit, supervisors)


async def test_a_sign_in_that_is_cancelled(bench: Bench, visiting: Open, supervisors: Supervisors) -> None:
    """The phone may say yes after that: nobody is signed in. A badge held up meanwhile began no visit."""
    visit = visiting(supervisors=supervisors)
    user_code = await code(visit)
    visit.scanned("camera", seen(bench.old))
    assert visit.board.state.phase is Phase.SIGN_IN
    visit.dismiss()
    assert (visit.board.state.phase, visit.board.state.sign_in) == (Phase.IDLE, None)
    decide(bench, user_code, MARIA)
    assert nobody_is_signed_in(visit, supervisors)
    with pytest.raises(SignInFailed):
        await supervisors.issuer.person(LAYLA.id)


# The end of a session


async def go_back(visit: Visit, bench: Bench) -> None:
    visit.dismiss()


async def close(visit: Visit, bench: Bench) -> None:
    await visit.close()


async def break_down(visit: Visit, bench: Bench) -> None:
    bench.use.registry._thread.submit(bench.registry._disconnect).result()
    visit.scanned("camera", seen(OTHER))
    await phase(visit, Phase.FAILED)


async def fail_to_replace(visit: Visit, bench: Bench) -> None:
    bench.paper.fault("paper_out")
    await show(visit, bench.old)
    visit.ask(Reason.WORN)
    visit.confirm()
    await phase(visit, Phase.FAILED)


async def enrol_another(visit: Visit, bench: Bench) -> None:
    await visit.enrol(ADA.id)


@pytest.mark.parametrize("end", [go_back, close, break_down, fail_to_replace, enrol_another])
async def test_no_token_lives_after_the_visit(
    end: Callable[[Visit, Bench], Awaitable[None]], bench: Bench, visiting: Open, supervisors: Supervisors
) -> None:
    visit = visiting(supervisors=supervisors)
    await sign_in(visit, bench)
    held = token(supervisors)
    await end(visit, bench)
    assert nobody_is_signed_in(visit, supervisors)
    with pytest.raises(ForgottenError):
        held.reveal()
    with pytest.raises(SignInFailed):
        await supervisors.issuer.person(LAYLA.id)


async def test_a_supervisor_who_walked_away_is_signed_out(
    bench: Bench, visiting: Open, supervisors: Supervisors
) -> None:
    """By time, as a verdict is taken off; and not one copy of the token is left in the process."""
    visit = visiting(supervisors=supervisors, idle=0.3)
    await sign_in(visit, bench)
    assert visit.board.state.supervisor is not None
    digest, size = fingerprint(token(supervisors))
    assert any(hashlib.sha256(text).digest() == digest for text in texts(size)), "the search finds it"
    await phase(visit, Phase.IDLE)
    assert nobody_is_signed_in(visit, supervisors)
    gc.collect()
    left = [text for text in texts(size) if hashlib.sha256(text).digest() == digest]
    assert left == []


def fingerprint(secret: Secret) -> tuple[bytes, int]:
    """What a text is known by, without having it."""
    return hashlib.sha256(secret.reveal()).digest(), len(secret.reveal())


def texts(size: int) -> Iterator[bytes]:
    """Every text in a container of the process that ends in one of so many bytes."""
    containers: list[Any] = gc.get_objects()
    for container in containers:
        for value in gc.get_referents(container):
            if isinstance(value, bytes | bytearray) and len(value) >= size:
                yield bytes(value[-size:])
            elif type(value) is str and len(value) >= size and value.isascii():
                yield value[-size:].encode()


async def test_a_session_is_for_one_person(bench: Bench, visiting: Open, supervisors: Supervisors) -> None:
    """The badge may be shown again; another's finds nobody signed in, though it would be offered otherwise."""
    visit = visiting(supervisors=supervisors)
    await sign_in(visit, bench)
    await show(visit, bench.old)
    bench.clock.advance(60)
    await show(visit, b"https://example.org/")
    bench.clock.advance(60)
    visit.scanned("camera", seen(bench.old))
    state = await until(visit, lambda state: bool(state.offers))
    assert state.supervisor is not None

    visit.scanned("camera", seen(OTHER))
    state = await until(visit, lambda state: state.phase is Phase.VERDICT and state.name == ADA.display_name)
    assert nobody_is_signed_in(visit, supervisors)


async def test_closing_while_a_phone_is_awaited(visiting: Open, supervisors: Supervisors) -> None:
    visit = visiting(supervisors=supervisors)
    await code(visit)
    await visit.close()
    await asyncio.sleep(0)
    assert nobody_is_signed_in(visit, supervisors)


async def test_nothing_is_begun_with_a_sign_in_that_is_about_to_end(
    bench: Bench, visiting: Open, supervisors: Supervisors
) -> None:
    """It could end between the delete and the create. What was begun goes on with it to the very end."""
    visit = visiting(supervisors=supervisors)
    await sign_in(visit, bench)
    clock = supervisors._credential._clock
    assert isinstance(clock, ManualClock)
    clock.advance(supervisors._credential.seconds_left() - MARGIN + 1)
    await show(visit, bench.old)
    visit.ask(Reason.WORN)
    visit.confirm()
    state = await phase(visit, Phase.FAILED)
    assert "too soon to begin" in state.error
    assert (bench.did("DELETE", "standardqrcode"), bench.standing()) == (0, bench.old_id)

    visit.dismiss()
    await sign_in(visit, bench)
    clock.advance(supervisors._credential.seconds_left() - 1)
    assert (await supervisors.issuer.person(LAYLA.id)).user_id == LAYLA.id
    clock.advance(1)
    with pytest.raises(SignInFailed):
        await supervisors.issuer.person(LAYLA.id)
