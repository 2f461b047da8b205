"""Signing in through msal: as the app, as a supervisor, and what is said when Entra says no."""

from __future__ import annotations

import asyncio
import threading
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from drivers.wire.secret import Secret
from kiosk.clock import ManualClock
from kiosk.graph.auth import AppSignIn, SupervisorSignIn
from kiosk.graph.client import GraphClient
from kiosk.graph.errors import InsufficientPermissions, PinRejected, ServiceUnavailable, SignInFailed
from kiosk.graph.paths import MethodOwner
from kiosk.graph.pin import generate_pin
from kiosk.graph.settings import GraphSettings, Timeouts
from kiosk.graph.sign_in_refusals import sign_in_refusal
from kiosk.graph.thread import in_thread
from kiosk.tenant.device_flow import Decision
from kiosk.tenant.faults import Fault, Match, Rule
from kiosk.tenant.seed import ADA, CHIDI, MARIA
from kiosk.tenant.serve import RunningTenant

pytestmark = pytest.mark.anyio


def token_requests(tenant: RunningTenant) -> int:
    return sum(entry.to_json()["path"].endswith("/oauth2/v2.0/token") for entry in tenant.box.journal.entries)


def approve(tenant: RunningTenant, code: str, upn: str) -> None:
    assert tenant.box.grants.decide(code, Decision.APPROVED, tenant.tenant.user(upn).id)


@pytest.mark.parametrize("proof", ["client_secret", "certificate_file"])
async def test_the_app_signs_in_and_is_let_in(
    tenant: RunningTenant, tenant_settings: GraphSettings, wall_clock: ManualClock, proof: str
) -> None:
    credential = AppSignIn(tenant_settings, getattr(tenant, proof), clock=wall_clock)
    async with GraphClient(tenant_settings, credential, clock=wall_clock) as graph:
        assert (await graph.get_user(ADA.id)).id == ADA.id
    assert token_requests(tenant) == 1


async def test_a_token_is_kept_until_shortly_before_its_end(
    tenant: RunningTenant, tenant_settings: GraphSettings, wall_clock: ManualClock
) -> None:
    credential = AppSignIn(tenant_settings, tenant.client_secret, clock=wall_clock)
    first = await credential.token()
    wall_clock.advance(1800)
    assert await credential.token() is first
    wall_clock.advance(3600)
    assert await credential.token() is not first
    assert token_requests(tenant) == 2


async def test_many_who_want_a_token_cause_one_sign_in(
    tenant: RunningTenant, tenant_settings: GraphSettings, wall_clock: ManualClock
) -> None:
    credential = AppSignIn(tenant_settings, tenant.client_secret, clock=wall_clock)
    first, *others = await asyncio.gather(*(credential.token() for _ in range(8)))
    assert all(token is first for token in others)
    assert token_requests(tenant) == 1
    await asyncio.gather(*(credential.token(refused=first) for _ in range(8)))
    assert token_requests(tenant) == 2


async def test_a_wrong_secret(tenant: RunningTenant, tenant_settings: GraphSettings, wall_clock: ManualClock) -> None:
    credential = AppSignIn(tenant_settings, Secret("hunter2-hunter2"), clock=wall_clock)
    with pytest.raises(SignInFailed) as caught:
        await credential.token()
    assert caught.value.aadsts == 7000215
    assert "AADSTS7000215" in str(caught.value)
    assert "Certificates & secrets" in caught.value.hint
    assert "hunter2" not in f"{caught.value!r} {caught.value.hint}"
    assert caught.value.__context__ is None


async def test_an_app_the_tenant_does_not_know(
    tenant: RunningTenant, tenant_settings: GraphSettings, wall_clock: ManualClock
) -> None:
    settings = msgspec.structs.replace(tenant_settings, client_id="00000000-0000-4000-8000-000000000000")
    with pytest.raises(SignInFailed) as caught:
        await AppSignIn(settings, tenant.client_secret, clock=wall_clock).token()
    assert caught.value.aadsts == 700016
    assert "client_id" in caught.value.hint


async def test_a_tenant_that_is_not_there(
    tenant: RunningTenant, tenant_settings: GraphSettings, wall_clock: ManualClock
) -> None:
    settings = msgspec.structs.replace(tenant_settings, authority=f"{tenant.url}/nobody.example")
    with pytest.raises(SignInFailed) as caught:
        await AppSignIn(settings, tenant.client_secret, clock=wall_clock).token()
    assert "tenant_id" in caught.value.hint


