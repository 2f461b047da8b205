"""Every kind of trouble the box makes on demand, and what it writes down."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest

from kiosk.tenant.seed import ADA, LAYLA
from kiosk.tenant.serve import RunningTenant

METHOD = f"/v1.0/users/{ADA.id}/authentication/qrCodePinMethod"
STANDARD = f"{METHOD}/standardQRCode"


def arm(graph: httpx.Client, fault: dict[str, Any], times: int | None = 1, **match: str) -> None:
    """Order a fault."""
    answer = graph.post("/_tenant/faults", json={"match": match, "times": times, "fault": fault})
    assert answer.status_code == 201, answer.text


def test_throttled(graph: httpx.Client) -> None:
    """429 with Retry-After, as often as ordered, without effect, and only where it matches."""
    arm(graph, {"status": 429, "retry_after": 1}, times=2, method="delete", path="/STANDARDQRCODE")
    assert graph.get(STANDARD).status_code == 200
    for _ in range(2):
        refused = graph.delete(STANDARD)
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
        assert refused.json()["error"]["code"] == "TooManyRequests"
        assert graph.get(STANDARD).status_code == 200
    assert graph.delete(STANDARD).status_code == 204


def test_unavailable_until_disarmed(graph: httpx.Client) -> None:
    """times null lasts until the faults are deleted."""
    arm(graph, {"status": 503}, times=None)
    assert {graph.get(STANDARD).status_code for _ in range(3)} == {503}
    assert graph.get("/_tenant/faults").json()["faults"][0]["times"] is None
    assert graph.delete("/_tenant/faults").status_code == 204
    assert graph.get(STANDARD).status_code == 200


def test_failing_after_the_effect(graph: httpx.Client) -> None:
    """A gateway that gives up while the work is done behind it."""
    arm(graph, {"status": 504, "after": True}, method="DELETE")
    assert graph.delete(STANDARD).status_code == 504
    assert graph.get(STANDARD).status_code == 404


@pytest.mark.parametrize(("when", "afterwards"), [("before", 200), ("after", 404)])
def test_dropped(graph: httpx.Client, when: str, afterwards: int) -> None:
    """The connection closes without a byte of an answer, and the effect did or did not happen."""
    arm(graph, {"drop": when}, method="DELETE")
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        graph.delete(STANDARD)
    assert graph.get(STANDARD).status_code == afterwards
    dropped = [each for each in graph.get("/_tenant/requests").json()["requests"] if each["method"] == "DELETE"]
    assert [each["status"] for each in dropped] == [None]


def test_a_create_whose_answer_is_lost(graph: httpx.Client, span: Callable[..., dict[str, str]]) -> None:
    """The worst of all: the secret exists and nobody has it; a blind retry is refused."""
    arm(graph, {"drop": "after"}, method="PATCH")
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        graph.patch(f"{METHOD}/temporaryQRCode", json=span(hours=3))
    retried = graph.patch(f"{METHOD}/temporaryQRCode", json=span(hours=3))
    assert retried.json()["error"]["code"] == "ActiveQRCodeExisted"


def test_slow(graph: httpx.Client) -> None:
    """The answer comes no sooner than ordered."""
    arm(graph, {"delay_ms": 80})
    began = time.monotonic()
    assert graph.get(STANDARD).status_code == 200
    assert time.monotonic() - began >= 0.08


def test_a_client_that_gives_up(graph: httpx.Client) -> None:
    """A request that took too long for its sender takes effect all the same, as at Graph."""
    arm(graph, {"delay_ms": 200}, method="DELETE")
    with pytest.raises(httpx.ReadTimeout):
        graph.delete(STANDARD, timeout=0.05)
    deadline = time.monotonic() + 5
    while graph.get(STANDARD).status_code != 404:
        assert time.monotonic() < deadline


def test_a_delete_that_takes_effect_late(graph: httpx.Client) -> None:
    """204 at once, but two more reads still see the code."""
    arm(graph, {"late": 2}, method="DELETE")
    assert graph.delete(STANDARD).status_code == 204
    assert [graph.get(STANDARD).status_code for _ in range(4)] == [200, 200, 404, 404]


def test_a_clock_that_is_off(graph: httpx.Client) -> None:
    """The Date header alone is wrong."""
    arm(graph, {"skew_seconds": 600})
    seen = parsedate_to_datetime(graph.get(STANDARD).headers["date"])
    assert 590 < (seen - datetime.now(UTC)).total_seconds() < 610


def test_sign_in_fails_too(graph: httpx.Client, running: RunningTenant) -> None:
    """The token endpoint answers a fault in Entra's form."""
    arm(graph, {"status": 503}, path="/oauth2/")
    refused = graph.post(f"{running.authority}/oauth2/v2.0/token", data={})
    assert (refused.status_code, refused.json()["error"]) == (503, "temporarily_unavailable")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"fault": {"status": 200}},
        {"fault": {"drop": "sometimes"}},
        {"fault": {"colour": "red"}},
        {"fault": {"status": 429}, "times": 0},
        {"fault": {}, "match": {"route": "x"}},
        [1],
    ],
)
def test_faults_that_make_no_sense(graph: httpx.Client, body: Any) -> None:
    """400 at the door, and nothing is armed."""
    assert graph.post("/_tenant/faults", json=body).status_code == 400
    assert graph.get("/_tenant/faults").json() == {"faults": []}


