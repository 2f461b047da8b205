"""One request to Graph, and its answer, apart from how they travelled: alone or as a part of a batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kiosk.tenant.box import Box
from kiosk.tenant.model import Tenant
from kiosk.tenant.people import User
from kiosk.tenant.refusal import unreadable
from kiosk.tenant.tokens import Caller


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
    """A status and, except with 204, a JSON object or a picture (JPEG)."""

    status: int
    body: dict[str, Any] | None = None
    picture: bytes | None = None
