"""Which version of Graph has the method. The documentation says v1.0; Microsoft's own metadata lagged behind it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Literal

from kiosk.graph.errors import MethodNotFound, SegmentNotFound, UserNotFound
from kiosk.graph.exchange import Request
from kiosk.graph.operations import GET_METHOD

if TYPE_CHECKING:
    from kiosk.graph.calls import Calls
    from kiosk.graph.paths import MethodOwner
    from kiosk.graph.settings import Version


class VersionChoice:
    """Answers from the settings, or for `auto` finds out once by a read and remembers."""

    def __init__(self, wanted: Literal["v1.0", "beta", "auto"], calls: Calls) -> None:
        self._calls = calls
        self._finding = asyncio.Lock()
        #: The version that has the method, or None while that is not known.
        self.known: Version | None = None if wanted == "auto" else wanted

    @property
    def of_the_rest(self) -> Version:
        """For people and policy, which every version has."""
        return self.known or "v1.0"

    async def of_the_method(self, owner: MethodOwner) -> Version:
        """For the method. Raises GraphError when the read that finds out is refused or gets no answer."""
        async with self._finding:
            if self.known is None:
                self.known = "v1.0" if await self._has_method(owner) else "beta"
            return self.known

    async def _has_method(self, owner: MethodOwner) -> bool:
        try:
            await self._calls.call(GET_METHOD, Request("GET", f"/v1.0{owner.method}"))
        except SegmentNotFound:
            return False
        except (MethodNotFound, UserNotFound):
            return True
        return True