@pytest.mark.parametrize(
    "content", [None, b"", b"\xff\xfe", b"-----BEGIN CERTIFICATE-----\nQQ==\n-----END CERTIFICATE-----"]
)
async def test_a_certificate_file_that_is_none(
    tenant_settings: GraphSettings, wall_clock: ManualClock, tmp_path: Path, content: bytes | None
) -> None:
    file = tmp_path / "app.pem"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SignInFailed, match="certificate file"):
        await AppSignIn(tenant_settings, file, clock=wall_clock).token()


async def test_a_certificate_file_that_is_broken(
    tenant: RunningTenant, tenant_settings: GraphSettings, wall_clock: ManualClock, tmp_path: Path
) -> None:
    file = tmp_path / "app.pem"
    file.write_bytes(tenant.certificate_file.read_bytes().replace(b"A", b"B"))
    with pytest.raises(SignInFailed) as caught:
        await AppSignIn(tenant_settings, file, clock=wall_clock).token()
    shown = "".join(traceback.TracebackException.from_exception(caught.value, capture_locals=True).format())
    assert "BEGIN" not in shown


async def test_an_authority_nobody_serves(tenant_settings: GraphSettings, wall_clock: ManualClock) -> None:
    settings = msgspec.structs.replace(tenant_settings, authority="https://127.0.0.1:9")
    with pytest.raises(ServiceUnavailable) as caught:
        await AppSignIn(settings, Secret("x"), clock=wall_clock).token()
    assert "graph.authority" in caught.value.hint


