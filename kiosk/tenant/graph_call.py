"""One request to Graph, and its answer, apart from how they travelled: alone or as a part of a batch."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import unquote

from kiosk.tenant.box import Box
from kiosk.tenant.model import Tenant
from kiosk.tenant.people import User
from kiosk.tenant.refusal import unreadable
from kiosk.tenant.tokens import Caller

#: OData's other way of naming one of many: users('id') for users/id.
_KEYED: Final = re.compile(r"(\w+)\((?:(?:id|userPrincipalName)=)?'((?:[^']|'')*)'\)", re.IGNORECASE)


def segments_of(path: str) -> tuple[str, ...]:
    """The decoded segments of a percent-encoded path. Split before decoding: a UPN may hold an escaped slash."""
    return tuple(segment for each in path.split("/") if each for segment in _unkeyed(unquote(each)))


def _unkeyed(segment: str) -> tuple[str, ...]:
    # `graph` is Graph's alias for its namespace, in which Microsoft's SDK writes its casts.
    if segment.startswith("graph."):
        return (f"microsoft.{segment}",)
    keyed = _KEYED.fullmatch(segment)
    return (segment,) if keyed is None else (keyed[1], keyed[2].replace("''", "'"))


@dataclass(frozen=True, slots=True)
class Call:
    """`segments` are the path's, decoded, without the version. `headers` have lower-case names."""

    box: Box
    caller: Caller
    method: str
    version: str
    segments: tuple[str, ...]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def tenant(self) -> Tenant:
        """The tenant's state."""
        return self.box.tenant

    def context(self, path: str) -> dict[str, str]:
        """The OData context annotation of an answer."""
        return {"@odata.context": f"{self.box.url}/{self.version}/$metadata#{path}"}

    def me(self) -> User:
        """The signed-in person. Raises GraphError 400 for an application."""
        if self.caller.user_id is None:
            raise unreadable("/me request is only valid with delegated authentication flow.")
        return self.tenant.user(self.caller.user_id)


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and, except with 204, a JSON object, or `content` of the kind its Content-Type says.

    `headers` are those that this answer has besides every answer's.
    """

    status: int
    body: dict[str, Any] | None = None
    content: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
