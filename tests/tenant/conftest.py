"""A tenant in a box for a whole session, put back to its seeds before each test."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from kiosk.clock import ManualClock
from kiosk.tenant.keys import TenantKeys
from kiosk.tenant.model import Tenant
from kiosk.tenant.people import User
from kiosk.tenant.seed import seeded
from kiosk.tenant.serve import RunningTenant
from kiosk.tenant.tokens import GRAPH

Connect = Callable[..., httpx.Client]


@pytest.fixture(scope="session")
def keys() -> TenantKeys:
    """Key pairs, made once."""
    return TenantKeys.generate()


@pytest.fixture(scope="session")
def session_tenant(keys: TenantKeys) -> Iterator[RunningTenant]:
    """The one tenant of the session."""
    with RunningTenant(keys=keys, poll_seconds=1) as running:
        yield running


@pytest.fixture
def running(session_tenant: RunningTenant) -> RunningTenant:
    """The session's tenant with nothing in it but the seeds."""
    session_tenant.box.reset()
    return session_tenant


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Opens HTTP clients that trust a tenant; with a token of its application, of a user, or of nobody."""
    with ExitStack() as clients:

        def opened(running: RunningTenant, user: User | None = None, *scopes: str, token: str | None = None) -> Any:
            box = running.box
            if token is None and user is not None:
                token = box.mint.for_user(box.app, user, frozenset(scopes), GRAPH)
            if token is None:
                token = box.mint.for_application(box.app, GRAPH)
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            trust = ssl.create_default_context(cafile=str(running.ca_file))
            client = httpx.Client(base_url=running.url, headers=headers, verify=trust, trust_env=False, timeout=10)
            return clients.enter_context(client)

        yield opened


@pytest.fixture
def graph(running: RunningTenant, connect: Connect) -> httpx.Client:
    """A client with the application's own token."""
    return connect(running)


@pytest.fixture
def clock() -> ManualClock:
    """A clock that stands still."""
    return ManualClock(datetime(2026, 3, 1, 9, 0, tzinfo=UTC))


@pytest.fixture
def tenant(clock: ManualClock) -> Tenant:
    """The seeded state alone, without a server."""
    return seeded(clock)


@pytest.fixture
def span() -> Callable[..., dict[str, str]]:
    """The two times of a code as a request body has them, from now for a `timedelta` given as keywords."""

    def made(**life: float) -> dict[str, str]:
        now = datetime.now(UTC).replace(microsecond=0)
        return {"startDateTime": now.isoformat(), "expireDateTime": (now + timedelta(**life)).isoformat()}

    return made
