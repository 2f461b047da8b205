"""How the addresses of devices are written. Whether anything is there, only its driver finds out."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

PRINTER: Final = (
    "tcp:HOST:PORT, serial:/dev/serial/by-id/…, usb:MFG=…,MDL=…,SN=… (its IEEE 1284 id), "
    "a device such as /dev/usb/lp0, or file:PATH"
)
_SERIAL: Final = "/dev/serial/by-id/…, rfc2217://HOST:PORT or socket://HOST:PORT"
_CAMERA: Final = "/dev/v4l/by-id/…, /dev/kiosk/scanner-NAME or http://HOST/…"
_PORTS: Final = range(1, 1 << 16)


def check_printer(to: str, *, content_on_disk: bool) -> None:
    """Raises ValueError unless `to` is a printer's address, and for a file unless content may be on disk."""
    scheme, _, rest = to.partition(":")
    right = {"tcp": _is_host_and_port, "serial": _is_path, "usb": _is_id, "file": _is_path}
    if not right[scheme](rest) if scheme in right else not _is_path(to):
        raise ValueError(f"{to!r} is no printer address; it is {PRINTER}")
    if scheme == "file" and not content_on_disk:
        raise ValueError(
            "file: leaves the content of badges on disk; say content_on_disk = true if every badge is made up"
        )


def check_serial(device: str) -> None:
    """Raises ValueError unless `device` is the path of a serial port or the address of one on the network."""
    if not (_is_path(device) or _is_url(device, ("rfc2217", "socket"), port=True)):
        raise ValueError(f"{device!r} is no serial port; it is {_SERIAL}")


def check_camera(device: str) -> None:
    """Raises ValueError unless `device` is the path of a camera or the address of a stream without a password."""
    if device.startswith("/dev/"):
        return
    if "@" in device.partition("://")[2].partition("/")[0]:
        raise ValueError("a camera's address stands in logs: put no password into it")
    if not _is_url(device, ("http",), port=False):
        raise ValueError(f"{device!r} is no camera; it is {_CAMERA}")


def host_and_port(rest: str) -> tuple[str, int]:
    """`HOST:PORT`, the host a name, an IPv4 address, or an IPv6 address with or without its brackets.

    Raises ValueError.
    """
    host, _, port = rest.rpartition(":")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    if not host or "/" in host or any(char.isspace() or char in "[]" for char in host):
        raise ValueError(f"{rest!r} is not HOST:PORT")
    if not (port.isascii() and port.isdigit() and int(port) in _PORTS):
        raise ValueError(f"{rest!r} is not HOST:PORT")
    return host, int(port)


def keys(text: str) -> list[tuple[str, str]]:
    """`MFG=EPSON,SN=X4Q5` as pairs. Raises ValueError."""
    pairs = [part.partition("=") for part in text.split(",")]
    if not all(key.strip() and equals and value.strip() for key, equals, value in pairs):
        raise ValueError(f"{text!r} is not KEY=VALUE,…")
    return [(key.strip(), value.strip()) for key, _, value in pairs]


def _is_host_and_port(rest: str) -> bool:
    try:
        return bool(host_and_port(rest))
    except ValueError:
        return False


def _is_path(rest: str) -> bool:
    return rest.startswith("/")


def _is_id(rest: str) -> bool:
    try:
        return bool(keys(rest))
    except ValueError:
        return False


def _is_url(device: str, schemes: tuple[str, ...], *, port: bool) -> bool:
    try:
        parts = urlsplit(device)
        return parts.scheme in schemes and bool(parts.hostname) and (parts.port is not None or not port)
    except ValueError:
        return False
