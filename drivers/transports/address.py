"""Addresses: `tcp:HOST:PORT`, `serial:/dev/…`, `usb:KEY=VALUE,…`, a printer's device node, or `file:PATH`."""

from __future__ import annotations

from drivers.transports import file, ieee1284, serial, tcp, usb
from drivers.transports.stream import Stream
from drivers.wire import addresses


def vanishes(to: str) -> bool:
    """Whether the device at `to` has a node that goes when it is unplugged and may come back as another."""
    return not to.startswith(("tcp:", "file:"))


def identity(to: str) -> str:
    """What tells the device at `to` from its likes: for a USB node, whose number changes, what the printer says."""
    return usb.identity(to) if to.startswith("/") else to


def connect(to: str, *, baud: int, seconds: float, flow: serial.Flow = "rts_cts") -> Stream:
    """Open the device at address `to`, which its options found right, for ourselves alone. Raises TransportError."""
    scheme, _, rest = to.partition(":")
    if scheme == "tcp":
        return tcp.connect(*addresses.host_and_port(rest), seconds)
    if scheme == "serial":
        return serial.connect(rest, baud, flow)
    if scheme == "usb":
        return usb.connect(usb.node(ieee1284.wanted(rest)))
    return file.connect(rest) if scheme == "file" else usb.connect(to)
