"""What a sign-in may do and to whom, told before anything is tried."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from drivers.wire.secret import Secret
from kiosk.clock import ManualClock
from kiosk.graph.client import GraphClient
from kiosk.graph.errors import UnexpectedAnswer
from kiosk.graph.reach import Reach, judge, read_claims
from kiosk.graph.settings import GraphSettings
from kiosk.tenant.people import (
    AUTHENTICATION_ADMINISTRATOR,
    GLOBAL_READER,
    PRIVILEGED_AUTHENTICATION_ADMINISTRATOR,
    RoleAssignment,
    User,
)
from kiosk.tenant.seed import ADA, MARIA, STORE_UNIT
from kiosk.tenant.serve import RunningTenant
from kiosk.tenant.tokens import GRAPH

pytestmark = pytest.mark.anyio


class Given:
    """A credential with one token of the tenant's own making."""

    def __init__(self, token: str) -> None:
        self._token = token

    async def token(self, *, refused: Secret | None = None) -> Secret:
        return Secret(self._token)


Opened = Callable[[str], AbstractAsyncContextManager[GraphClient]]


@pytest.fixture
def opened(tenant_settings: GraphSettings, wall_clock: ManualClock) -> Opened:
    @asynccontextmanager
    async def open_with(token: str) -> AsyncIterator[GraphClient]:
        async with GraphClient(tenant_settings, Given(token), clock=wall_clock) as client:
            yield client

    return open_with


def lacking(reach: Reach) -> dict[str, tuple[str, str]]:
    return {missing.operation: (missing.permission, missing.role) for missing in reach.missing}


async def test_the_app_reaches_everybody(graph: GraphClient) -> None:
    reach = await graph.reach()
    assert reach.claims.app_only
    assert (reach.whole_tenant, reach.units, reach.roles) == (True, (), ())
    assert "reset PIN" not in lacking(reach)


async def test_an_app_without_the_permission_to_write(tenant: RunningTenant, opened: Opened) -> None:
    box = tenant.box
    few = replace(box.app, roles=frozenset({"UserAuthMethod-QR.Read.All", "User.Read.All"}))
    async with opened(box.mint.for_application(few, GRAPH)) as graph:
        reach = await graph.reach()
    missing = lacking(reach)
    assert missing["create code"] == ("UserAuthMethod-QR.ReadWrite.All", "")
    assert missing["get policy"] == ("Policy.Read.AuthenticationMethod", "")
    assert "get method" not in missing
    assert "get photo" not in missing
    assert not reach.whole_tenant


def token_of(tenant: RunningTenant, user: User, *without: str) -> str:
    tenant.tenant.change_user(user)
    return tenant.box.mint.for_user(tenant.box.app, user, tenant.box.app.scopes - set(without), GRAPH)


async def test_a_supervisor_reaches_their_unit(tenant: RunningTenant, opened: Opened) -> None:
    async with opened(token_of(tenant, MARIA)) as graph:
        reach = await graph.reach()
    assert not reach.claims.app_only
    assert reach.claims.name == MARIA.user_principal_name
    assert [(role.name, role.unit) for role in reach.roles] == [("Authentication Administrator", STORE_UNIT)]
    assert (reach.whole_tenant, reach.units, reach.scopes_known) == (False, (STORE_UNIT,), True)
    assert "delete code" not in lacking(reach)
    assert lacking(reach)["get policy"] == ("", "Global Reader or Authentication Policy Administrator")


async def test_a_worker_reaches_nobody(tenant: RunningTenant, opened: Opened) -> None:
    async with opened(token_of(tenant, ADA)) as graph:
        reach = await graph.reach()
    assert (reach.whole_tenant, reach.units) == (False, ())
    assert lacking(reach)["reset PIN"] == ("", "Authentication Administrator over this person")


async def test_a_reader_may_look_and_not_touch(tenant: RunningTenant, opened: Opened) -> None:
    reader = replace(ADA, roles=(RoleAssignment(GLOBAL_READER),))
    async with opened(token_of(tenant, reader)) as graph:
        reach = await graph.reach()
    assert "get method" not in lacking(reach)
    assert "delete method" in lacking(reach)
    assert not reach.whole_tenant


async def test_where_graph_will_not_say_the_token_is_what_is_left(tenant: RunningTenant, opened: Opened) -> None:
    """A role of the whole tenant stands in the token, one of a unit does not."""
    admin = replace(MARIA, roles=(RoleAssignment(PRIVILEGED_AUTHENTICATION_ADMINISTRATOR), *MARIA.roles))
    async with opened(token_of(tenant, admin, "RoleManagement.Read.Directory")) as graph:
        reach = await graph.reach()
    assert not reach.scopes_known
    assert reach.whole_tenant
    assert [role.unit for role in reach.roles] == [None]
    assert lacking(reach)["get role scopes"] == ("RoleManagement.Read.Directory", "")


@pytest.mark.parametrize("token", ["opaque", "a.b.c", "", "e30.bm90IGpzb24.x", "e30.eyJyb2xlcyI6NX0.x"])
def test_a_token_that_is_no_jwt(token: str) -> None:
    with pytest.raises(UnexpectedAnswer) as caught:
        read_claims(Secret(token or "-"))
    assert token == "" or f"{token!r}" not in repr(caught.value)


def test_a_token_with_next_to_nothing_in_it_reaches_nobody() -> None:
    claims = read_claims(Secret("e30.e30.x"))
    assert claims.permissions == frozenset()
    assert not judge(claims, None).whole_tenant


def test_a_role_that_comes_through_a_group_counts() -> None:
    """It is assigned to the group, so Graph does not list it for the person; the token has it."""
    claims = read_claims(
        token_with(scp="UserAuthMethod-QR.ReadWrite.All", wids=[PRIVILEGED_AUTHENTICATION_ADMINISTRATOR])
    )
    assert judge(claims, ()).whole_tenant


def test_a_role_without_the_permission_changes_nothing() -> None:
    claims = read_claims(token_with(scp="User.Read", wids=[PRIVILEGED_AUTHENTICATION_ADMINISTRATOR]))
    assert not judge(claims, ()).whole_tenant


async def test_a_role_over_a_single_object_reaches_nobody(scripted: Any, says: Any) -> None:
    unit = {"roleDefinitionId": AUTHENTICATION_ADMINISTRATOR, "directoryScopeId": "/administrativeUnits/U-1"}
    single = {"roleDefinitionId": AUTHENTICATION_ADMINISTRATOR, "directoryScopeId": "/5f0c"}
    graph = scripted(says(200, {"value": [single, unit]}))
    graph.tokens.first = token_with(scp="UserAuthMethod-QR.ReadWrite.All", oid="o'1").reveal_text()
    reach = await graph.client.reach()
    assert (reach.whole_tenant, reach.units) == (False, ("u-1",))
    assert "principalId%20eq%20%27o%27%271%27" in graph.lines[0]


def token_with(**claims: Any) -> Secret:
    payload = base64.urlsafe_b64encode(msgspec.json.encode(claims)).rstrip(b"=")
    return Secret(b"e30." + payload + b".x")
