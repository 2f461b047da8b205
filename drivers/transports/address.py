"""Addresses: `tcp:HOST:PORT`, `serial:/dev/…`, `usb:KEY=VALUE,…`, a printer's device node, or `file:PATH`."""

from __future__ import annotations

from drivers.transports import file, ieee1284, serial, tcp, usb
from drivers.transports.stream import Stream
from drivers.wire.options import OptionError

_FORMS = (
    "tcp:HOST:PORT, serial:/dev/serial/by-id/…, usb:MFG=…,MDL=…,SN=… (its IEEE 1284 id), "
    "a device such as /dev/usb/lp0, or file:PATH"
)


def check(to: str, *, content_on_disk: bool = False) -> None:
    """Raises OptionError unless `to` is an address, and for a file unless content may be on disk."""
    scheme, _, rest = to.partition(":")
    right = {"tcp": _is_host_and_port, "serial": _is_path, "usb": _is_id, "file": _is_path}
    if not right[scheme](rest) if scheme in right else not to.startswith("/"):
        raise OptionError(f"{to!r} is no printer address; it is {_FORMS}")
    if scheme == "file" and not content_on_disk:
        raise OptionError(
            "file: leaves the content of badges on disk; say content_on_disk = true if every badge is a made-up one"
        )


def _is_host_and_port(rest: str) -> bool:
    host, _, port = rest.rpartition(":")
    return bool(host) and port.isdigit() and 0 < int(port) < 1 << 16


def _is_path(rest: str) -> bool:
    return rest.startswith("/")


def _is_id(rest: str) -> bool:
    try:
        return bool(ieee1284.wanted(rest))
    except ValueError:
        return False


def vanishes(to: str) -> bool:
    """Whether the device at `to` has a node that goes when it is unplugged and may come back as another."""
    return not to.startswith(("tcp:", "file:"))


def identity(to: str) -> str:
    """What tells the device at `to` from its likes: for a USB node, whose number changes, what the printer says."""
    return usb.identity(to) if to.startswith("/") else to


def connect(to: str, *, baud: int, seconds: float, flow: serial.Flow = "rts_cts") -> Stream:
    """Open the device at address `to`, which `check` found right, for ourselves alone. Raises TransportError."""
    scheme, _, rest = to.partition(":")
    if scheme == "tcp":
        host, _, port = rest.rpartition(":")
        return tcp.connect(host.strip("[]"), int(port), seconds)
    if scheme == "serial":
        return serial.connect(rest, baud, flow)
    if scheme == "usb":
        return usb.connect(usb.node(ieee1284.wanted(rest)))
    return file.connect(rest) if scheme == "file" else usb.connect(to)
