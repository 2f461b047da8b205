"""Finding people, and what a station needs to know of them."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import replace

import httpx
import pytest

from kiosk.tenant.people import HELPDESK_ADMINISTRATOR
from kiosk.tenant.seed import (
    ADA,
    ADA_DEVICE,
    CHIDI,
    FRONTLINE_GROUP,
    HINA,
    JOERG,
    MARIA,
    PER,
    STORE_UNIT,
    TOM,
    USERS,
)
from kiosk.tenant.serve import RunningTenant
from kiosk.tenant.tokens import GRAPH

EVENTUAL = {"ConsistencyLevel": "eventual"}


def names(answer: httpx.Response) -> set[str]:
    """Display names of a listing."""
    assert answer.status_code == 200, answer.text
    return {each["displayName"] for each in answer.json()["value"]}


def test_one_person(graph: httpx.Client) -> None:
    """accountEnabled and employeeId come only when selected, as in Graph."""
    by_default = graph.get(f"/v1.0/users/{JOERG.user_principal_name}").json()
    assert by_default["displayName"] == "Jörg Müller"
    assert "accountEnabled" not in by_default
    chosen = graph.get(f"/v1.0/users/{TOM.id}?$select=id,accountEnabled,employeeId").json()
    assert (chosen["accountEnabled"], chosen["employeeId"]) == (False, TOM.employee_id)
    assert "displayName" not in chosen


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ('"displayName:ada"', {ADA.display_name}),
        ('"displayName:oka ada"', {ADA.display_name}),
        ('"displayName:田"', {HINA.display_name}),
        ('"displayName:ada" OR "userPrincipalName:joerg"', {ADA.display_name, JOERG.display_name}),
        ('"employeeId:E10405"', {HINA.display_name}),
        ('"displayName:nobody"', set()),
    ],
)
def test_search(graph: httpx.Client, search: str, found: set[str]) -> None:
    """Words that begin words of a property."""
    assert names(graph.get("/v1.0/users", params={"$search": search}, headers=EVENTUAL)) == found


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        (f"userPrincipalName eq '{ADA.user_principal_name}'", {ADA.display_name}),
        ("startswith(displayName,'jö')", {JOERG.display_name}),
        ("accountEnabled eq false", {TOM.display_name}),
        ("department eq 'Store 40' and accountEnabled eq true", {CHIDI.display_name}),
        ("employeeId eq 'E10401' or employeeId eq 'E10405'", {ADA.display_name, HINA.display_name}),
        ("displayName eq 'O''Brien'", set()),
    ],
)
def test_filter(graph: httpx.Client, condition: str, found: set[str]) -> None:
    """eq and startswith, joined."""
    assert names(graph.get("/v1.0/users", params={"$filter": condition})) == found


@pytest.mark.parametrize(
    "query",
    [
        {"$search": '"displayName:ada"'},
        {"$search": "ada", "consistent": "yes"},
        {"$search": '"shoeSize:44"', "consistent": "yes"},
        {"$filter": "displayName like 'ada'"},
        {"$filter": "shoeSize eq '44'"},
        {"$top": "0"},
        {"$top": "many"},
        {"$skiptoken": "?"},
    ],
)
def test_queries_that_make_no_sense(graph: httpx.Client, query: dict[str, str]) -> None:
    """400, and a search without ConsistencyLevel is one of them."""
    headers = EVENTUAL if query.pop("consistent", None) else {}
    assert graph.get("/v1.0/users", params=query, headers=headers).status_code == 400


def test_pages(graph: httpx.Client) -> None:
    """nextLink leads through everybody, once each."""
    seen: list[str] = []
    answer = graph.get("/v1.0/users?$top=4&$count=true&$select=id", headers=EVENTUAL).json()
    assert answer["@odata.count"] == len(USERS)
    while True:
        seen += [each["id"] for each in answer["value"]]
        if "@odata.nextLink" not in answer:
            break
        answer = graph.get(answer["@odata.nextLink"]).json()
    assert seen == [user.id for user in USERS]


def test_units_groups_and_roles(graph: httpx.Client) -> None:
    """Who belongs to the shop, to the group, and who holds a directory role."""
    unit = names(graph.get(f"/v1.0/directory/administrativeUnits/{STORE_UNIT}/members"))
    assert ADA.display_name in unit
    assert CHIDI.display_name not in unit
    assert len(names(graph.get(f"/v1.0/groups/{FRONTLINE_GROUP}/transitiveMembers"))) == len(USERS)
    assert graph.get("/v1.0/groups/nothing/members").status_code == 404
    cast = f"/v1.0/users/{PER.id}/transitiveMemberOf/microsoft.graph.directoryRole"
    assert [each["roleTemplateId"] for each in graph.get(cast).json()["value"]] == [HELPDESK_ADMINISTRATOR]
    kinds = {each["@odata.type"] for each in graph.get(f"/v1.0/users/{PER.id}/memberOf").json()["value"]}
    assert kinds == {f"#microsoft.graph.{kind}" for kind in ("directoryRole", "administrativeUnit", "group")}


def test_what_happens_behind_the_stations_back(running: RunningTenant, graph: httpx.Client) -> None:
    """The doors rename and disable people and change the policy."""
    change: Callable[..., httpx.Response] = graph.patch
    renamed = change(f"/_tenant/users/{ADA.id}", json={"userPrincipalName": "ada@contoso-stores.example"})
    assert renamed.json()["userPrincipalName"] == "ada@contoso-stores.example"
    assert graph.get("/v1.0/users/ada@contoso-stores.example").json()["id"] == ADA.id
    assert change(f"/_tenant/users/{ADA.id}", json={"accountEnabled": False}).json()["accountEnabled"] is False
    assert change("/_tenant/policy", json={"enabled": False, "pin_length": 10}).json()["state"] == "disabled"
    assert change("/_tenant/users/nobody", json={}).status_code == 404
    assert change("/_tenant/policy", json={"colour": "red"}).status_code == 400
    assert running.tenant.policy.pin_length == 10


def test_a_search_may_hold_escaped_quotes(graph: httpx.Client) -> None:
    """A backslash before a double quote or another backslash."""
    search = '"displayName:\\"ada\\" \\\\"'
    assert names(graph.get("/v1.0/users", params={"$search": search}, headers=EVENTUAL)) == {ADA.display_name}


def test_members_cast_to_users(graph: httpx.Client) -> None:
    """All members are users here, so the cast changes nothing."""
    plain = names(graph.get(f"/v1.0/groups/{FRONTLINE_GROUP}/transitiveMembers"))
    assert names(graph.get(f"/v1.0/groups/{FRONTLINE_GROUP}/transitiveMembers/microsoft.graph.user")) == plain
    unit = f"/v1.0/directory/administrativeUnits/{STORE_UNIT}/members"
    assert names(graph.get(f"{unit}/microsoft.graph.user")) == names(graph.get(unit))


def test_a_photo(running: RunningTenant, graph: httpx.Client) -> None:
    """404 where there is none; where there is one, alone as it is, in a batch as base64, and what is known of it."""
    missing = graph.get(f"/v1.0/users/{JOERG.id}/photo/$value")
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "ImageNotFound")
    address = f"/users/{ADA.id}/photo/$value"
    found = graph.get(f"/v1.0{address}")
    assert found.content == running.tenant.photos[ADA.id]
    assert (found.content[:3], found.headers["content-type"]) == (b"\xff\xd8\xff", "image/jpeg")
    batch = {"requests": [{"id": "1", "method": "GET", "url": address}]}
    (part,) = graph.post("/v1.0/$batch", json=batch).json()["responses"]
    assert base64.b64decode(part["body"]) == found.content
    assert part["headers"]["Content-Type"] == "image/jpeg"
    about = graph.get(f"/v1.0/users/{ADA.id}/photo").json()
    assert (about["id"], about["@odata.mediaContentType"]) == ("240X240", "image/jpeg")


def test_role_assignments_have_their_scope(graph: httpx.Client) -> None:
    """A unit's, or the whole tenant's; a principal has to be named."""
    address = "/v1.0/roleManagement/directory/roleAssignments"
    found = graph.get(address, params={"$filter": f"principalId eq '{MARIA.id}'"}).json()["value"]
    assert [each["directoryScopeId"] for each in found] == [f"/administrativeUnits/{STORE_UNIT}"]
    found = graph.get(address, params={"$filter": f"principalId eq '{PER.id}'"}).json()["value"]
    assert [(each["directoryScopeId"], each["roleDefinitionId"]) for each in found] == [("/", HELPDESK_ADMINISTRATOR)]
    assert graph.get(address).status_code == 400


def test_an_oath_device_is_read_with_a_permission_of_its_own(running: RunningTenant, graph: httpx.Client) -> None:
    """Policy.Read.All, which a station need not have."""
    address = f"/beta/directory/authenticationMethodDevices/hardwareOathDevices/{ADA_DEVICE}"
    assert graph.get(address).status_code == 403
    app = replace(running.box.app, roles=frozenset({"Policy.Read.All"}))
    headers = {"Authorization": f"Bearer {running.box.mint.for_application(app, GRAPH)}"}
    assert graph.get(address, headers=headers).json()["assignedTo"]["id"] == ADA.id
    assert graph.get(f"{address}0", headers=headers).status_code == 404
