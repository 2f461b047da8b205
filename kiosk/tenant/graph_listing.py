"""Lists of people: which of them, in what order, what of them, and a page at a time."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Sequence
from typing import Any, Final
from urllib.parse import quote, urlencode

from kiosk.tenant import representation
from kiosk.tenant.graph_call import Answer, Call
from kiosk.tenant.graph_query import fits, found_by
from kiosk.tenant.people import User
from kiosk.tenant.refusal import GraphError, unreadable

_PAGE: Final = 100
_LARGEST_PAGE: Final = 999
_TYPE: Final = {"@odata.type": "#microsoft.graph.user"}
_ADVANCED: Final = "Refer to https://aka.ms/graph-docs/advanced-queries for more information"


def list_of(
    call: Call, users: Iterable[User], *, context: str = "users", mixed: bool = False, named: bool = True
) -> Answer:
    """The `users` that were asked for, and the page of them. Among `mixed` objects each says its type.

    Unless `named`, all but their ids is null ("limited information returned for inaccessible member objects").
    """
    chosen = _asked_for(call, users)
    size, start = _page_size(call), _skipped(call)
    select = selected(call)
    shown = [representation.user(user, select) for user in chosen[start : start + size]]
    body: dict[str, Any] = call.context(context + selection(select))
    if call.query.get("$count") == "true" and _is_eventual(call):
        body["@odata.count"] = len(chosen)
    if start + size < len(chosen):
        body["@odata.nextLink"] = _next_link(call, start + size)
    if not named:
        shown = [{name: value if name == "id" else None for name, value in each.items()} for each in shown]
    body["value"] = [{**_TYPE, **each} if mixed else each for each in shown]
    return Answer(200, body)


def count_of(call: Call, users: Iterable[User]) -> Answer:
    """`/$count`: a bare number."""
    if not _is_eventual(call):
        message = "Raw count (/$count) is not supported because the 'ConsistencyLevel:eventual' header is missing. "
        raise GraphError(400, "Request_UnsupportedQuery", message + _ADVANCED)
    number = str(len(_asked_for(call, users))).encode()
    return Answer(200, content=number, headers={"Content-Type": "text/plain"})


def selected(call: Call) -> list[str] | None:
    """The names in `$select`. Raises GraphError 400 for one that is no property of a user."""
    asked = call.query.get("$select")
    names = [name.strip() for name in asked.split(",")] if asked else None
    for name in names or ():
        if not representation.is_property(name):
            raise unreadable(f"Could not find a property named '{name[:40]}' on type 'microsoft.graph.user'.")
    return names


def selection(names: Sequence[str] | None) -> str:
    """What `$select` adds to an OData context."""
    return f"({','.join(names)})" if names and "*" not in names else ""


def _is_eventual(call: Call) -> bool:
    return call.headers.get("consistencylevel", "").casefold() == "eventual"


def _asked_for(call: Call, users: Iterable[User]) -> list[User]:
    chosen = sorted(users, key=lambda user: user.id)
    search, condition = call.query.get("$search"), call.query.get("$filter")
    if search is not None:
        if not _is_eventual(call):
            message = (
                "Request with $search query parameter only works through MSGraph with a special request header: "
            )
            raise GraphError(400, "Request_UnsupportedQuery", message + "'ConsistencyLevel: eventual'")
        chosen = [user for user in chosen if found_by(search, representation.user(user, ["displayName", *_SEARCHED]))]
    if condition is not None:
        chosen = [user for user in chosen if fits(condition, representation.user(user, list(_FILTERED)))]
    return _ordered(call, chosen)


_SEARCHED: Final = ("userPrincipalName", "givenName", "surname", "mail", "employeeId")
_FILTERED: Final = (
    "id",
    "displayName",
    "accountEnabled",
    "department",
    "officeLocation",
    "jobTitle",
    "userType",
    *_SEARCHED,
)


def _ordered(call: Call, users: list[User]) -> list[User]:
    asked = call.query.get("$orderby")
    if asked is None:
        return users
    found = re.fullmatch(r"(displayName|userPrincipalName)( asc| desc)?", asked.strip(), re.IGNORECASE)
    if found is None:
        raise GraphError(400, "Request_UnsupportedQuery", "Sort not supported for the given property.")
    by_name = found[1].casefold() == "displayname"
    return sorted(
        users,
        key=lambda user: (user.display_name if by_name else user.user_principal_name).casefold(),
        reverse=(found[2] or "").strip().casefold() == "desc",
    )


def _page_size(call: Call) -> int:
    text = call.query.get("$top")
    if text is None:
        return _PAGE
    if not (text.isascii() and text.isdigit()):
        raise unreadable("Invalid value for the query option '$top'.")
    if not 0 < int(text[:6]) <= _LARGEST_PAGE:
        message = f"Invalid page size specified: '{text[:6]}'. Must be between 1 and {_LARGEST_PAGE} inclusive."
        raise GraphError(400, "Request_UnsupportedQuery", message)
    return int(text)


def _skipped(call: Call) -> int:
    try:
        return max(0, int(base64.urlsafe_b64decode(call.query.get("$skiptoken", "MA=="))))
    except ValueError:
        raise unreadable("The skip token is not valid.") from None


def _next_link(call: Call, start: int) -> str:
    token = base64.urlsafe_b64encode(str(start).encode()).decode()
    path = "/".join(quote(segment, safe="$") for segment in call.segments)
    return f"{call.box.url}/{call.version}/{path}?" + urlencode({**call.query, "$skiptoken": token}, safe="$")
