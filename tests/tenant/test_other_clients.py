"""What clients send that are not ours: other spellings, odd verbs, wrong bodies, and tokens of no use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx
import pytest

from kiosk.clock import ManualClock
from kiosk.tenant.people import AUTHENTICATION_POLICY_ADMINISTRATOR, GLOBAL_READER, RoleAssignment, User
from kiosk.tenant.seed import ADA, ADA_DEVICE, FRONTLINE_GROUP, JOERG, LAYLA, MARIA, STORE_UNIT, USERS
from kiosk.tenant.serve import RunningTenant
from kiosk.tenant.tokens import GRAPH, TokenMint

Connect = Callable[..., httpx.Client]
Span = Callable[..., dict[str, str]]
EVENTUAL = {"ConsistencyLevel": "eventual"}
METHOD = f"/v1.0/users/{ADA.id}/authentication/qrCodePinMethod"
POLICY = "policies/authenticationMethodsPolicy/authenticationMethodConfigurations/qrCodePin"
DENIED = (403, "Authorization_RequestDenied")


def outcome(answer: httpx.Response) -> tuple[int, str]:
    """Status and error code; every refusal is in Graph's form."""
    if answer.is_success:
        return answer.status_code, ""
    error = answer.json()["error"]
    assert error["innerError"]["request-id"] == answer.headers["request-id"]
    return answer.status_code, error["code"]


@pytest.mark.parametrize(
    "path",
    [
        f"/v1.0/users('{ADA.id}')/authentication/qrCodePinMethod",
        f"/v1.0/users('{ADA.user_principal_name}')/authentication/qrCodePinMethod",
        f"/v1.0/users(userPrincipalName='{ADA.user_principal_name}')/authentication/qrCodePinMethod",
        f"/v1.0/users/{quote(ADA.user_principal_name, safe='')}/authentication/qrCodePinMethod",
        f"/v1.0/USERS/{ADA.id.upper()}/Authentication/QRCODEPINMETHOD",
        f"{METHOD}/",
        f"{METHOD}?$select=id&$expand=standardQRCode",
    ],
)
def test_other_spellings(graph: httpx.Client, path: str) -> None:
    """Keys in parentheses, escapes, any case, a slash at the end, and options the page says are not supported."""
    assert graph.get(path).json()["standardQRCode"]["id"] == graph.get(METHOD).json()["standardQRCode"]["id"]


def test_keys_in_parentheses_elsewhere(graph: httpx.Client) -> None:
    """In a batch, of a group, of the policy, and with a quote in them."""
    part = {"id": "1", "method": "GET", "url": f"/users('{ADA.id}')?$select=id"}
    (answered,) = graph.post("/v1.0/$batch", json={"requests": [part]}).json()["responses"]
    assert answered["body"]["id"] == ADA.id
    assert len(graph.get(f"/v1.0/groups('{FRONTLINE_GROUP}')/members").json()["value"]) == len(USERS)
    assert outcome(graph.get(f"/beta/{POLICY[:-10]}('qrCodePin')")) == (200, "")
    missing = graph.get("/v1.0/users('o''brien@contoso-stores.example')")
    assert "Resource 'o'brien@" in missing.json()["error"]["message"]


@pytest.mark.parametrize("verb", ["HEAD", "OPTIONS", "TRACE", "POST", "MERGE"])
def test_verbs_nobody_takes(graph: httpx.Client, verb: str) -> None:
    """405 in Graph's form; no preflight, as no browser calls a kiosk's tenant."""
    answer = graph.request(verb, METHOD)
    assert answer.status_code == 405
    assert answer.headers["request-id"]
    if verb != "HEAD":
        assert outcome(answer) == (405, "Request_BadRequest")


@pytest.mark.parametrize("path", ["/", "/users", "/v2.0/users", "/me", "/v1.0None/users", "/favicon.ico"])
def test_a_version_that_is_none(graph: httpx.Client, path: str) -> None:
    """400, as Graph says it."""
    answer = graph.get(path)
    assert outcome(answer) == (400, "BadRequest")
    assert answer.json()["error"]["message"] == "Invalid version."


