"""A uvicorn protocol whose applications can close their connection without an answer."""

from __future__ import annotations

import asyncio

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from kiosk.tenant.front import ABORT


class DroppingProtocol(H11Protocol):
    """Puts a callable under ABORT into each request's scope. ASGI itself has no way to give no answer."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client connected."""
        super().connection_made(transport)
        app = self.app

        async def with_abort(scope: Scope, receive: Receive, send: Send) -> None:
            scope[ABORT] = transport.abort
            await app(scope, receive, send)

        self.app = with_abort
