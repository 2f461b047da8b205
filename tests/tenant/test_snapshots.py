"""Snapshot and restore: the whole state of a running box, taken down in memory and come back to."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any
from uuid import uuid4

import httpx
import pytest

from kiosk.tenant.people import GLOBAL_READER, RoleAssignment
from kiosk.tenant.phone import WRONG_PINS
from kiosk.tenant.seed import ADA, ADA_DEVICE, JOERG, LAYLA
from kiosk.tenant.serve import RunningTenant
from kiosk.tenant.snapshots import KEPT
from kiosk.tenant.tokens import GRAPH

Span = Callable[..., dict[str, str]]


def method_of(user: Any) -> str:
    """The path of somebody's method."""
    return f"/v1.0/users/{user.id}/authentication/qrCodePinMethod"


def take(graph: httpx.Client) -> str:
    """A snapshot through the door; its name."""
    answer = graph.post("/_tenant/snapshot")
    assert answer.status_code == 201
    return str(answer.json()["snapshot"])


def restore(graph: httpx.Client, name: str) -> int:
    """The status of going back."""
    return graph.post("/_tenant/restore", json={"snapshot": name}).status_code


def sign_in(graph: httpx.Client, raw: str, pin: str, **more: str) -> str:
    """What the phone says."""
    said = graph.post("/_tenant/sign-in", json={"content_base64": raw, "pin": pin, **more})
    return str(said.json()["result"])


def test_codes_and_pins_come_back(graph: httpx.Client, span: Span) -> None:
    """A badge that was revoked and a PIN that was changed since are good again; one made since never was."""
    body = {"standardQRCode": span(days=30), "pin": {"code": "09599786"}}
    made = graph.put(method_of(LAYLA), json=body).json()
    first = made["standardQRCode"]["image"]["rawContent"]
    before, name = graph.get(method_of(LAYLA)).json(), take(graph)
    assert sign_in(graph, first, "09599786", new_pin="56745799") == "accepted"
    graph.delete(f"{method_of(LAYLA)}/standardQRCode")
    second = graph.patch(f"{method_of(LAYLA)}/standardQRCode", json=span(days=60)).json()["image"]["rawContent"]
    assert sign_in(graph, first, "56745799") == "revoked"
    for _ in range(2):
        assert restore(graph, name) == 204
        assert graph.get(method_of(LAYLA)).json() == before
        assert sign_in(graph, first, "09599786") == "must_change_pin"
        assert sign_in(graph, second, "56745799") == "incorrect_qr_code"
        graph.delete(method_of(LAYLA))


def test_people_policy_permissions_and_devices_come_back(running: RunningTenant, graph: httpx.Client) -> None:
    """Names, roles, photos, units, the policy, what the application may do, and who has which device."""
    name = running.snapshot()
    graph.patch(f"/_tenant/users/{ADA.id}", json={"userPrincipalName": "ada@contoso-stores.example"})
    graph.patch("/_tenant/policy", json={"enabled": False})
    assert graph.patch("/_tenant/application", json={"roles": []}).json()["roles"] == []
    running.tenant.change_user(replace(JOERG, roles=(RoleAssignment(GLOBAL_READER),)))
    running.tenant.oath_devices[ADA_DEVICE] = JOERG.id
    running.tenant.photos.clear()
    token = running.box.mint.for_application(running.box.app, GRAPH)
    poor = {"Authorization": f"Bearer {token}"}
    assert graph.get(method_of(ADA), headers=poor).status_code == 403
    running.restore(name)
    assert graph.get(f"/v1.0/users/{ADA.user_principal_name}").status_code == 200
    assert running.tenant.policy.enabled
    assert running.tenant.user(JOERG.id).roles == ()
    assert running.tenant.holder_of(ADA_DEVICE) == ADA
    assert graph.get(f"/v1.0/users/{ADA.id}/photo/$value").status_code == 200
    token = running.box.mint.for_application(running.box.app, GRAPH)
    assert graph.get(method_of(ADA), headers={"Authorization": f"Bearer {token}"}).status_code == 200


def test_wrong_pins_come_back(graph: httpx.Client, span: Span) -> None:
    """An account one wrong PIN away from being locked is so again."""
    body = {"standardQRCode": span(days=30), "pin": {"code": "09599786"}}
    raw = graph.put(method_of(LAYLA), json=body).json()["standardQRCode"]["image"]["rawContent"]
    for _ in range(WRONG_PINS - 1):
        assert sign_in(graph, raw, "00000000") == "wrong_pin"
    name = take(graph)
    assert sign_in(graph, raw, "00000000") == "locked"
    restore(graph, name)
    assert sign_in(graph, raw, "09599786") == "must_change_pin"
    restore(graph, name)
    assert sign_in(graph, raw, "00000000") == "locked"


