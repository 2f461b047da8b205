"""Two tenants in a box: one that has the addresses of the drafts, and one that lacks them, as every live one does."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import httpx
import pytest

from drivers.wire.secret import Secret
from kiosk.clock import ManualClock
from kiosk.graph.client import GraphClient
from kiosk.graph.settings import GraphSettings
from kiosk.tenant.keys import TenantKeys
from kiosk.tenant.people import User
from kiosk.tenant.serve import RunningTenant
from kiosk.tenant.tokens import GRAPH

Raw = Callable[..., httpx.Client]


@pytest.fixture(scope="session")
def both_tenants() -> Iterator[dict[bool, RunningTenant]]:
    """By whether they have the drafts' addresses."""
    keys = TenantKeys.generate()
    with RunningTenant(keys=keys) as with_drafts, RunningTenant(keys=keys, drafts=False) as without:
        yield {True: with_drafts, False: without}


@pytest.fixture(params=[True, False], ids=["drafts", "no drafts"])
def tenant(both_tenants: dict[bool, RunningTenant], request: pytest.FixtureRequest) -> RunningTenant:
    """Each of the two, as it was born."""
    both_tenants[request.param].box.reset()
    return both_tenants[request.param]


@pytest.fixture
def drafts(both_tenants: dict[bool, RunningTenant]) -> RunningTenant:
    """The one that has them."""
    both_tenants[True].box.reset()
    return both_tenants[True]


@pytest.fixture
def now() -> datetime:
    """The time in whole seconds, as it is sent."""
    return datetime.now(UTC).replace(microsecond=0)


def _token(tenant: RunningTenant, user: User | None) -> str:
    """The application's own with the right to read OATH devices besides, or a person's."""
    box = tenant.box
    if user is not None:
        return box.mint.for_user(box.app, user, box.app.scopes, GRAPH)
    return box.mint.for_application(replace(box.app, roles=box.app.roles | {"Policy.Read.All"}), GRAPH)


@pytest.fixture
def raw() -> Iterator[Raw]:
    """Opens a plain HTTP client over TLS, for a page's own request; as the application, or as a person."""
    opened: list[httpx.Client] = []

    def made(tenant: RunningTenant, user: User | None = None) -> httpx.Client:
        trust = ssl.create_default_context(cafile=str(tenant.ca_file))
        headers = {"Authorization": f"Bearer {_token(tenant, user)}"}
        opened.append(httpx.Client(base_url=tenant.url, headers=headers, verify=trust, trust_env=False, timeout=10))
        return opened[-1]

    yield made
    for client in opened:
        client.close()


class Given:
    """A credential with one token."""

    def __init__(self, token: str) -> None:
        self._token = token

    async def token(self, *, refused: Secret | None = None) -> Secret:
        return Secret(self._token)


def _client(tenant: RunningTenant, user: User | None, now: datetime) -> GraphClient:
    settings = GraphSettings(
        tenant_id=tenant.tenant_id,
        client_id=tenant.client_id,
        base_url=tenant.graph_url,
        authority=tenant.authority,
        ca_file=str(tenant.ca_file),
    )
    return GraphClient(settings, Given(_token(tenant, user)), clock=ManualClock(now))


@pytest.fixture
async def graph(tenant: RunningTenant, now: datetime) -> AsyncIterator[GraphClient]:
    """Our client, as the application, at each of the two tenants."""
    async with _client(tenant, None, now) as client:
        yield client


@pytest.fixture
def signed_in(tenant: RunningTenant, now: datetime) -> Callable[[User], GraphClient]:
    """Our client as a person, to be entered."""
    return lambda user: _client(tenant, user, now)
