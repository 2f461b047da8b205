"""A tenant in a box for the tests of the client against it, and a Graph that says what a test tells it to."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import msgspec
import pytest

from drivers.wire.secret import Secret
from kiosk.badge.kind import CodeKind
from kiosk.clock import ManualClock
from kiosk.graph.auth import AppSignIn
from kiosk.graph.batch import ReadMethod
from kiosk.graph.client import GraphClient
from kiosk.graph.exchange import Exchange
from kiosk.graph.paths import MethodOwner
from kiosk.graph.settings import GraphSettings
from kiosk.tenant.serve import RunningTenant
from kiosk.tenant.tokens import GRAPH

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
ADA = MethodOwner.user("ada@contoso.example")


@pytest.fixture(scope="session")
def running_tenant() -> Iterator[RunningTenant]:
    """One tenant for all tests; `tenant` gives it in its seeded state."""
    with RunningTenant() as tenant:
        yield tenant


@pytest.fixture
def tenant(running_tenant: RunningTenant) -> RunningTenant:
    """The tenant as it was born, without faults."""
    running_tenant.box.reset()
    return running_tenant


@pytest.fixture
def tenant_settings(tenant: RunningTenant) -> GraphSettings:
    return GraphSettings(
        tenant_id=tenant.tenant_id,
        client_id=tenant.client_id,
        base_url=tenant.graph_url,
        authority=tenant.authority,
        ca_file=str(tenant.ca_file),
    )


@pytest.fixture
def wall_clock() -> ManualClock:
    """A clock that shows the time of day and never makes a test wait."""
    return ManualClock(datetime.now(UTC))


@pytest.fixture
async def graph(
    tenant: RunningTenant, tenant_settings: GraphSettings, wall_clock: ManualClock
) -> AsyncIterator[GraphClient]:
    """The client, signed in to the tenant by client secret through msal and TLS."""
    credential = AppSignIn(tenant_settings, tenant.client_secret, clock=wall_clock)
    async with GraphClient(tenant_settings, credential, clock=wall_clock) as client:
        yield client


class Minted:
    """A credential with a token that the tenant made for its application, without the detour through msal."""

    def __init__(self, tenant: RunningTenant) -> None:
        self._tenant = tenant

    async def token(self, *, refused: Secret | None = None) -> Secret:
        return Secret(self._tenant.box.mint.for_application(self._tenant.box.app, GRAPH))


@pytest.fixture
async def direct(
    tenant: RunningTenant, tenant_settings: GraphSettings, wall_clock: ManualClock
) -> AsyncIterator[GraphClient]:
    """As `graph`, for tests that are about something else than signing in."""
    async with GraphClient(tenant_settings, Minted(tenant), clock=wall_clock) as client:
        yield client


@dataclass
class Tokens:
    """A credential that gives `first`, and another for each one refused."""

    first: str = "token-1"
    given: list[str] = field(default_factory=list)
    refusals: int = 0

    async def token(self, *, refused: Secret | None = None) -> Secret:
        self.refusals += refused is not None
        self.given.append(self.first if self.refusals == 0 else f"token-{self.refusals + 1}")
        return Secret(self.given[-1])


Saying = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


@dataclass
class Scripted:
    """A client whose Graph gives the answers in turn, and what it was asked."""

    client: GraphClient
    clock: ManualClock
    tokens: Tokens
    asked: list[httpx.Request]

    @property
    def lines(self) -> list[str]:
        """Verb and path of each request."""
        return [f"{request.method} {request.url.raw_path.decode()}" for request in self.asked]


@pytest.fixture
def scripted() -> Callable[..., Scripted]:
    """Makes a client over httpx's own stand-in transport. An exception in the script is raised, not answered."""

    def make(*script: Saying, version: Any = "v1.0", now: datetime = NOW) -> Scripted:
        clock, tokens, asked, left = ManualClock(now), Tokens(), [], list(script)

        async def answer(request: httpx.Request) -> httpx.Response:
            asked.append(request)
            said = left.pop(0)
            if isinstance(said, Exception):
                raise said
            return said if isinstance(said, httpx.Response) else said(request)

        settings = GraphSettings(
            tenant_id="contoso", client_id="app", base_url="https://graph.example", version=version
        )
        exchange = Exchange(settings, httpx.MockTransport(answer))
        return Scripted(GraphClient(settings, tokens, clock=clock, exchange=exchange), clock, tokens, asked)

    return make


@pytest.fixture
def says() -> Callable[..., httpx.Response]:
    """An answer of Graph's: a status, and JSON."""

    def make(status: int, body: Any = None, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return httpx.Response(status, content=b"" if body is None else msgspec.json.encode(body), headers=named)

    return make


@pytest.fixture
def refuses(says: Callable[..., httpx.Response]) -> Callable[..., httpx.Response]:
    """A refusal of Graph's, with its error body."""

    def make(status: int, code: str, message: str = "", **headers: str) -> httpx.Response:
        inner = {"date": "2026-11-20T08:00:00", "request-id": "r-1", "client-request-id": "c-1"}
        return says(status, {"error": {"code": code, "message": message, "innerError": inner}}, **headers)

    return make


Call = Callable[[GraphClient], Awaitable[Any]]


@pytest.fixture(scope="session")
def calls() -> dict[str, Call]:
    """Every operation of the client, each with sound arguments. The PINs are 09599786 and 56745755."""
    pin, other = Secret("09599786"), Secret("56745755")
    month, hours = NOW + timedelta(days=30), NOW + timedelta(hours=3)
    return {
        "get_user": lambda graph: graph.get_user("ada@contoso.example"),
        "get_me": lambda graph: graph.get_me(),
        "find_people": lambda graph: graph.find_people("ada"),
        "unit_members": lambda graph: graph.unit_members("unit-1"),
        "group_members": lambda graph: graph.group_members("group-1"),
        "directory_roles": lambda graph: graph.directory_roles("ada@contoso.example"),
        "memberships": lambda graph: graph.memberships("ada@contoso.example"),
        "role_assignments": lambda graph: graph.role_assignments("8b2c"),
        "photo": lambda graph: graph.photo("ada@contoso.example"),
        "reach": lambda graph: graph.reach(),
        "batch": lambda graph: graph.batch([ReadMethod(ADA)]),
        "get_policy": lambda graph: graph.get_policy(),
        "get_method": lambda graph: graph.get_method(ADA),
        "create_method": lambda graph: graph.create_method(ADA, start=NOW, expire=month, pin=pin),
        "delete_method": lambda graph: graph.delete_method(ADA),
        "get_code": lambda graph: graph.get_code(ADA, CodeKind.STANDARD),
        "create_code": lambda graph: graph.create_code(ADA, CodeKind.TEMPORARY, start=NOW, expire=hours),
        "extend_code": lambda graph: graph.extend_code(ADA, expire=month),
        "delete_code": lambda graph: graph.delete_code(ADA, CodeKind.STANDARD),
        "get_pin": lambda graph: graph.get_pin(ADA),
        "reset_pin": lambda graph: graph.reset_pin(ADA),
        "update_own_pin": lambda graph: graph.update_own_pin(pin, other),
    }
