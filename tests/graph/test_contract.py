"""The client against the tenant in a box: TLS, msal's own tokens, and every operation with its faults."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec
import pytest

from kiosk.badge.kind import CodeKind
from kiosk.clock import ManualClock
from kiosk.graph import errors
from kiosk.graph.auth import AppSignIn
from kiosk.graph.client import GraphClient
from kiosk.graph.paths import MethodOwner
from kiosk.graph.pin import generate_pin
from kiosk.graph.settings import GraphSettings
from kiosk.tenant.faults import Fault, Match, Rule
from kiosk.tenant.seed import ADA, LAYLA
from kiosk.tenant.serve import RunningTenant

pytestmark = pytest.mark.anyio

#: Has a method with an active standard code and no temporary one.
WORKER = MethodOwner.user(ADA.user_principal_name)
#: Has none.
NEWCOMER = MethodOwner.user(LAYLA.id)
STANDARD, TEMPORARY = CodeKind.STANDARD, CodeKind.TEMPORARY

Act = Callable[[GraphClient, datetime], Awaitable[Any]]

WRITES: dict[str, Act] = {
    "create_method": lambda graph, now: graph.create_method(
        NEWCOMER, start=now, expire=now + timedelta(days=30), pin=generate_pin()
    ),
    "delete_method": lambda graph, now: graph.delete_method(WORKER),
    "create_code": lambda graph, now: graph.create_code(
        WORKER, TEMPORARY, start=now, expire=now + timedelta(hours=3)
    ),
    "extend_code": lambda graph, now: graph.extend_code(WORKER, expire=now + timedelta(days=200)),
    "delete_code": lambda graph, now: graph.delete_code(WORKER, STANDARD),
    "reset_pin": lambda graph, now: graph.reset_pin(WORKER),
}


@pytest.fixture
def now(wall_clock: ManualClock) -> datetime:
    """The time, in whole seconds as they are sent."""
    return wall_clock.now().replace(microsecond=0)


def arm(tenant: RunningTenant, fault: Fault, *, verb: str = "", times: int = 1) -> None:
    tenant.box.faults.add(Rule(fault, Match(method=verb, path="qrCodePinMethod"), times))


def requests(tenant: RunningTenant, verb: str) -> int:
    return sum(entry.to_json()["method"] == verb for entry in tenant.box.journal.entries)


async def test_a_newcomer_is_enrolled(graph: GraphClient, now: datetime) -> None:
    pin = generate_pin()
    with pytest.raises(errors.MethodNotFound):
        await graph.get_method(NEWCOMER)
    expire = now + timedelta(days=30)
    method = await graph.create_method(NEWCOMER, start=now, expire=expire, pin=pin)
    assert method.standard is not None
    assert method.standard.image is not None
    content = method.standard.image.raw_content.reveal()
    assert content.startswith(f"ms-qrpin:v1|{LAYLA.user_principal_name}|{method.standard.id}|".encode())
    assert method.standard.image.media_type == "image/svg+xml"
    assert method.pin is not None
    assert method.pin.code == pin
    read = await graph.get_method(NEWCOMER)
    assert read.standard is not None
    assert (read.standard.start, read.standard.expire, read.standard.image) == (now, expire, None)
    assert read.standard.last_used is None
    with pytest.raises(errors.MethodExists):
        await graph.create_method(NEWCOMER, start=now, expire=expire, pin=pin)
    await graph.delete_method(NEWCOMER)
    with pytest.raises(errors.MethodNotFound):
        await graph.delete_method(NEWCOMER)


@pytest.mark.parametrize(("kind", "life"), [(STANDARD, timedelta(days=365)), (TEMPORARY, timedelta(hours=12))])
async def test_a_code_is_made_and_revoked(graph: GraphClient, now: datetime, kind: CodeKind, life: timedelta) -> None:
    if kind is STANDARD:
        await graph.delete_code(WORKER, kind)
    with pytest.raises(errors.CodeNotFound):
        await graph.get_code(WORKER, kind)
    code = await graph.create_code(WORKER, kind, start=now, expire=now + life)
    assert code.image is not None
    assert code.id.encode() in code.image.raw_content.reveal()
    read = await graph.get_code(WORKER, kind)
    assert (read.id, read.start, read.expire, read.image) == (code.id, now, now + life, None)
    with pytest.raises(errors.ActiveCodeExists):
        await graph.create_code(WORKER, kind, start=now, expire=now + life)
    await graph.delete_code(WORKER, kind)
    with pytest.raises(errors.CodeNotFound):
        await graph.delete_code(WORKER, kind)


async def test_a_standard_code_is_extended_within_its_395_days(graph: GraphClient, now: datetime) -> None:
    before = await graph.get_code(WORKER, STANDARD)
    most = before.start + timedelta(days=395)
    after = await graph.extend_code(WORKER, expire=most)
    assert (after.id, after.start, after.expire) == (before.id, before.start, most)
    with pytest.raises(errors.LifetimeExceeded):
        await graph.extend_code(WORKER, expire=most + timedelta(seconds=1))


async def test_extending_what_is_gone_makes_a_secret_and_says_so(graph: GraphClient, now: datetime) -> None:
    await graph.delete_code(WORKER, STANDARD)
    with pytest.raises(errors.UnexpectedCodeCreated) as caught:
        await graph.extend_code(WORKER, expire=now + timedelta(days=30))
    assert caught.value.created is not None
    assert caught.value.created.image is not None
    assert (await graph.get_code(WORKER, STANDARD)).id == caught.value.created.id


async def test_a_pin_is_reset_and_must_be_changed(graph: GraphClient) -> None:
    assert (await graph.get_pin(WORKER)).force_change is False
    pin = await graph.reset_pin(WORKER)
    assert pin.code is not None
    assert (await graph.get_pin(WORKER)).force_change is True
    assert (await graph.get_pin(WORKER)).code is None


async def test_people_and_policy(graph: GraphClient) -> None:
    user = await graph.get_user(ADA.user_principal_name)
    assert (user.id, user.account_enabled, user.preferred_language) == (ADA.id, True, ADA.preferred_language)
    with pytest.raises(errors.UserNotFound):
        await graph.get_user("nobody@contoso.example")
    with pytest.raises(errors.UserNotFound):
        await graph.get_method(MethodOwner.user("nobody@contoso.example"))
    assert (await graph.get_policy()).enabled


async def test_a_person_outside_the_policy(graph: GraphClient, tenant: RunningTenant, now: datetime) -> None:
    tenant.tenant.policy = replace(tenant.tenant.policy, enabled=False)
    assert not (await graph.get_policy()).enabled
    with pytest.raises(errors.PolicyDisallows):
        await WRITES["create_method"](graph, now)


async def test_an_app_has_no_pin_of_its_own(graph: GraphClient) -> None:
    with pytest.raises(errors.GraphError):
        await graph.update_own_pin(generate_pin(), generate_pin())


@pytest.mark.parametrize("name", WRITES)
async def test_a_throttled_write_changed_nothing_and_is_sent_once(
    graph: GraphClient, tenant: RunningTenant, now: datetime, name: str
) -> None:
    await graph.get_method(WORKER)
    before = dict(tenant.tenant.methods)
    arm(tenant, Fault(status=429, retry_after=7), times=5)
    with pytest.raises(errors.Throttled) as caught:
        await WRITES[name](graph, now)
    assert caught.value.retry_after == 7
    assert tenant.tenant.methods == before
    assert requests(tenant, "PUT") + requests(tenant, "PATCH") + requests(tenant, "DELETE") == 1


@pytest.mark.parametrize("name", WRITES)
@pytest.mark.parametrize(
    "fault", [Fault(status=503), Fault(status=500, after=True), Fault(drop="before"), Fault(drop="after")], ids=repr
)
async def test_a_write_without_a_good_answer_is_unknown_and_sent_once(
    graph: GraphClient, tenant: RunningTenant, now: datetime, name: str, fault: Fault
) -> None:
    await graph.get_method(WORKER)
    before = dict(tenant.tenant.methods)
    arm(tenant, fault, times=5)
    with pytest.raises(errors.OutcomeUnknown):
        await WRITES[name](graph, now)
    took_effect: Literal["after"] | bool = fault.after or fault.drop == "after"
    assert (tenant.tenant.methods != before) == bool(took_effect)
    assert requests(tenant, "PUT") + requests(tenant, "PATCH") + requests(tenant, "DELETE") == 1


@pytest.mark.parametrize(
    "fault", [Fault(status=429, retry_after=3), Fault(status=503), Fault(drop="before")], ids=repr
)
async def test_a_read_gets_over_a_fault(
    graph: GraphClient, tenant: RunningTenant, wall_clock: ManualClock, fault: Fault
) -> None:
    await graph.get_method(WORKER)
    arm(tenant, fault, verb="GET", times=2)
    began = wall_clock.monotonic()
    assert (await graph.get_method(WORKER)).standard is not None
    assert wall_clock.monotonic() - began > (6 if fault.retry_after else 0)


async def test_a_token_refused_on_the_way_is_renewed(
    graph: GraphClient, tenant: RunningTenant, now: datetime
) -> None:
    await graph.get_method(WORKER)
    arm(tenant, Fault(status=401), verb="PATCH")
    assert (await WRITES["create_code"](graph, now)).image is not None


async def test_a_permission_withdrawn_is_named(graph: GraphClient, tenant: RunningTenant, now: datetime) -> None:
    await graph.get_method(WORKER)
    arm(tenant, Fault(status=403))
    with pytest.raises(errors.InsufficientPermissions) as caught:
        await WRITES["create_code"](graph, now)
    assert "UserAuthMethod-QR.ReadWrite.All" in caught.value.hint


async def test_graphs_clock_is_watched(graph: GraphClient, tenant: RunningTenant) -> None:
    await graph.get_method(WORKER)
    assert graph.last_date_skew is not None
    assert abs(graph.last_date_skew) < 60
    arm(tenant, Fault(skew_seconds=-600))
    await graph.get_method(WORKER)
    assert graph.last_date_skew > 500


async def test_a_request_of_ours_is_found_in_the_tenants_journal(graph: GraphClient, tenant: RunningTenant) -> None:
    await graph.delete_code(WORKER, STANDARD, client_request_id="6f2d1a52-0000-4000-8000-000000000001")
    last = [entry.to_json() for entry in tenant.box.journal.entries][-1]
    assert last["client_request_id"] == "6f2d1a52-0000-4000-8000-000000000001"


async def test_a_tenant_without_the_method_in_v1_is_spoken_to_in_beta(wall_clock: ManualClock, now: datetime) -> None:
    with RunningTenant(versions=["beta"]) as tenant:
        settings = GraphSettings(
            tenant_id=tenant.tenant_id,
            client_id=tenant.client_id,
            base_url=tenant.graph_url,
            authority=tenant.authority,
            ca_file=str(tenant.ca_file),
        )
        credential = AppSignIn(settings, tenant.client_secret, clock=wall_clock)
        async with GraphClient(settings, credential, clock=wall_clock) as graph:
            await WRITES["create_code"](graph, now)
            assert graph.version == "beta"


async def test_nothing_listens_there(tenant_settings: GraphSettings, wall_clock: ManualClock, tenant: Any) -> None:
    # Port 9, discard: nobody serves it.
    nowhere = msgspec.structs.replace(tenant_settings, base_url="https://127.0.0.1:9")
    credential = AppSignIn(tenant_settings, tenant.client_secret, clock=wall_clock)
    async with GraphClient(nowhere, credential, clock=wall_clock) as graph:
        with pytest.raises(errors.ServiceUnavailable):
            await graph.delete_code(WORKER, STANDARD)


async def test_a_certificate_authority_that_is_not_trusted(
    tenant_settings: GraphSettings, wall_clock: ManualClock, tenant: Any
) -> None:
    credential = AppSignIn(tenant_settings, tenant.client_secret, clock=wall_clock)
    async with GraphClient(
        msgspec.structs.replace(tenant_settings, ca_file=None), credential, clock=wall_clock
    ) as graph:
        with pytest.raises(errors.ServiceUnavailable):
            await graph.get_user(ADA.id)
