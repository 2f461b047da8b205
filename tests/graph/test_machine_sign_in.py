"""The machine's own identity, through msal, from a peer on loopback that speaks as the Arc agent or IMDS does."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from drivers.wire.secret import ForgottenError
from kiosk.clock import ManualClock
from kiosk.graph.auth import MachineSignIn
from kiosk.graph.client import GraphClient
from kiosk.graph.errors import SignInFailed
from kiosk.graph.settings import GraphSettings
from kiosk.tenant.seed import ADA
from kiosk.tenant.serve import RunningTenant
from kiosk.tenant.tokens import GRAPH

pytestmark = pytest.mark.anyio

_OTHERS = ("IDENTITY_ENDPOINT", "IMDS_ENDPOINT", "IDENTITY_HEADER", "MSI_ENDPOINT", "MSI_SECRET")


@dataclass
class Peer:
    """What it answers, and the paths it was asked."""

    url: str = ""
    status: int = 200
    said: str = "{}"
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def peer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Peer]:
    """The metadata service of an Azure machine (version 2018-02-01), where msal is told to look for it."""
    peer = Peer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            peer.asked.append(self.path)
            body = peer.said.encode() if self.headers.get("Metadata") == "true" else b"{}"
            self.send_response(peer.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            pass

    for name in _OTHERS:
        monkeypatch.delenv(name, raising=False)
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        peer.url = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", peer.url)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield peer
        server.shutdown()
        thread.join()


async def test_the_machine_signs_in(
    peer: Peer, tenant: RunningTenant, tenant_settings: GraphSettings, wall_clock: ManualClock
) -> None:
    token = tenant.box.mint.for_application(tenant.box.app, GRAPH)
    peer.said = json.dumps({"access_token": token, "expires_in": "3599", "resource": GRAPH, "token_type": "Bearer"})
    credential = MachineSignIn(tenant_settings, clock=wall_clock)
    async with GraphClient(tenant_settings, credential, clock=wall_clock) as graph:
        assert (await graph.get_user(ADA.id)).id == ADA.id
        assert (await graph.reach()).claims.app_only
    assert len(peer.asked) == 1
    assert "resource=https%3A%2F%2Fgraph.microsoft.com" in peer.asked[0]


async def test_a_machine_without_an_identity(
    peer: Peer, tenant_settings: GraphSettings, wall_clock: ManualClock
) -> None:
    peer.status, peer.said = 400, json.dumps({"error": "invalid_request", "error_description": "Identity not found"})
    with pytest.raises(SignInFailed, match=r"no managed identity.*invalid_request") as caught:
        await MachineSignIn(tenant_settings, clock=wall_clock).token()
    assert "Azure Arc" in caught.value.hint


async def test_a_service_that_is_something_else(
    peer: Peer, tenant_settings: GraphSettings, wall_clock: ManualClock
) -> None:
    peer.said = "<html>Welcome to the shop's Wi-Fi"
    with pytest.raises(SignInFailed, match="no managed identity"):
        await MachineSignIn(tenant_settings, clock=wall_clock).token()


async def test_a_machine_that_is_nowhere(
    peer: Peer, tenant_settings: GraphSettings, wall_clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a desk at home: nothing answers where the service would be."""
    monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://127.0.0.1:9")
    with pytest.raises(SignInFailed, match="does not answer") as caught:
        await MachineSignIn(tenant_settings, clock=wall_clock).token()
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


async def test_a_session_that_ended_fetches_a_new_token(
    peer: Peer, tenant_settings: GraphSettings, wall_clock: ManualClock
) -> None:
    peer.said = json.dumps({"access_token": "one", "expires_in": "3599"})
    credential = MachineSignIn(tenant_settings, clock=wall_clock)
    first = await credential.token()
    credential.sign_out()
    with pytest.raises(ForgottenError):
        first.reveal()
    await credential.token()
    assert len(peer.asked) == 2
