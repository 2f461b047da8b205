"""People, as Graph knows them: found by what somebody types, or by where they belong."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit

from kiosk.errors import UsageError
from kiosk.graph import operations as op
from kiosk.graph.directory import read_ids, read_page, read_roles
from kiosk.graph.errors import GraphError, UnexpectedAnswer
from kiosk.graph.exchange import Request
from kiosk.graph.models import DirectoryRole, People, User
from kiosk.graph.paths import POLICY, USER_FIELDS, MethodOwner, quoted
from kiosk.graph.reading import read_policy, read_user

if TYPE_CHECKING:
    from kiosk.graph.calls import Calls
    from kiosk.graph.models import Policy
    from kiosk.graph.operations import Operation
    from kiosk.graph.version import VersionChoice

#: Graph's advanced queries ask for this header, and for `$count` beside `$filter` (Graph documentation).
EVENTUAL: Final = (("ConsistencyLevel", "eventual"),)
_LARGEST_PAGE: Final = 999
_MOST_PAGES: Final = 100
_NOT_FOUND: Final = 404
_BAD_REQUEST: Final = 400
_CAST: Final = "microsoft.graph.user"
_ROLE_CAST: Final = "microsoft.graph.directoryRole"


class PeopleCalls:
    """What a client asks about people. Every method raises GraphError."""

    _calls: Calls
    _versions: VersionChoice

    async def get_user(self, id_or_upn: str) -> User:
        """A person. Raises UserNotFound."""
        return await self._person(op.GET_USER, MethodOwner.user(id_or_upn).path)

    async def get_me(self) -> User:
        """The signed-in person. An app alone has none, and is refused."""
        return await self._person(op.GET_ME, "/me")

    async def get_policy(self) -> Policy:
        """The tenant's policy for the method."""
        return read_policy(await self._calls.call(op.GET_POLICY, Request("GET", self._path(POLICY))))

    async def find_people(self, text: str, *, unit: str | None = None, most: int = 50) -> People:
        """Those whose name has words that begin like `text`'s, whose user principal name begins with it, or whose
        employee id it is; within an administrative unit (its id) where one is given.

        Two questions, as Graph searches names by word but the rest only by its beginning. Where it will not search
        within a unit, the unit is read whole and looked through here. Raises UsageError for a text with nothing in
        it.
        """
        wanted = _sound(text)
        if unit is None:
            return await self._found("/users", op.FIND_PEOPLE, wanted, most)
        try:
            return await self._found(_unit(unit), op.UNIT_MEMBERS, wanted, most)
        except GraphError as fault:
            if fault.status != _BAD_REQUEST:
                raise
        everybody = await self._list(op.UNIT_MEMBERS, _unit(unit), _LARGEST_PAGE * _MOST_PAGES)
        people = tuple(user for user in everybody.people if _is_meant(user, wanted))
        return People(people=people[:most], more=everybody.more or len(people) > most)

    async def _found(self, where: str, operation: Operation, wanted: str, most: int) -> People:
        by_name = await self._list(operation, where, most, _search(wanted))
        by_id = await self._list(operation, where, most, _filter(wanted)) if " " not in wanted else People(people=())
        merged = list({user.id: user for user in (*by_id.people, *by_name.people)}.values())
        return People(people=tuple(merged[:most]), more=by_name.more or by_id.more or len(merged) > most)

    async def unit_members(self, unit_id: str, *, most: int = 999) -> People:
        """The people of an administrative unit."""
        return await self._list(op.UNIT_MEMBERS, _unit(unit_id), most)

    async def group_members(self, group_id: str, *, most: int = 999) -> People:
        """The people of a group and of the groups in it."""
        return await self._list(op.GROUP_MEMBERS, f"/groups/{quoted(group_id)}/transitiveMembers/{_CAST}", most)

    async def directory_roles(self, id_or_upn: str) -> tuple[DirectoryRole, ...]:
        """The roles a person holds in the whole tenant: whoever holds one is out of many administrators' reach."""
        path = (
            f"{MethodOwner.user(id_or_upn).path}/transitiveMemberOf/{_ROLE_CAST}?$select=displayName,roleTemplateId"
        )
        return read_roles(await self._calls.call(op.GET_ROLES, Request("GET", self._path(path))))

    async def memberships(self, id_or_upn: str) -> frozenset[str]:
        """The ids of the groups and administrative units a person is in, directly or through a group; roles, too."""
        path = f"{MethodOwner.user(id_or_upn).path}/transitiveMemberOf?$select=id&$top={_LARGEST_PAGE}"
        following: str | None = path
        found: set[str] = set()
        for _ in range(_MOST_PAGES):
            if following is None:
                break
            answer = await self._calls.call(op.GET_MEMBERSHIPS, Request("GET", self._path(following)))
            ids, link = read_ids(answer)
            found |= ids
            following = link and _behind_the_version(link)
        return frozenset(found)

    async def photo(self, id_or_upn: str) -> bytes | None:
        """A person's picture, as it was uploaded (mostly JPEG); None where there is none."""
        path = self._path(f"{MethodOwner.user(id_or_upn).path}/photo/$value")
        request = Request("GET", path, headers=(("Accept", "image/*"),))
        try:
            answer = await self._calls.call(op.GET_PHOTO, request)
        except GraphError as fault:
            if fault.status == _NOT_FOUND:
                return None
            raise
        return answer.body.reveal() or None

    async def _person(self, operation: Operation, path: str) -> User:
        request = Request("GET", self._path(f"{path}?$select={USER_FIELDS}"))
        return read_user(await self._calls.call(operation, request))

    async def _list(self, operation: Operation, path: str, most: int, query: str = "") -> People:
        """Page by page, up to `most`. Only the path of a next link is followed: the token goes nowhere else."""
        following: str | None = f"{path}?$select={USER_FIELDS}&$top={min(most, _LARGEST_PAGE)}{query}"
        found: dict[str, User] = {}
        seen: set[str] = set()
        while following is not None and len(found) < most and following not in seen and len(seen) < _MOST_PAGES:
            seen.add(following)
            answer = await self._calls.call(operation, Request("GET", self._path(following), headers=EVENTUAL))
            users, link = read_page(answer)
            found.update({user.id: user for user in users})
            following = None if link is None else _behind_the_version(link)
            if link is not None and following is None:
                raise UnexpectedAnswer("Graph's answer cannot be read: its next link", trace=answer.trace)
        everybody = tuple(found.values())
        return People(people=everybody[:most], more=following is not None or len(everybody) > most)

    def _path(self, path: str) -> str:
        return f"/{self._versions.of_the_rest}{path}"


