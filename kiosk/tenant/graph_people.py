"""People, where they belong and the roles they hold: what a station reads before it acts."""

from __future__ import annotations

import io
import re
from typing import Final

from PIL import Image

from kiosk.tenant import permissions, representation
from kiosk.tenant.graph_call import Answer, Call
from kiosk.tenant.graph_listing import count_of, list_of, selected, selection
from kiosk.tenant.people import ROLE_NAMES, RoleAssignment, User
from kiosk.tenant.personal import Permit, permitted
from kiosk.tenant.refusal import GraphError, no_such_object, unreadable

_MEMBERS: Final = "directoryObjects"


def _may_look(own: frozenset[str], others: frozenset[str]) -> Permit:
    def permit(call: Call, user: User | None) -> None:
        is_self = user is not None and user.id == call.caller.user_id
        permissions.require_any(call.caller, own if is_self else others)

    return permit


@permitted(_may_look(permissions.OWN_USER, permissions.USERS))
def get_user(call: Call, user: User) -> Answer:
    """GET of one person."""
    select = selected(call)
    return Answer(200, {**call.context(f"users{selection(select)}/$entity"), **representation.user(user, select)})


def list_users(call: Call) -> Answer:
    """GET of the people, with `$search`, `$filter`, `$select`, `$orderby`, `$top`, `$count` and pages."""
    permissions.require_any(call.caller, permissions.USERS)
    return list_of(call, call.tenant.users.values())


def count_users(call: Call) -> Answer:
    """GET of `/users/$count`."""
    permissions.require_any(call.caller, permissions.USERS)
    return count_of(call, call.tenant.users.values())


def unit_members(call: Call) -> Answer:
    """GET of `/directory/administrativeUnits/{id}/members`, of which all are users here."""
    permissions.require_any(call.caller, permissions.UNITS)
    unit = call.tenant.units.get(call.segments[2].casefold())
    if unit is None:
        raise no_such_object(call.segments[2])
    return _members(call, unit.members)


def group_members(call: Call) -> Answer:
    """GET of `/groups/{id}/members` or `/transitiveMembers`: the same, as no group here is in another."""
    permissions.require_any(call.caller, permissions.GROUPS)
    group = call.tenant.groups.get(call.segments[1].casefold())
    if group is None:
        raise no_such_object(call.segments[1])
    return _members(call, group.members)


def _members(call: Call, ids: frozenset[str]) -> Answer:
    """Who they are is told only to those who may read people; to others, that they are."""
    members = [call.tenant.users[member] for member in ids]
    return list_of(
        call, members, context=_MEMBERS, mixed=True, named=permissions.has_any(call.caller, permissions.USERS)
    )


_MAY_LOOK: Final = _may_look(permissions.USERS, permissions.USERS)
_MAY_SEE: Final = _may_look(permissions.OWN_USER, permissions.PHOTOS)


@permitted(_MAY_LOOK)
def roles_held(call: Call, user: User) -> Answer:
    """GET of `/memberOf/microsoft.graph.directoryRole` (or transitive): roles in the whole tenant."""
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


@permitted(_MAY_SEE)
def photo(call: Call, user: User) -> Answer:
    """GET of `/photo/$value`."""
    return Answer(200, content=_picture(call, user), headers={"Content-Type": "image/jpeg"})


@permitted(_MAY_SEE)
def photo_details(call: Call, user: User) -> Answer:
    """GET of `/photo`: its kind and size in pixels."""
    with Image.open(io.BytesIO(_picture(call, user))) as picture:
        width, height = picture.size
    details = {"@odata.mediaContentType": "image/jpeg", "id": f"{width}X{height}", "height": height, "width": width}
    return Answer(200, {**call.context(f"users('{user.id}')/photo/$entity"), **details})


def _picture(call: Call, user: User) -> bytes:
    if user.id not in call.tenant.photos:
        raise GraphError(404, "ImageNotFound", "Exception of type 'ImageNotFoundException' was thrown.")
    return call.tenant.photos[user.id]


def oath_device(call: Call) -> Answer:
    """GET of a hardware OATH device: nothing of it matters here but whom it is assigned to."""
    permissions.require_any(call.caller, permissions.OATH_DEVICES)
    user = call.tenant.holder_of(call.segments[3])
    if user is None:
        raise no_such_object(call.segments[3])
    holder = {"id": user.id, "displayName": user.display_name}
    context = call.context("directory/authenticationMethodDevices/hardwareOathDevices/$entity")
    return Answer(200, {**context, "id": call.segments[3], "status": "activated", "assignedTo": holder})


@permitted(_MAY_LOOK)
def memberships(call: Call, user: User) -> Answer:
    """GET of `/memberOf` (or transitive): directory roles, units and groups."""
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
