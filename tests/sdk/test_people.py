"""Microsoft's SDK finds people, turns pages, and sees where somebody belongs."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("msgraph_beta", reason="Microsoft's SDK is not installed here: make test-sdk")

from msgraph_beta.generated.models.administrative_unit import AdministrativeUnit
from msgraph_beta.generated.models.directory_role import DirectoryRole
from msgraph_beta.generated.models.group import Group
from msgraph_beta.generated.models.o_data_errors.o_data_error import ODataError
from msgraph_beta.generated.models.user import User
from msgraph_beta.generated.users.users_request_builder import UsersRequestBuilder
from msgraph_core.tasks.page_iterator import PageIterator

from tests.sdk.microsoft import asking

pytestmark = pytest.mark.anyio
Query = UsersRequestBuilder.UsersRequestBuilderGetQueryParameters

UNIT = "5a1d3c7e-2b94-4f68-8e05-6c9b7a4d1f32"
GROUP = "c7b04e92-6d1f-4a83-b5e7-19f2d8a36c5b"


async def test_one_person_by_id_and_by_name(graph: Any, people: dict[str, Any]) -> None:
    """The same person, with what Graph gives unasked and no more."""
    ada = people["ada"]
    by_id = await graph.users.by_user_id(ada["id"]).get()
    by_name = await graph.users.by_user_id(ada["userPrincipalName"]).get()
    assert (by_id.id, by_name.id) == (ada["id"], ada["id"])
    assert (by_id.display_name, by_id.account_enabled) == ("Ada Okafor", None)


async def test_search_filter_and_count(graph: Any, people: dict[str, Any]) -> None:
    """Advanced queries with ConsistencyLevel, plain ones without."""
    query = Query(search='"displayName:müller"', count=True, select=["id", "accountEnabled"])
    found = await graph.users.get(asking(query, ConsistencyLevel="eventual"))
    assert ([user.id for user in found.value], found.odata_count) == ([people["joerg"]["id"]], 1)
    assert found.value[0].account_enabled is True
    found = await graph.users.get(asking(Query(filter="accountEnabled eq false", orderby=["displayName"])))
    assert [user.id for user in found.value] == [people["tom"]["id"]]
    assert await graph.users.count.get(asking(ConsistencyLevel="eventual")) == len(people)


async def test_a_search_without_its_header(graph: Any) -> None:
    """Graph's refusal, mapped."""
    with pytest.raises(ODataError) as refused:
        await graph.users.get(asking(Query(search='"displayName:ada"')))
    assert (refused.value.response_status_code, refused.value.error.code) == (400, "Request_UnsupportedQuery")


async def test_pages(graph: Any, people: dict[str, Any]) -> None:
    """PageIterator follows the links through everybody, once each."""
    first = await graph.users.get(asking(Query(top=3)))
    seen: list[str] = []

    def note(user: Any) -> bool:
        assert isinstance(user, User)
        seen.append(user.id)
        return True

    await PageIterator(first, graph.request_adapter).iterate(note)
    assert sorted(seen) == sorted(user["id"] for user in people.values())


async def test_where_somebody_belongs(graph: Any, people: dict[str, Any]) -> None:
    """Roles, units and groups, each as its own type, and the roles alone by a cast."""
    per = graph.users.by_user_id(people["per"]["id"])
    for belonging in (per.member_of, per.transitive_member_of):
        found = (await belonging.get()).value
        assert {type(each) for each in found} == {DirectoryRole, AdministrativeUnit, Group}
    roles = await per.transitive_member_of.graph_directory_role.get()
    assert [role.display_name for role in roles.value] == ["Helpdesk Administrator"]


async def test_members(graph: Any, people: dict[str, Any]) -> None:
    """Of the group and of the unit, as users."""
    group = (await graph.groups.by_group_id(GROUP).transitive_members.get()).value
    assert {type(each) for each in group} == {User}
    assert len(group) == len(people)
    unit = await graph.directory.administrative_units.by_administrative_unit_id(UNIT).members.get()
    assert {user.id for user in unit.value} == {user["id"] for user in people.values()} - {people["chidi"]["id"]}


async def test_photos(graph: Any, people: dict[str, Any]) -> None:
    """JPEG where there is one, with its size; Graph's 404 where there is none."""
    ada, joerg = (graph.users.by_user_id(people[name]["id"]) for name in ("ada", "joerg"))
    assert (await ada.photo.content.get())[:3] == b"\xff\xd8\xff"
    about = await ada.photo.get()
    assert (about.height, about.width) == (240, 240)
    with pytest.raises(ODataError) as missing:
        await joerg.photo.content.get()
    assert (missing.value.response_status_code, missing.value.error.code) == (404, "ImageNotFound")
