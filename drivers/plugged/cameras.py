"""V4L2 cameras."""

from __future__ import annotations

from drivers.plugged.found import Found
from drivers.plugged.machine import HERE, Machine, text, usb


def find(machine: Machine = HERE) -> list[Found]:
    """Every camera. Nodes beyond a camera's first carry its metadata, no pictures."""
    entries = [entry for entry in machine.entries("video4linux", "video*") if text(entry / "index") in ("0", "")]
    return [_found(entry.name, text(entry / "name"), usb(entry), machine) for entry in entries]


def _found(node: str, name: str, told: dict[str, str], machine: Machine) -> Found:
    path = machine.stable("v4l", node, by_id=bool(told.get("serial")), ending="-video-index0")
    return Found("scanners", "camera", name or told.get("name") or node, {"device": path})
