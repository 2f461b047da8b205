"""TCP, usually port 9100: a network printer's raw socket."""

from __future__ import annotations

import socket

from drivers.transports import lock
from drivers.transports.stream import Device, Stream, TransportError


def connect(host: str, port: int, seconds: float) -> Stream:
    """A connection to `host`:`port`, no other program of this machine having one. Raises TransportError."""
    name = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    release = lock.for_address(name)
    try:
        connection = socket.create_connection((host, port), timeout=seconds)
    except OSError as wrong:
        release()
        raise TransportError(
            f"no printer answers at {name}: {wrong.strerror or wrong}",
            hint="is it switched on, on this network, and at this address?",
            absent=True,
        ) from None
    # A printer switched off sends no word of it; without keepalive the connection would look alive for hours.
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 10)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 5)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3)
    connection.setblocking(False)

    def close() -> None:
        connection.close()
        release()

    return Stream(Device(connection.fileno(), name, close))