@pytest.mark.parametrize(("verb", "path"), [("GET", "/snapshots"), ("GET", "/reset"), ("DELETE", "/snapshot")])
def test_a_door_that_is_none(graph: httpx.Client, verb: str, path: str) -> None:
    """Nothing happens there."""
    answer = graph.request(verb, f"/_tenant{path}")
    assert (answer.status_code, answer.json()) == (404, {"error": "there is no such door"})


def test_segments_that_are_none(graph: httpx.Client) -> None:
    """The answer by which clients find out what a version has."""
    for path, segment in (
        (f"{METHOD}/image", "image"),
        ("/beta/nothing", "nothing"),
        (f"{METHOD}s", "qrCodePinMethods"),
    ):
        answer = graph.get(path)
        assert outcome(answer) == (400, "BadRequest")
        assert answer.json()["error"]["message"] == f"Resource not found for the segment '{segment}'."


@pytest.mark.parametrize(
    ("send", "code"),
    [
        ({"json": {"colour": "red"}}, "RequestBodyRead"),
        ({"json": {"standardQRCode": {"colour": "red"}}}, "RequestBodyRead"),
        ({"json": {"pin": {"code": "09599786", "digits": 8}}}, "RequestBodyRead"),
        ({"content": b"", "headers": {"Content-Type": "application/json"}}, "BadRequest"),
        ({}, "BadRequest"),
        ({"content": b"{}", "headers": {"Content-Type": "text/plain"}}, "BadRequest"),
        ({"data": {"pin": "09599786"}}, "BadRequest"),
        ({"content": b"<pin/>", "headers": {"Content-Type": "application/xml"}}, "BadRequest"),
    ],
)
def test_bodies_of_no_use(graph: httpx.Client, send: dict[str, Any], code: str) -> None:
    """400, and nothing was made."""
    path = f"/v1.0/users/{LAYLA.id}/authentication/qrCodePinMethod"
    assert outcome(graph.put(path, **send)) == (400, code)
    assert graph.get(path).status_code == 404


def test_bodies_with_more_in_them(graph: httpx.Client, span: Span) -> None:
    """A whole object as it was read, with its annotations and what Graph keeps itself, is taken for its times."""
    path = f"/v1.0/users/{LAYLA.id}/authentication/qrCodePinMethod"
    code = {
        **span(days=30),
        "@odata.type": "#microsoft.graph.qrCode",
        "startDateTime@odata.type": "#DateTimeOffset",
        "id": str(uuid4()),
        "createdDateTime": "2020-01-01T00:00:00Z",
        "lastUsedDateTime": None,
        "image": None,
    }
    body = {"@odata.context": "x", "id": "x", "standardQRCode": code, "pin": {"code": "09599786", "id": None}}
    created = graph.put(path, json=body, headers={"Content-Type": "application/json;odata.metadata=full"})
    assert created.status_code == 201
    assert created.headers["location"] == path
    assert created.json()["standardQRCode"]["id"] != code["id"]


def test_the_clients_identifier(graph: httpx.Client) -> None:
    """Comes back whether it is asked for or not; without one, Graph's own stands in its place."""
    mine = str(uuid4())
    for headers in ({"client-request-id": mine}, {"client-request-id": mine, "return-client-request-id": "true"}):
        assert graph.get(METHOD, headers=headers).headers["client-request-id"] == mine
    answer = graph.get(METHOD, headers={"Prefer": "return=minimal", "If-None-Match": "*"})
    assert answer.status_code == 200
    assert answer.headers["client-request-id"] == answer.headers["request-id"]


