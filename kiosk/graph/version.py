"""Which version of Graph has the method. The documentation says v1.0; Microsoft's own metadata lagged behind it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Literal

from kiosk.graph.directory import read_holder
from kiosk.graph.errors import MethodNotFound, SegmentNotFound, UserNotFound
from kiosk.graph.exchange import Request
from kiosk.graph.operations import GET_DEVICE, GET_METHOD
from kiosk.graph.paths import MethodOwner

if TYPE_CHECKING:
    from kiosk.graph.calls import Calls
    from kiosk.graph.settings import Version


class VersionChoice:
    """Answers from the settings, or for `auto` finds out once by a read and remembers."""

    def __init__(self, wanted: Literal["v1.0", "beta", "auto"], calls: Calls) -> None:
        self._calls = calls
        self._finding = asyncio.Lock()
        #: The version that has the method, or None while that is not known.
        self.known: Version | None = None if wanted == "auto" else wanted
        #: Whether this tenant has the addresses behind an OATH device, or None while that is not known.
        self._drafts: bool | None = None

    @property
    def of_the_rest(self) -> Version:
        """For people and policy, which every version has."""
        return self.known or "v1.0"

    async def of_the_method(self, owner: MethodOwner) -> Version:
        """For the method. Raises GraphError when the read that finds out is refused or gets no answer.

        The addresses behind an OATH device stand in beta's drafts alone.
        """
        if owner.device:
            return "beta"
        async with self._finding:
            if self.known is None:
                self.known = "v1.0" if await self._has_method("v1.0", owner) else "beta"
            return self.known

    async def reachable(self, owner: MethodOwner) -> MethodOwner:
        """The same owner, at an address this tenant has: `assignTo` becomes `/users/{id}` where it has not.

        Whom a device is assigned to is asked each time: it may be given to somebody else between two calls.
        Raises UserNotFound for a device that nobody has.
        """
        if not owner.device:
            return owner
        async with self._finding:
            if self._drafts is None:
                self._drafts = await self._has_method("beta", owner)
        return owner if self._drafts else await self._holder(owner)

    async def _holder(self, owner: MethodOwner) -> MethodOwner:
        answer = await self._calls.call(GET_DEVICE, Request("GET", f"/beta{owner.device}"))
        holder = read_holder(answer)
        if holder is None:
            raise UserNotFound("that device is assigned to nobody", trace=answer.trace)
        return MethodOwner.user(holder)

    async def _has_method(self, version: Version, owner: MethodOwner) -> bool:
        try:
            await self._calls.call(GET_METHOD, Request("GET", f"/{version}{owner.method}"))
        except SegmentNotFound:
            return False
        except (MethodNotFound, UserNotFound):
            return True
        return True
