"""Addresses: `tcp:HOST:PORT`, `serial:/dev/…`, or a printer's device node."""

from __future__ import annotations

from drivers.transports import serial, tcp, usb
from drivers.transports.stream import Stream
from drivers.wire.options import OptionError

_FORMS = "tcp:HOST:PORT, serial:/dev/serial/by-id/…, or a device such as /dev/usb/lp0"


def check(to: str) -> None:
    """Raises OptionError unless `to` is an address."""
    scheme, _, rest = to.partition(":")
    host, _, port = rest.rpartition(":")
    right = {"tcp": bool(host) and port.isdigit() and 0 < int(port) < 1 << 16, "serial": rest.startswith("/")}
    if not right.get(scheme, to.startswith("/")):
        raise OptionError(f"{to!r} is no printer address; it is {_FORMS}")


def connect(to: str, *, baud: int, seconds: float) -> Stream:
    """Open the device at address `to`. Raises OptionError, TransportError."""
    check(to)
    scheme, _, rest = to.partition(":")
    if scheme == "tcp":
        host, _, port = rest.rpartition(":")
        return tcp.connect(host.strip("[]"), int(port), seconds)
    if scheme == "serial":
        return serial.connect(rest, baud)
    return usb.connect(to)