def test_faults_and_journal_come_back(graph: httpx.Client) -> None:
    """What was armed is armed again with what was left of it, a put-off effect is still to come, and the journal ends
    where it ended.
    """
    standard = f"{method_of(ADA)}/standardQRCode"
    rules = [
        {"match": {"method": "DELETE"}, "fault": {"late": 1}},
        {"match": {"method": "GET"}, "fault": {"status": 503}, "times": 2},
    ]
    graph.post("/_tenant/faults", json=rules)
    assert (graph.delete(standard).status_code, graph.get(standard).status_code) == (204, 503)
    name, journal = take(graph), graph.get("/_tenant/requests").json()
    armed = graph.get("/_tenant/faults").json()
    for _ in range(2):
        assert [graph.get(standard).status_code for _ in range(2)] == [503, 404]
        assert restore(graph, name) == 204
        assert graph.get("/_tenant/requests").json() == journal
        assert graph.get("/_tenant/faults").json() == armed


def test_device_codes_come_back(graph: httpx.Client, running: RunningTenant) -> None:
    """A code that was approved and used since waits for its person again."""
    form = {"client_id": running.client_id, "scope": "User.Read"}
    flow = graph.post(f"{running.authority}/oauth2/v2.0/devicecode", data=form).json()
    name = take(graph)
    approval = {"user_code": flow["user_code"], "upn": ADA.user_principal_name}
    grant = "urn:ietf:params:oauth:grant-type:device_code"
    form = {"client_id": running.client_id, "grant_type": grant, "device_code": flow["device_code"]}
    for _ in range(2):
        assert graph.post("/_tenant/device/approve", json=approval).status_code == 200
        assert graph.post(f"{running.authority}/oauth2/v2.0/token", data=form).status_code == 200
        restore(graph, name)


def test_a_snapshot_outlives_a_reset(graph: httpx.Client) -> None:
    """Seeds, an enrolled person, seeds again, and back."""
    graph.delete(method_of(ADA))
    name = take(graph)
    graph.post("/_tenant/reset")
    assert graph.get(method_of(ADA)).status_code == 200
    assert restore(graph, name) == 204
    assert graph.get(method_of(ADA)).status_code == 404


def test_reset_gives_the_application_its_permissions_back(running: RunningTenant, graph: httpx.Client) -> None:
    """As everything else."""
    graph.patch("/_tenant/application", json={"roles": ["User.Read.All"], "scopes": []})
    assert running.box.app.roles == {"User.Read.All"}
    assert not running.box.app.scopes
    graph.post("/_tenant/reset")
    assert running.box.app == running.box.registered


@pytest.mark.parametrize("body", [{"snapshot": str(uuid4())}, {"snapshot": "../seeds"}])
def test_a_snapshot_nobody_took(graph: httpx.Client, body: dict[str, str]) -> None:
    """404, and nothing changed."""
    graph.delete(method_of(ADA))
    assert graph.post("/_tenant/restore", json=body).status_code == 404
    assert graph.get(method_of(ADA)).status_code == 404


def test_a_restore_without_a_name(graph: httpx.Client) -> None:
    """400."""
    assert graph.post("/_tenant/restore", json={}).status_code == 400
    assert graph.post("/_tenant/restore").status_code == 400


def test_the_last_hundred_are_kept(running: RunningTenant) -> None:
    """A harness that takes one for each of its tests does not fill the memory."""
    first = running.snapshot()
    names = [running.snapshot() for _ in range(KEPT)]
    with pytest.raises(KeyError):
        running.restore(first)
    running.restore(names[0])


def test_no_secret_and_no_snapshot_is_on_disk(running: RunningTenant, graph: httpx.Client, span: Span) -> None:
    """What a snapshot holds of contents, PINs and the client secret is their digests, and it holds them in memory."""
    body = {"standardQRCode": span(days=30), "pin": {"code": "09599786"}}
    raw = graph.put(method_of(LAYLA), json=body).json()["standardQRCode"]["image"]["rawContent"]
    files = sorted(running.ca_file.parent.rglob("*"))
    kept = running.box._snapshots._kept[take(graph)]
    assert sorted(running.ca_file.parent.rglob("*")) == files
    everything = " ".join(_leaves(kept))
    for secret in (raw, "09599786", running.client_secret.reveal_text()):
        assert secret not in everything


def _leaves(value: object) -> Iterable[str]:
    """Every text there is in a state, at any depth."""
    if isinstance(value, str | bytes):
        yield value if isinstance(value, str) else value.decode("latin-1")
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from _leaves(key)
            yield from _leaves(each)
    elif isinstance(value, list | tuple | set | frozenset) or type(value).__name__ == "deque":
        for each in value:  # type: ignore[attr-defined]
            yield from _leaves(each)
    elif type(value).__module__.startswith("kiosk.tenant"):
        names = getattr(value, "__slots__", None) or vars(value)
        for name in names:
            yield from _leaves(getattr(value, name))
