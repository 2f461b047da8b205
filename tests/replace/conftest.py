"""A tenant for the session, and for each test a bench with everything a replacement works with."""

from __future__ import annotations

import logging
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import structlog

from drivers.printers import verdict
from drivers.wire.secret import Secret
from kiosk.clock import ManualClock
from kiosk.graph.client import GraphClient
from kiosk.graph.settings import GraphSettings
from kiosk.registry.opening import open_registry
from kiosk.tenant.serve import RunningTenant
from kiosk.tenant.tokens import GRAPH
from tests.replace.bench import SILENCE, Bench
from tests.replace.bench import bench as opened


@pytest.fixture(scope="session")
def running_tenant() -> Iterator[RunningTenant]:
    with RunningTenant() as tenant:
        # Accepted connections inherit it: without it each answer waits 40 ms for an acknowledgement.
        tenant._site.listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield tenant


class Token:
    """A Credential without the sign-in, which is tested elsewhere."""

    def __init__(self, tenant: RunningTenant) -> None:
        self._token = Secret(tenant.box.mint.for_application(tenant.box.app, GRAPH))

    async def token(self, *, refused: Secret | None = None) -> Secret:
        return self._token


@pytest.fixture
def clock() -> ManualClock:
    """The time of day, near the tenant's; waits take none of the test's."""
    return ManualClock(datetime.now(UTC))


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[list[Any]]:
    """Everything that is logged."""
    caplog.set_level(logging.DEBUG)
    with structlog.testing.capture_logs() as events:
        yield events


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A registry file without an entry, to be copied."""
    path = tmp_path_factory.mktemp("empty") / "registry.db"
    open_registry(path).close()
    return path


@pytest.fixture
async def bench(
    running_tenant: RunningTenant,
    clock: ManualClock,
    tmp_path: Path,
    empty: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Bench]:
    # A silent printer is asked for as long as a real one may take; here it answers from this machine or never.
    monkeypatch.setattr(verdict, "STATUS_SECONDS", SILENCE)
    running_tenant.box.reset()
    settings = GraphSettings(
        tenant_id=running_tenant.tenant_id,
        client_id=running_tenant.client_id,
        base_url=running_tenant.graph_url,
        authority=running_tenant.authority,
        ca_file=str(running_tenant.ca_file),
        version="v1.0",
    )
    async with (
        GraphClient(settings, Token(running_tenant), clock=clock) as graph,
        opened(running_tenant, graph, clock, tmp_path, empty) as made,
    ):
        yield made


@pytest.fixture
def check(bench: Bench, logged: list[Any], caplog: pytest.LogCaptureFixture) -> Callable[[], None]:
    """What must hold after any replacement, however it ended."""

    def checked() -> None:
        bench.check_journal()
        bench.check_secrets(logged, caplog.text)
        tenant = bench.tenant.tenant
        for method in tenant.methods.values():
            # A bridge is taken back with everything else, or the open journal names it.
            assert method.temporary is None or bench.journal_result() is None
        assert bench.paper.faults == [], "the printer was sent what it does not understand"

    return checked
