"""Finding people, and what a station needs to know of them."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from kiosk.tenant.people import HELPDESK_ADMINISTRATOR
from kiosk.tenant.seed import ADA, CHIDI, FRONTLINE_GROUP, HINA, JOERG, PER, STORE_UNIT, TOM, USERS
from kiosk.tenant.serve import RunningTenant

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