def test_contexts(graph: httpx.Client, running: RunningTenant) -> None:
    """Every answer says what it is, a selection included."""
    metadata = f"{running.url}/v1.0/$metadata#"
    for path, context in (
        ("users?$top=1", "users"),
        ("users?$select=id,displayName&$top=1", "users(id,displayName)"),
        (f"users/{ADA.id}?$select=id", "users(id)/$entity"),
        (
            f"users/{ADA.id}/authentication/qrCodePinMethod",
            f"users('{ADA.id}')/authentication/qrCodePinMethod/$entity",
        ),
        (f"directory/administrativeUnits/{STORE_UNIT}/members", "directoryObjects"),
        (POLICY, "authenticationMethodConfigurations/$entity"),
    ):
        assert graph.get(f"/v1.0/{path}").json()["@odata.context"] == metadata + context


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"$select": "id,shoeSize"}, "BadRequest"),
        ({"$top": "1000"}, "Request_UnsupportedQuery"),
        ({"$orderby": "shoeSize"}, "Request_UnsupportedQuery"),
    ],
)
def test_queries_graph_refuses(graph: httpx.Client, query: dict[str, str], code: str) -> None:
    """With its codes."""
    assert outcome(graph.get("/v1.0/users", params=query)) == (400, code)


def test_counting_needs_its_header(graph: httpx.Client) -> None:
    """A bare number with ConsistencyLevel, a refusal without; $count=true beside a list is passed over without."""
    counted = graph.get("/v1.0/users/$count?$filter=accountEnabled eq false", headers=EVENTUAL)
    assert (counted.text, counted.headers["content-type"]) == ("1", "text/plain")
    assert outcome(graph.get("/v1.0/users/$count")) == (400, "Request_UnsupportedQuery")
    assert "@odata.count" not in graph.get("/v1.0/users?$count=true").json()
    assert graph.get("/v1.0/users?$count=true", headers=EVENTUAL).json()["@odata.count"] == len(USERS)


def test_order_and_properties_that_are_empty(graph: httpx.Client) -> None:
    """By name either way; a property of every user that says nothing here is null and no error."""
    names = [each["displayName"] for each in graph.get("/v1.0/users?$orderby=displayName desc").json()["value"]]
    assert names == sorted(names, key=str.casefold, reverse=True)
    one = graph.get(f"/v1.0/users/{ADA.id}?$select=id,usageLocation,assignedLicenses").json()
    assert (one["usageLocation"], one["assignedLicenses"]) == (None, [])


def test_tokens_of_no_use(running: RunningTenant, connect: Connect) -> None:
    """Missing, of another scheme, for another service, and expired: 401 with a challenge that says where to go."""
    mint, app = running.box.mint, running.box.app
    past = ManualClock(running.clock.now() - timedelta(hours=2))
    old = TokenMint(running.box.keys.signing, f"{running.authority}/v2.0", running.tenant_id, past)
    for headers in (
        {},
        {"Authorization": "Basic YTpi"},
        {"Authorization": f"Bearer {mint.for_application(app, 'https://management.azure.com')}"},
        {"Authorization": f"Bearer {old.for_application(app, GRAPH)}"},
    ):
        answer = connect(running, token="").get(METHOD, headers=headers)
        assert outcome(answer) == (401, "InvalidAuthenticationToken")
        challenge = answer.headers["www-authenticate"]
        assert challenge.startswith('Bearer realm="", authorization_uri="https://')
        assert 'client_id="00000003-0000-0000-c000-000000000000"' in challenge


def test_me_is_nobody_for_an_application(graph: httpx.Client) -> None:
    """400, in Graph's words."""
    for path in ("/v1.0/me", "/v1.0/me/authentication/qrCodePinMethod"):
        answer = graph.get(path)
        assert outcome(answer) == (400, "BadRequest")
        assert answer.json()["error"]["message"] == "/me request is only valid with delegated authentication flow."


@pytest.mark.parametrize("who", ["nobody@contoso-stores.example", ADA.id])
@pytest.mark.parametrize("rest", ["", "/memberOf", "/photo/$value", "/authentication/qrCodePinMethod"])
def test_who_is_there_is_told_only_to_those_who_may_ask(
    running: RunningTenant, connect: Connect, who: str, rest: str
) -> None:
    """Without a permission a missing person and one who is there are refused alike."""
    app = replace(running.box.app, roles=frozenset())
    poor = connect(running, token=running.box.mint.for_application(app, GRAPH))
    assert outcome(poor.get(f"/v1.0/users/{who}{rest}")) == DENIED
    joerg = connect(running, JOERG, "UserAuthMethod-QR.Read.All", "User.Read")
    assert outcome(joerg.get(f"/v1.0/users/{who}{rest}")) == DENIED