async def test_an_authority_that_is_not_trusted(
    tenant: RunningTenant, tenant_settings: GraphSettings, wall_clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The environment cannot make it trusted either: only the settings can."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tenant.ca_file))
    monkeypatch.setenv("SSL_CERT_FILE", str(tenant.ca_file))
    settings = msgspec.structs.replace(tenant_settings, ca_file=None)
    with pytest.raises(ServiceUnavailable, match="SSLError"):
        await AppSignIn(settings, tenant.client_secret, clock=wall_clock).token()


async def test_an_authority_out_of_order(
    tenant: RunningTenant, tenant_settings: GraphSettings, wall_clock: ManualClock
) -> None:
    tenant.box.faults.add(Rule(Fault(status=503), Match(path="/oauth2/v2.0/token"), None))
    with pytest.raises(ServiceUnavailable):
        await AppSignIn(tenant_settings, tenant.client_secret, clock=wall_clock).token()


async def test_an_authority_that_never_answers(
    tenant: RunningTenant, tenant_settings: GraphSettings, wall_clock: ManualClock
) -> None:
    tenant.box.faults.add(Rule(Fault(delay_ms=2000), Match(path="/oauth2/v2.0/token")))
    settings = msgspec.structs.replace(tenant_settings, timeouts=Timeouts(read=30, sign_in=0.2))
    with pytest.raises(ServiceUnavailable, match="in time"):
        await AppSignIn(settings, tenant.client_secret, clock=wall_clock).token()


async def test_work_that_hangs_is_left_behind() -> None:
    never = threading.Event()
    with pytest.raises(TimeoutError):
        await in_thread(never.wait, seconds=0.05)
    never.set()


async def test_what_goes_wrong_in_the_thread_comes_out() -> None:
    with pytest.raises(ZeroDivisionError):
        await in_thread(lambda: 1 // 0, seconds=10)


async def test_a_supervisor_signs_in_with_a_phone(
    tenant: RunningTenant, tenant_settings: GraphSettings, wall_clock: ManualClock
) -> None:
    """What they may do then is what their role reaches: their own store."""
    credential = SupervisorSignIn(tenant_settings, clock=wall_clock)
    prompt = await credential.begin()
    assert prompt.verification_uri.startswith("https://")
    assert prompt.expires > wall_clock.now()
    approve(tenant, prompt.user_code, MARIA.user_principal_name)
    await credential.wait()
    async with GraphClient(tenant_settings, credential, clock=wall_clock) as graph:
        assert (await graph.reset_pin(MethodOwner.user(ADA.id))).code is not None
        with pytest.raises(InsufficientPermissions):
            await graph.reset_pin(MethodOwner.user(CHIDI.id))


class ActingClock(ManualClock):
    """Does something during its third wait."""

    def __init__(self, now: datetime) -> None:
        super().__init__(now)
        self.waits = 0
        self.act: Callable[[], None] = lambda: None

    async def sleep(self, seconds: float) -> None:
        self.waits += 1
        if self.waits == 3:
            self.act()
        await super().sleep(seconds)


async def test_the_wait_goes_on_until_the_phone_was_used(
    tenant: RunningTenant, tenant_settings: GraphSettings
) -> None:
    clock = ActingClock(datetime.now(UTC))
    credential = SupervisorSignIn(tenant_settings, clock=clock)
    prompt = await credential.begin()
    clock.act = lambda: approve(tenant, prompt.user_code, MARIA.user_principal_name)
    await credential.wait()
    assert token_requests(tenant) == 3
    assert await credential.token()


async def test_no_refresh_token_is_asked_for_and_the_sign_in_ends_with_its_token(
    tenant: RunningTenant, tenant_settings: GraphSettings, wall_clock: ManualClock
) -> None:
    credential = SupervisorSignIn(tenant_settings, clock=wall_clock)
    approve(tenant, (await credential.begin()).user_code, MARIA.user_principal_name)
    await credential.wait()
    assert not tenant.box.grants._refresh
    wall_clock.advance(24 * 3600)
    with pytest.raises(SignInFailed, match="no longer"):
        await credential.token()


@pytest.mark.parametrize(
    ("decision", "told"),
    [(Decision.DECLINED, (70021, "Start again")), (Decision.BLOCKED, (53003, "Conditional Access"))],
)
async def test_a_sign_in_declined_or_blocked(
    tenant: RunningTenant,
    tenant_settings: GraphSettings,
    wall_clock: ManualClock,
    decision: Decision,
    told: tuple[int, str],
) -> None:
    credential = SupervisorSignIn(tenant_settings, clock=wall_clock)
    prompt = await credential.begin()
    assert tenant.box.grants.decide(prompt.user_code, decision, None)
    with pytest.raises(SignInFailed) as caught:
        await credential.wait()
    number, advice = told
    assert caught.value.aadsts == number
    assert advice in caught.value.hint


async def test_nobody_comes(tenant_settings: GraphSettings, wall_clock: ManualClock) -> None:
    credential = SupervisorSignIn(tenant_settings, clock=wall_clock)
    await credential.begin()
    wall_clock.advance(3600)
    with pytest.raises(SignInFailed, match="in time"):
        await credential.wait()


async def test_a_visit_that_ended_is_over(
    tenant: RunningTenant, tenant_settings: GraphSettings, wall_clock: ManualClock
) -> None:
    credential = SupervisorSignIn(tenant_settings, clock=wall_clock)
    approve(tenant, (await credential.begin()).user_code, MARIA.user_principal_name)
    await credential.wait()
    credential.sign_out()
    with pytest.raises(SignInFailed, match="no supervisor"):
        await credential.token()


async def test_a_sign_in_abandoned_while_the_phone_answers_signs_nobody_in(
    tenant: RunningTenant, tenant_settings: GraphSettings, wall_clock: ManualClock
) -> None:
    credential = SupervisorSignIn(tenant_settings, clock=wall_clock)
    approve(tenant, (await credential.begin()).user_code, MARIA.user_principal_name)
    waiting = asyncio.create_task(credential.wait())
    await asyncio.sleep(0)
    credential.sign_out()
    with pytest.raises(SignInFailed):
        await waiting
    with pytest.raises(SignInFailed):
        await credential.token()


async def test_a_person_changes_their_own_pin(
    tenant: RunningTenant, tenant_settings: GraphSettings, wall_clock: ManualClock, graph: GraphClient
) -> None:
    given = (await graph.reset_pin(MethodOwner.user(ADA.id))).code
    assert given is not None
    credential = SupervisorSignIn(tenant_settings, clock=wall_clock)
    approve(tenant, (await credential.begin()).user_code, ADA.user_principal_name)
    await credential.wait()
    async with GraphClient(tenant_settings, credential, clock=wall_clock) as own:
        with pytest.raises(PinRejected):
            await own.update_own_pin(generate_pin(9), generate_pin(9))
        await own.update_own_pin(given, generate_pin(9))
    assert (await graph.get_pin(MethodOwner.user(ADA.id))).force_change is False


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ({"error": "invalid_client", "error_codes": [7000222]}, 7000222),
        ({"error": "invalid_grant", "error_description": "AADSTS53003: Access blocked for ada@x"}, 53003),
        ({"error": "invalid_client", "error_codes": "x", "error_description": None}, None),
        ({}, None),
        ({"error": {"a": 1}, "error_codes": [None], "trace_id": 5}, None),
    ],
)
def test_entras_refusals_are_numbered_and_its_prose_is_left_out(said: dict[str, Any], number: int | None) -> None:
    error = sign_in_refusal(said)
    assert error.aadsts == number
    assert error.hint
    assert "ada@x" not in f"{error} {error.hint}"
