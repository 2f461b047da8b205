"""Uvicorn, as the box needs it."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn

from kiosk.tenant.app import application
from kiosk.tenant.box import Box
from kiosk.tenant.dropping import DroppingProtocol
from kiosk.tenant.tls import ThrowAwayAuthority


class Server(uvicorn.Server):
    """Uvicorn without its own signal handling, which says when it listens and leaves no connection behind."""

    def __init__(self, box: Box, authority: ThrowAwayAuthority) -> None:
        super().__init__(
            uvicorn.Config(
                application(box),
                http=DroppingProtocol,
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                date_header=False,
                ssl_context_factory=lambda _config, _default: authority.server_context(),
                timeout_graceful_shutdown=1,
            )
        )
        self.on_listening: Callable[[], None] = lambda: None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen."""
        await super().startup(sockets)
        self.on_listening()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close idle connections at once: a TLS farewell would wait for clients that say none."""
        for connection in list(self.server_state.connections):
            cycle = getattr(connection, "cycle", None)
            if cycle is None or cycle.response_complete:
                connection.transport.abort()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to whoever runs the loop."""
        yield
