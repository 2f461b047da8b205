"""The files and device nodes that a configuration names, and which of them are not there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from kiosk.config import Config, Device

_OF_GRAPH: Final = ("certificate_file", "certificate_chain_file", "client_secret_file", "ca_file")
_OF_DEVICES: Final = ("device", "to")
#: What stands before a path in an address.
_SCHEMES: Final = ("serial:",)


def missing(config: Config) -> list[str]:
    """A line for each, with its key. One that may not be looked for is not said to be missing."""
    return [f"{key}: there is no {path}" for key, path in _named(config) if not _may_be_there(Path(path))]


def _named(config: Config) -> Iterator[tuple[str, str]]:
    for name in _OF_GRAPH:
        if path := getattr(config.graph, name):
            yield f"graph.{name}", path
    if directory := config.badge.template_directory:
        yield "badge.template_directory", directory
    for section, devices in (("scanners", config.scanners), ("printers", config.printers)):
        for name, device in devices.items():
            yield from _of_device(f"{section}.{name}", device)


def _of_device(key: str, device: Device) -> Iterator[tuple[str, str]]:
    if device.socket:
        yield f"{key}.socket", device.socket
    for option in _OF_DEVICES:
        value: Any = getattr(device.options, option, "")
        for scheme in _SCHEMES:
            value = value.removeprefix(scheme)
        if value.startswith("/"):
            yield f"{key}.{option}", value


def _may_be_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return True
