"""People, the roles they hold, and the policy: what a station reads before it acts."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import quote, urlencode

from kiosk.tenant import permissions, representation
from kiosk.tenant.graph_call import Answer, Call
from kiosk.tenant.graph_query import fits, found_by
from kiosk.tenant.people import ROLE_NAMES, RoleAssignment, User
from kiosk.tenant.refusal import GraphError, no_such_object, unreadable

_PAGE: Final = 100
_LARGEST_PAGE: Final = 999


def get_user(call: Call, user: User) -> Answer:
    """GET of one person."""
    own = user.id == call.caller.user_id
    permissions.require_any(call.caller, permissions.OWN_USER if own else permissions.USERS)
    return Answer(200, {**call.context("users/$entity"), **representation.user(user, _select(call))})


def list_users(call: Call) -> Answer:
    """GET of the people, with `$search`, `$filter`, `$select`, `$top` and pages."""
    permissions.require_any(call.caller, permissions.USERS)
    return _page(call, _asked_for(call, call.tenant.users.values()))


def unit_members(call: Call) -> Answer:
    """GET of `/directory/administrativeUnits/{id}/members`, of which all are users here."""
    permissions.require_any(call.caller, permissions.UNITS)
    unit = call.tenant.units.get(call.segments[2].casefold())
    if unit is None:
        raise no_such_object(call.segments[2])
    return _page(call, _asked_for(call, [call.tenant.users[member] for member in unit.members]))


def group_members(call: Call) -> Answer:
    """GET of `/groups/{id}/members` or `/transitiveMembers`: the same, as no group here is in another."""
    permissions.require_any(call.caller, permissions.GROUPS)
    group = call.tenant.groups.get(call.segments[1].casefold())
    if group is None:
        raise no_such_object(call.segments[1])
    return _page(call, _asked_for(call, [call.tenant.users[member] for member in group.members]))


def _select(call: Call) -> list[str] | None:
    asked = call.query.get("$select")
    return [name.strip() for name in asked.split(",")] if asked else None


def _asked_for(call: Call, users: Any) -> list[User]:
    chosen = sorted(users, key=lambda user: user.id)
    search, condition = call.query.get("$search"), call.query.get("$filter")
    if search is not None:
        if call.headers.get("consistencylevel", "").casefold() != "eventual":
            message = (
                "Request with $search query parameter only works through MSGraph with a special request header: "
            )
            raise GraphError(400, "Request_UnsupportedQuery", message + "'ConsistencyLevel: eventual'")
        chosen = [user for user in chosen if found_by(search, representation.user(user, ["displayName", *_SEARCHED]))]
    if condition is not None:
        chosen = [user for user in chosen if fits(condition, representation.user(user, list(_FILTERED)))]
    return chosen


_SEARCHED: Final = ("userPrincipalName", "givenName", "surname", "mail", "employeeId")
_FILTERED: Final = ("id", "displayName", "accountEnabled", "department", "officeLocation", "jobTitle", *_SEARCHED)


def _page(call: Call, users: Sequence[User]) -> Answer:
    size, start = _number(call, "$top", _PAGE, _LARGEST_PAGE), _skipped(call)
    shown = users[start : start + size]
    body: dict[str, Any] = {
        **call.context("users"),
        "value": [
            {"@odata.type": "#microsoft.graph.user", **representation.user(user, _select(call))} for user in shown
        ],
    }
    if call.query.get("$count") == "true":
        body["@odata.count"] = len(users)
    if start + size < len(users):
        body["@odata.nextLink"] = _next_link(call, start + size)
    return Answer(200, body)


def _number(call: Call, name: str, default: int, most: int) -> int:
    text = call.query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and 0 < int(text[:6]) <= most):
        raise unreadable(f"Invalid value for the query option '{name}'.")
    return int(text)


def _skipped(call: Call) -> int:
    try:
        return max(0, int(base64.urlsafe_b64decode(call.query.get("$skiptoken", "MA=="))))
    except ValueError:
        raise unreadable("The skip token is not valid.") from None


def _next_link(call: Call, start: int) -> str:
    token = base64.urlsafe_b64encode(str(start).encode()).decode()
    path = "/".join(quote(segment, safe="") for segment in call.segments)
    return f"{call.box.url}/{call.version}/{path}?" + urlencode({**call.query, "$skiptoken": token}, safe="$")


def roles_held(call: Call, user: User) -> Answer:
    """GET of `/memberOf/microsoft.graph.directoryRole` (or transitive): roles in the whole tenant."""
    permissions.require_any(call.caller, permissions.USERS)
    held = [assignment.role for assignment in user.roles if assignment.unit is None]
    return Answer(200, {**call.context("directoryRoles"), "value": [_role(role) for role in held]})


def role_assignments(call: Call) -> Answer:
    """GET of `/roleManagement/directory/roleAssignments` of one principal, whom the filter has to name."""
    permissions.require_any(call.caller, permissions.ROLES)
    found = re.fullmatch(r"principalId eq '([^']*)'", call.query.get("$filter", ""), re.IGNORECASE)
    if found is None:
        raise unreadable("Invalid filter clause.")
    user = call.tenant.users.get(found[1].casefold())
    held = [] if user is None else [_assignment(user, assignment) for assignment in user.roles]
    return Answer(200, {**call.context("roleManagement/directory/roleAssignments"), "value": held})


def _assignment(user: User, assignment: RoleAssignment) -> representation.Json:
    unit = assignment.unit
    return {
        "id": f"{assignment.role}-{unit or 'tenant'}",
        "principalId": user.id,
        "roleDefinitionId": assignment.role,
        "directoryScopeId": "/" if unit is None else f"/administrativeUnits/{unit}",
    }


def photo(call: Call, user: User) -> Answer:
    """GET of `/photo/$value`."""
    own = user.id == call.caller.user_id
    permissions.require_any(call.caller, permissions.OWN_USER if own else permissions.PHOTOS)
    if user.id not in call.tenant.photos:
        raise GraphError(404, "ImageNotFound", "Exception of type 'ImageNotFoundException' was thrown.")
    return Answer(200, picture=call.tenant.photos[user.id])


def oath_device(call: Call) -> Answer:
    """GET of a hardware OATH device: nothing of it matters here but whom it is assigned to."""
    permissions.require_any(call.caller, permissions.OATH_DEVICES)
    user = call.tenant.holder_of(call.segments[3])
    holder = {"id": user.id, "displayName": user.display_name}
    context = call.context("directory/authenticationMethodDevices/hardwareOathDevices/$entity")
    return Answer(200, {**context, "id": call.segments[3], "status": "activated", "assignedTo": holder})


def memberships(call: Call, user: User) -> Answer:
    """GET of `/memberOf` (or transitive): directory roles, units and groups."""
    permissions.require_any(call.caller, permissions.USERS)
    roles = [_role(assignment.role) for assignment in user.roles if assignment.unit is None]
    units = [
        {"@odata.type": "#microsoft.graph.administrativeUnit", "id": unit.id, "displayName": unit.name}
        for unit in call.tenant.units.values()
        if user.id in unit.members
    ]
    groups = [
        {"@odata.type": "#microsoft.graph.group", "id": group.id, "displayName": group.name}
        for group in call.tenant.groups.values()
        if user.id in group.members
    ]
    return Answer(200, {**call.context("directoryObjects"), "value": [*roles, *units, *groups]})


def _role(template: str) -> representation.Json:
    return {
        "@odata.type": "#microsoft.graph.directoryRole",
        "id": f"0dd1{template[4:]}",
        "displayName": ROLE_NAMES[template],
        "roleTemplateId": template,
    }


def get_policy(call: Call) -> Answer:
    """GET of the method's policy."""
    permissions.require_any(call.caller, permissions.POLICY)
    context = call.context("authenticationMethodConfigurations/$entity")
    return Answer(200, {**context, **representation.policy(call.tenant.policy)})
