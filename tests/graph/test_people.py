"""People are found by what somebody types, whatever they type, and a long list is read to its end or to a cap."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kiosk.errors import UsageError
from kiosk.graph.auth import SupervisorSignIn
from kiosk.graph.client import GraphClient
from kiosk.graph.errors import GraphError, InsufficientPermissions, UnexpectedAnswer
from kiosk.graph.people import _filter, _search
from kiosk.tenant.device_flow import Decision
from kiosk.tenant.seed import ADA, CHIDI, FRONTLINE_GROUP, HINA, JOERG, MARIA, PER, STORE_UNIT, TOM, USERS
from kiosk.tenant.serve import RunningTenant

pytestmark = pytest.mark.anyio


def query(request: httpx.Request) -> dict[str, list[str]]:
    return parse_qs(urlsplit(str(request.url)).query)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ada", [ADA]),
        ("  Oka ", [ADA]),
        ("ada okafor", [ADA]),
        ("joerg.m", [JOERG]),
        ("Jörg", [JOERG]),
        ("E10405", [HINA]),
        ("田", [HINA]),
        ("nobody", []),
        ("O'Brien", []),
        ('say "hello"', []),
        ("back\\slash", []),
        ("a&$top=1#x", []),
    ],
)
async def test_people_are_found(direct: GraphClient, text: str, found: list[Any]) -> None:
    assert {user.id for user in (await direct.find_people(text)).people} == {user.id for user in found}


async def test_a_name_with_quotes_is_found(direct: GraphClient, tenant: RunningTenant) -> None:
    tenant.tenant.change_user(replace(ADA, display_name='Ada "Bee" O\'Brien', employee_id="O'B-1"))
    assert [user.id for user in (await direct.find_people('"bee"')).people] == [ADA.id]
    assert [user.id for user in (await direct.find_people("O'B-1")).people] == [ADA.id]


@pytest.mark.parametrize("text", ["", "  ", "\x00\n", '"', "***"])
async def test_nothing_to_look_for(direct: GraphClient, text: str) -> None:
    with pytest.raises(UsageError):
        await direct.find_people(text)


async def test_a_person_outside_the_unit_is_not_found_in_it(direct: GraphClient) -> None:
    assert (await direct.find_people("chidi")).people
    assert not (await direct.find_people("chidi", unit=STORE_UNIT)).people
    assert [user.id for user in (await direct.find_people("ada.oka", unit=STORE_UNIT)).people] == [ADA.id]


@pytest.mark.parametrize(
    ("text", "found"), [("oka ada", {"u1"}), ("BOB@", {"u2"}), ("E7", {"u2"}), ("nobody", set())]
)
async def test_a_unit_that_cannot_be_searched_is_looked_through(
    scripted: Any, says: Any, refuses: Any, text: str, found: set[str]
) -> None:
    """By the same words and beginnings, over all its pages, without a second try at what was refused."""
    ada = {"id": "u1", "userPrincipalName": "a@x", "displayName": "Ada Okafor"}
    bob = {"id": "u2", "userPrincipalName": "bob@x", "displayName": "Robert", "employeeId": "E7"}
    link = "https://graph.example/v1.0/directory/administrativeUnits/unit/members/microsoft.graph.user?$skiptoken=2"
    graph = scripted(
        refuses(400, "Request_UnsupportedQuery", "Search is not supported here."),
        says(200, {"value": [ada], "@odata.nextLink": link}),
        says(200, {"value": [bob]}),
    )
    people = await graph.client.find_people(text, unit="unit")
    assert ({user.id for user in people.people}, people.more) == (found, False)
    assert "$search" not in query(graph.asked[1])


async def test_a_unit_out_of_reach_is_refused(scripted: Any, refuses: Any) -> None:
    """Only a question that Graph does not understand is asked in another way."""
    graph = scripted(refuses(403, "Authorization_RequestDenied"))
    with pytest.raises(InsufficientPermissions):
        await graph.client.find_people("ada", unit="unit")
    assert len(graph.asked) == 1


async def test_a_person_has_what_the_station_asks_about_them(direct: GraphClient) -> None:
    found = (await direct.find_people("tom brennan")).people[0]
    assert (found.account_enabled, found.employee_id) == (False, TOM.employee_id)
    assert (await direct.find_people("jörg")).people[0].preferred_language == "de"


async def test_members_of_a_unit_and_of_a_group(direct: GraphClient) -> None:
    unit = await direct.unit_members(STORE_UNIT)
    assert {user.id for user in unit.people} == {user.id for user in USERS} - {CHIDI.id}
    assert not unit.more
    assert len((await direct.group_members(FRONTLINE_GROUP)).people) == len(USERS)
    with pytest.raises(GraphError):
        await direct.group_members("nothing")


async def test_members_that_may_be_counted_and_not_named(direct: GraphClient, tenant: RunningTenant) -> None:
    """Without User.Read.All Graph gives ids alone: that is a permission that is missing, and said so."""
    tenant.box.app = replace(tenant.box.app, roles=frozenset({"GroupMember.Read.All", "AdministrativeUnit.Read.All"}))
    for members in (direct.group_members(FRONTLINE_GROUP), direct.unit_members(STORE_UNIT)):
        with pytest.raises(InsufficientPermissions) as refused:
            await members
        assert "User.Read.All" in refused.value.hint


@pytest.mark.parametrize("most", [1, 3, 4, len(USERS) - 1])
async def test_a_cap_is_kept_and_said(direct: GraphClient, most: int) -> None:
    found = await direct.group_members(FRONTLINE_GROUP, most=most)
    assert len(found.people) == most
    assert found.more


async def test_pages_are_followed_once_each_and_only_at_our_graph(scripted: Any, says: Any) -> None:
    """A next link names a host; the token goes to the one in the settings."""
    user = {"id": "u1", "userPrincipalName": "a@x"}
    link = "https://elsewhere.example/v1.0/groups/g/transitiveMembers/microsoft.graph.user?$skiptoken=2"
    pages = [says(200, {"value": [user], "@odata.nextLink": link}), says(200, {"value": [{**user, "id": "u2"}]})]
    graph = scripted(*pages)
    assert [each.id for each in (await graph.client.group_members("g")).people] == ["u1", "u2"]
    assert {request.url.host for request in graph.asked} == {"graph.example"}
    assert query(graph.asked[1])["$skiptoken"] == ["2"]


async def test_a_list_that_leads_in_a_circle_ends(scripted: Any, says: Any) -> None:
    link = "https://graph.example/v1.0/groups/g/members?$skiptoken=1"
    graph = scripted(*[says(200, {"value": [], "@odata.nextLink": link})] * 5)
    await graph.client.group_members("g")
    assert len(graph.asked) == 2


@pytest.mark.parametrize("link", ["", "https://[", "https://graph.example/nowhere"])
async def test_a_link_that_leads_nowhere(scripted: Any, says: Any, link: str) -> None:
    graph = scripted(says(200, {"value": [], "@odata.nextLink": link}))
    with pytest.raises(UnexpectedAnswer):
        await graph.client.group_members("g")


async def test_a_search_says_how_consistent_it_has_to_be(scripted: Any, says: Any) -> None:
    graph = scripted(*[says(200, {"value": []})] * 2)
    await graph.client.find_people("o'b\"x")
    assert {request.headers["ConsistencyLevel"] for request in graph.asked} == {"eventual"}
    assert query(graph.asked[0])["$search"] == ['"displayName:o\'b\\"x"']
    condition = "startswith(userPrincipalName,'o''b\"x') or employeeId eq 'o''b\"x'"
    assert query(graph.asked[1])["$filter"] == [condition]


async def test_roles_in_the_whole_tenant(direct: GraphClient) -> None:
    assert [role.name for role in await direct.directory_roles(PER.id)] == ["Helpdesk Administrator"]
    assert await direct.directory_roles(ADA.user_principal_name) == ()


async def test_a_photo_or_none(direct: GraphClient, tenant: RunningTenant) -> None:
    assert await direct.photo(ADA.user_principal_name) == tenant.tenant.photos[ADA.id]
    del tenant.tenant.photos[ADA.id]
    assert await direct.photo(ADA.id) is None


async def test_who_is_signed_in(
    direct: GraphClient, tenant: RunningTenant, tenant_settings: Any, wall_clock: Any
) -> None:
    credential = SupervisorSignIn(tenant_settings, clock=wall_clock)
    code = (await credential.begin()).user_code
    assert tenant.box.grants.decide(code, Decision.APPROVED, MARIA.id)
    await credential.wait()
    async with GraphClient(tenant_settings, credential, clock=wall_clock) as own:
        assert (await own.get_me()).id == MARIA.id
    with pytest.raises(GraphError):
        await direct.get_me()


@given(st.text(min_size=1, max_size=20))
def test_whatever_is_typed_is_looked_for_and_nothing_else(text: str) -> None:
    """Quotes, backslashes and operators stay text: a query says what was typed, to whoever reads it as OData does."""
    assume(re.search(r"\w", text) and not re.search(r"[\x00-\x1f\x7f\ud800-\udfff]", text))
    wanted = " ".join(text.split())
    (search,) = parse_qs(_search(wanted))["$search"]
    phrase = re.fullmatch(r'"displayName:((?:[^"\\]|\\["\\])*)"', search, re.DOTALL)
    assert phrase is not None
    assert re.sub(r'\\(["\\])', r"\1", phrase[1]) == wanted
    (condition,) = parse_qs(_filter(wanted))["$filter"]
    literal = r"'((?:[^']|'')*)'"
    parsed = re.fullmatch(rf"startswith\(userPrincipalName,{literal}\) or employeeId eq {literal}", condition)
    assert parsed is not None
    assert {part.replace("''", "'") for part in parsed.groups()} == {wanted}
