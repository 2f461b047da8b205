"""Which path of Graph does what. Segments are matched in any case, as Graph's own pages spell them differently."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeVar

from kiosk.tenant import graph_method, graph_people, graph_policy
from kiosk.tenant.graph_call import Answer, Call
from kiosk.tenant.people import User
from kiosk.tenant.personal import Operation
from kiosk.tenant.refusal import GraphError, no_such_object, unknown_segment, unreadable

_POLICY: Final = ("policies", "authenticationmethodspolicy", "authenticationmethodconfigurations", "qrcodepin")
_HERE: Final = "qrcodepinmethod"
_ROLE_CAST: Final = "microsoft.graph.directoryrole"
_Plain = Callable[[Call], Answer]
_LISTINGS: Final[Mapping[tuple[str, ...], Mapping[str, _Plain]]] = {
    ("users",): {"GET": graph_people.list_users},
    ("users", "$count"): {"GET": graph_people.count_users},
    _POLICY: graph_policy.VERBS,
    ("rolemanagement", "directory", "roleassignments"): {"GET": graph_people.role_assignments},
}
_USER_CAST: Final = "microsoft.graph.user"
_DEVICES: Final = ("directory", "authenticationmethoddevices", "hardwareoathdevices")
_ASSIGNED: Final = (("hardwareoathdevices",), ("assignto",))
_Methods = Mapping[tuple[str, ...], Mapping[str, Operation]]
_ABOUT_PEOPLE: Final[_Methods] = {
    (): {"GET": graph_people.get_user},
    ("memberof",): {"GET": graph_people.memberships},
    ("transitivememberof",): {"GET": graph_people.memberships},
    ("memberof", _ROLE_CAST): {"GET": graph_people.roles_held},
    ("transitivememberof", _ROLE_CAST): {"GET": graph_people.roles_held},
    ("photo",): {"GET": graph_people.photo_details},
    ("photo", "$value"): {"GET": graph_people.photo},
}
V = TypeVar("V")


def answer(call: Call) -> Answer:
    """Do what `call` asks. Raises GraphError."""
    _check_content_type(call)
    lower = tuple(segment.casefold() for segment in call.segments)
    verbs = _listing(lower)
    return _of_a_person(call, lower) if verbs is None else _verb(call, verbs)(call)


def _listing(lower: tuple[str, ...]) -> Mapping[str, _Plain] | None:
    """What is done at a path that belongs to no single person."""
    if lower in _LISTINGS:
        return _LISTINGS[lower]
    if lower[:3] == _DEVICES and len(lower) == len(_DEVICES) + 1:
        return {"GET": graph_people.oath_device}
    # Everybody in a list of members is a user here, with a cast to one or without.
    path = lower[:-1] if lower[-1:] == (_USER_CAST,) else lower
    if path[:2] == ("directory", "administrativeunits") and path[3:] == ("members",):
        return {"GET": graph_people.unit_members}
    if path[:1] == ("groups",) and path[2:] in {("members",), ("transitivemembers",)}:
        return {"GET": graph_people.group_members}
    return None


def _of_a_person(call: Call, lower: tuple[str, ...]) -> Answer:
    find, rest, methods = _address(call, lower)
    operation = _verb(call, _person_routes(call, lower[rest:], call.segments[rest:], methods))
    owner = find()
    operation.permit(call, owner)
    if owner is None:
        raise no_such_object(call.segments[rest - 1 if methods is graph_method.ROUTES else rest - 2])
    return operation.carry_out(call, owner)


def _address(call: Call, lower: tuple[str, ...]) -> tuple[Callable[[], User | None], int, _Methods]:
    """How to find whose method is meant, how many segments say so, and the routes that hold behind them."""
    if lower[:1] == ("me",):
        return call.me, 1, graph_method.ROUTES
    if lower[:1] == ("users",):
        return lambda: call.tenant.find(call.segments[1]), 2, graph_method.ROUTES
    if not call.box.drafts:
        raise unknown_segment(call.segments[0] if call.segments else "")
    devices = ("authenticationmethoddevices",), ("directory", "authenticationmethoddevices")
    if (lower[2:3], lower[4:5]) == _ASSIGNED and (lower[:1] == devices[0] or lower[:2] == devices[1]):
        return lambda: call.tenant.holder_of(call.segments[3]), 5, graph_method.DRAFT_ROUTES
    raise unknown_segment(call.segments[0] if call.segments else "")


def _person_routes(
    call: Call, lower: tuple[str, ...], asked: tuple[str, ...], methods: _Methods
) -> Mapping[str, Operation]:
    if lower in _ABOUT_PEOPLE:
        return _ABOUT_PEOPLE[lower]
    if lower[:1] == ("authentication",) and lower[1:] in methods:
        if _HERE in lower and call.version not in call.box.versions:
            raise unknown_segment(asked[1])
        return methods[lower[1:]]
    raise unknown_segment(asked[-1])


def _verb(call: Call, verbs: Mapping[str, V]) -> V:
    if call.method not in verbs:
        raise GraphError(405, "Request_BadRequest", "Specified HTTP method is not allowed for the request target.")
    return verbs[call.method]


def _check_content_type(call: Call) -> None:
    kind = call.headers.get("content-type", "").partition(";")[0].strip().casefold()
    if call.body and call.method in {"PUT", "PATCH", "POST"} and kind != "application/json":
        raise unreadable("Write requests (excluding DELETE) must contain the Content-Type header declaration.")
