"""Graph's lists of people and roles, to values."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import msgspec

from kiosk.graph.answer import Answer
from kiosk.graph.errors import InsufficientPermissions, UnexpectedAnswer
from kiosk.graph.models import DirectoryRole, User
from kiosk.graph.reading import SaidUser, user_of
from kiosk.graph.roles import role_name

T = TypeVar("T")
Value = TypeVar("Value")


class _Users(msgspec.Struct):
    value: list[SaidUser]
    next_link: str | None = msgspec.field(default=None, name="@odata.nextLink")


class _Member(msgspec.Struct, rename="camel"):
    user_principal_name: str | msgspec.UnsetType | None = msgspec.UNSET


class _Nameless(msgspec.Struct):
    value: list[_Member]


class _Role(msgspec.Struct, rename="camel"):
    role_template_id: str
    display_name: str | None = None


class _Roles(msgspec.Struct):
    value: list[_Role]


class _Object(msgspec.Struct):
    id: str


class _Objects(msgspec.Struct):
    value: list[_Object]
    next_link: str | None = msgspec.field(default=None, name="@odata.nextLink")


class _Assignment(msgspec.Struct, rename="camel"):
    role_definition_id: str
    directory_scope_id: str | None = None


class _Assignments(msgspec.Struct):
    value: list[_Assignment]


class _Identity(msgspec.Struct):
    id: str | None = None


class _Device(msgspec.Struct, rename="camel"):
    assigned_to: _Identity | None = None


def read_page(answer: Answer) -> tuple[list[User], str | None]:
    """The people of one page, and the link to the next. Raises UnexpectedAnswer.

    Raises InsufficientPermissions where it says of all of them only that they are: whoever may read a group, and
    not people, gets every property but the id as null (Graph documentation, "limited information").
    """
    if _read(answer, _Nameless, _is_nameless):
        raise InsufficientPermissions(
            "Graph names none of the members",
            hint="The app needs the permission User.Read.All as well, with an administrator's consent.",
            trace=answer.trace,
        )
    return _read(answer, _Users, lambda said: ([user_of(user) for user in said.value], said.next_link))


def read_roles(answer: Answer) -> tuple[DirectoryRole, ...]:
    """The directory roles somebody is a member of. Raises UnexpectedAnswer."""
    return _read(answer, _Roles, lambda said: tuple(_role(role) for role in said.value))


def read_ids(answer: Answer) -> tuple[frozenset[str], str | None]:
    """The ids, in lower case, of one page of directory objects, and the link to the next. Raises UnexpectedAnswer."""
    return _read(answer, _Objects, lambda said: (frozenset(each.id.lower() for each in said.value), said.next_link))


def read_assignments(answer: Answer) -> tuple[DirectoryRole, ...]:
    """The role assignments of one principal, with their scope. Raises UnexpectedAnswer."""
    return _read(answer, _Assignments, lambda said: tuple(filter(None, map(_assigned, said.value))))


def read_holder(answer: Answer) -> str | None:
    """The id of the user a hardware OATH device is assigned to, or None. Raises UnexpectedAnswer."""
    return _read(answer, _Device, lambda said: said.assigned_to.id if said.assigned_to else None)


def _is_nameless(said: _Nameless) -> bool:
    return bool(said.value) and all(each.user_principal_name is None for each in said.value)


def _role(said: _Role) -> DirectoryRole:
    template = said.role_template_id.lower()
    return DirectoryRole(template_id=template, name=said.display_name or role_name(template))


def _assigned(said: _Assignment) -> DirectoryRole | None:
    """None for a role over a single object: it reaches nobody's method.

    `directoryScopeId` is `/` for the whole tenant and `/administrativeUnits/{id}` for a unit (Graph reference,
    "unifiedRoleAssignment").
    """
    template, scope = said.role_definition_id.lower(), said.directory_scope_id or "/"
    _, in_unit, unit = scope.lower().partition("/administrativeunits/")
    if scope != "/" and not in_unit:
        return None
    return DirectoryRole(template_id=template, name=role_name(template), unit=unit or None)


def _read(answer: Answer, shape: type[T], make: Callable[[T], Value]) -> Value:
    try:
        return make(msgspec.json.decode(answer.body.reveal(), type=shape))
    except (msgspec.MsgspecError, UnicodeDecodeError) as fault:
        reason = str(fault)
    except RecursionError:
        reason = "nested too deeply"
    raise UnexpectedAnswer(f"Graph's answer cannot be read: {reason}", trace=answer.trace)