def _unit(unit_id: str) -> str:
    return f"/directory/administrativeUnits/{quoted(unit_id)}/members/{_CAST}"


def _sound(text: str) -> str:
    wanted = " ".join(re.sub(r"[\x00-\x1f\x7f]", " ", text).split())
    if not re.search(r"\w", wanted):
        raise UsageError("there is nothing to look for", hint="Type a part of a name, a user name or an employee id.")
    return wanted


def _search(wanted: str) -> str:
    """Within double quotes, where they and backslashes are escaped (Graph documentation, "$search")."""
    phrase = wanted.replace("\\", "\\\\").replace('"', '\\"')
    quoted_phrase = f'"displayName:{phrase}"'
    return f"&$count=true&$search={quote(quoted_phrase, safe='')}"


def _filter(wanted: str) -> str:
    """Within single quotes, where one is doubled (OData 4.01, URL conventions)."""
    text = wanted.replace("'", "''")
    condition = f"startswith(userPrincipalName,'{text}') or employeeId eq '{text}'"
    return f"&$count=true&$filter={quote(condition, safe='')}"


def _is_meant(user: User, wanted: str) -> bool:
    """What Graph's own two questions ask."""
    text = wanted.casefold()
    words = re.split(r"\W+", (user.display_name or "").casefold())
    by_name = all(any(word.startswith(part) for word in words) for part in re.split(r"\W+", text) if part)
    return by_name or user.user_principal_name.casefold().startswith(text) or user.employee_id == wanted


def _behind_the_version(link: str) -> str | None:
    """Path and query of a next link, without host and version."""
    try:
        parts = urlsplit(link)
    except ValueError:
        return None
    found = re.search(r"/(?:v1\.0|beta)(/.*)", parts.path)
    return None if found is None else f"{found[1]}?{parts.query}"