def test_a_missing_device_is_not_told_either(running: RunningTenant, connect: Connect) -> None:
    """The drafts' address asks for the permission first, too."""
    app = replace(running.box.app, roles=frozenset())
    poor = connect(running, token=running.box.mint.for_application(app, GRAPH))
    for device in (ADA_DEVICE, str(uuid4())):
        path = f"/beta/directory/authenticationMethodDevices/hardwareOathDevices/{device}/assignTo"
        assert outcome(poor.get(f"{path}/authentication/qrCodePinMethod")) == DENIED


@pytest.mark.parametrize(
    ("roles", "status"),
    [
        (MARIA.roles, 403),
        ((), 403),
        ((RoleAssignment(GLOBAL_READER, STORE_UNIT),), 403),
        ((RoleAssignment(GLOBAL_READER),), 200),
        ((RoleAssignment(AUTHENTICATION_POLICY_ADMINISTRATOR),), 200),
    ],
)
def test_a_person_reads_the_policy_by_role(
    running: RunningTenant, connect: Connect, roles: tuple[RoleAssignment, ...], status: int
) -> None:
    """A permission alone does not do; a supervisor of a unit has none of the roles for it."""
    actor: User = replace(MARIA, roles=roles)
    running.tenant.change_user(actor)
    client = connect(running, actor, "Policy.Read.AuthenticationMethod")
    assert client.get(f"/v1.0/{POLICY}").status_code == status


def test_the_policy_is_changed_and_put_back(running: RunningTenant, connect: Connect, graph: httpx.Client) -> None:
    """With the permission a station has not: 200 with a body in v1.0, 204 in beta, and a default that is off."""
    kind = {"@odata.type": "#microsoft.graph.qrCodePinAuthenticationMethodConfiguration"}
    assert outcome(graph.patch(f"/v1.0/{POLICY}", json=kind)) == DENIED
    app = replace(running.box.app, roles=frozenset({"Policy.ReadWrite.AuthenticationMethod"}))
    admin = connect(running, token=running.box.mint.for_application(app, GRAPH))
    everybody = {"id": FRONTLINE_GROUP, "targetType": "group", "isRegistrationRequired": False}
    changed = admin.patch(f"/v1.0/{POLICY}", json={**kind, "pinLength": 10, "includeTargets": [everybody]})
    assert (changed.status_code, changed.json()["pinLength"]) == (200, 10)
    assert changed.json()["includeTargets"] == [everybody]
    assert admin.patch(f"/beta/{POLICY}", json={**kind, "state": "disabled"}).status_code == 204
    for bad in ({"pinLength": 10}, {**kind, "pinLength": 7}, {**kind, "standardQRCodeLifetimeInDays": 396}):
        assert admin.patch(f"/v1.0/{POLICY}", json=bad).status_code == 400
    assert admin.delete(f"/v1.0/{POLICY}").status_code == 204
    restored = admin.get(f"/v1.0/{POLICY}").json()
    assert (restored["state"], restored["pinLength"], restored["standardQRCodeLifetimeInDays"]) == (
        "disabled",
        8,
        365,
    )


def test_a_throttled_part_says_how_long(graph: httpx.Client) -> None:
    """Each part of a batch has headers of its own."""
    rule = {"fault": {"status": 429, "retry_after": 7}, "match": {"path": "/users/"}}
    graph.post("/_tenant/faults", json=rule)
    part = {"id": "1", "method": "GET", "url": f"/users/{ADA.id}"}
    (answered,) = graph.post("/v1.0/$batch", json={"requests": [part]}).json()["responses"]
    assert (answered["status"], answered["headers"]["Retry-After"]) == (429, "7")