def test_reset(graph: httpx.Client) -> None:
    """Everything is as it was at the start: methods, faults, journal."""
    graph.delete(METHOD)
    arm(graph, {"status": 500}, times=None)
    assert graph.post("/_tenant/reset").status_code == 204
    assert graph.get("/_tenant/requests").json() == {"requests": []}
    assert graph.get(METHOD).status_code == 200


def test_the_phone(graph: httpx.Client, span: Callable[..., dict[str, str]]) -> None:
    """From the creation's answer to an accepted sign-in, which Graph then shows as used."""
    path = f"/v1.0/users/{LAYLA.id}/authentication/qrCodePinMethod"
    created = graph.put(path, json={"standardQRCode": span(days=30), "pin": {"code": "09599786"}}).json()
    seen = {"content_base64": created["standardQRCode"]["image"]["rawContent"], "pin": "09599786"}
    first = graph.post("/_tenant/sign-in", json=seen).json()
    assert first == {"result": "must_change_pin", "upn": LAYLA.user_principal_name}
    assert graph.post("/_tenant/sign-in", json={**seen, "new_pin": "56745799"}).json()["result"] == "accepted"
    assert graph.get(path).json()["standardQRCode"]["lastUsedDateTime"] > "2026"
    graph.delete(f"{path}/standardQRCode")
    assert graph.post("/_tenant/sign-in", json={**seen, "pin": "56745799"}).json()["result"] == "revoked"
    assert graph.post("/_tenant/sign-in", json={**seen, "content_base64": "%"}).status_code == 400
    assert graph.post("/_tenant/sign-in", content=b"{").status_code == 400


def test_the_journal_holds_no_secret(
    graph: httpx.Client, running: RunningTenant, span: Callable[..., dict[str, str]]
) -> None:
    """Method, path, status, identifiers and time of every request, in order; no token, content, PIN or secret."""
    mine, secret = str(uuid4()), running.client_secret.reveal_text()
    path = f"/v1.0/users/{LAYLA.id}/authentication/qrCodePinMethod"
    body = {"standardQRCode": span(days=30), "pin": {"code": "09599786"}}
    image = graph.put(path, json=body, headers={"client-request-id": mine}).json()["standardQRCode"]["image"]
    form = {"client_id": running.client_id, "client_secret": secret, "grant_type": "client_credentials"}
    token = graph.post(f"{running.authority}/oauth2/v2.0/token", data={**form, "scope": f"{running.url}/.default"})
    graph.get(path, params={"$select": "09599786"}, headers={"client-request-id": "09599786"})
    journal = graph.get("/_tenant/requests")
    entries = journal.json()["requests"]
    assert [(each["method"], each["status"]) for each in entries] == [("PUT", 201), ("POST", 200), ("GET", 200)]
    assert (entries[0]["path"], entries[0]["client_request_id"]) == (path, mine)
    assert datetime.fromisoformat(entries[0]["time"]).tzinfo is not None
    raw = base64.b64decode(image["rawContent"]).decode()
    bearer = graph.headers["authorization"].split()[1]
    for hidden in ("09599786", secret, raw, image["rawContent"], token.json()["access_token"], bearer):
        assert hidden not in journal.text
