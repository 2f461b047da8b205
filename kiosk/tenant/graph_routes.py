"""Which path of Graph does what. Segments are matched in any case, as Graph's own pages spell them differently."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, ParamSpec

from kiosk.tenant import graph_method, graph_people
from kiosk.tenant.graph_call import Answer, Call
from kiosk.tenant.people import User
from kiosk.tenant.refusal import GraphError, unknown_segment, unreadable

_POLICY: Final = ("policies", "authenticationmethodspolicy", "authenticationmethodconfigurations", "qrcodepin")
P = ParamSpec("P")
_HERE: Final = "qrcodepinmethod"
_ROLE_CAST: Final = "microsoft.graph.directoryrole"
_ASSIGNED: Final = (("hardwareoathdevices",), ("assignto",))
_Methods = Mapping[tuple[str, ...], Mapping[str, graph_method.Handler]]
_ABOUT_PEOPLE: Final[_Methods] = {
    (): {"GET": graph_people.get_user},
    ("memberof",): {"GET": graph_people.memberships},
    ("transitivememberof",): {"GET": graph_people.memberships},
    ("memberof", _ROLE_CAST): {"GET": graph_people.roles_held},
    ("transitivememberof", _ROLE_CAST): {"GET": graph_people.roles_held},
}


def answer(call: Call) -> Answer:
    """Do what `call` asks. Raises GraphError."""
    _check_content_type(call)
    lower = tuple(segment.casefold() for segment in call.segments)
    if lower == ("users",):
        return _verb(call, {"GET": graph_people.list_users})(call)
    if lower == _POLICY:
        return _verb(call, {"GET": graph_people.get_policy})(call)
    if lower[:2] == ("directory", "administrativeunits") and lower[3:] == ("members",):
        return _verb(call, {"GET": graph_people.unit_members})(call)
    if lower[:1] == ("groups",) and lower[2:] in {("members",), ("transitivemembers",)}:
        return _verb(call, {"GET": graph_people.group_members})(call)
    return _of_a_person(call, lower)


def _of_a_person(call: Call, lower: tuple[str, ...]) -> Answer:
    owner, rest, methods = _owner(call, lower)
    return _verb(call, _person_routes(call, lower[rest:], call.segments[rest:], methods))(call, owner)


def _owner(call: Call, lower: tuple[str, ...]) -> tuple[User, int, _Methods]:
    """Whose method is meant, how many segments said so, and the routes that hold behind them."""
    if lower[:1] == ("me",):
        return call.me(), 1, graph_method.ROUTES
    if lower[:1] == ("users",):
        return call.tenant.user(call.segments[1]), 2, graph_method.ROUTES
    if (lower[:1], lower[2:3], lower[4:5]) == (("authenticationmethoddevices",), *_ASSIGNED):
        return call.tenant.holder_of(call.segments[3]), 5, graph_method.DRAFT_ROUTES
    if (lower[:2], lower[2:3], lower[4:5]) == (("directory", "authenticationmethoddevices"), *_ASSIGNED):
        return call.tenant.holder_of(call.segments[3]), 5, graph_method.DRAFT_ROUTES
    raise unknown_segment(call.segments[0] if call.segments else "")


def _person_routes(
    call: Call, lower: tuple[str, ...], asked: tuple[str, ...], methods: _Methods
) -> Mapping[str, graph_method.Handler]:
    if lower in _ABOUT_PEOPLE:
        return _ABOUT_PEOPLE[lower]
    if lower[:1] == ("authentication",) and lower[1:] in methods:
        if _HERE in lower and call.version not in call.box.versions:
            raise unknown_segment(asked[1])
        return methods[lower[1:]]
    raise unknown_segment(asked[-1])


def _verb(call: Call, verbs: Mapping[str, Callable[P, Answer]]) -> Callable[P, Answer]:
    if call.method not in verbs:
        raise GraphError(405, "Request_BadRequest", "Specified HTTP method is not allowed for the request target.")
    return verbs[call.method]


def _check_content_type(call: Call) -> None:
    kind = call.headers.get("content-type", "").partition(";")[0].strip().casefold()
    if call.body and call.method in {"PUT", "PATCH", "POST"} and kind != "application/json":
        raise unreadable("Write requests (excluding DELETE) must contain the Content-Type header declaration.")
