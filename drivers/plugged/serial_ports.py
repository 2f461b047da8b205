"""Serial ports: USB adapters and scanners, and the machine's own where there is a chip behind them."""

from __future__ import annotations

from drivers.plugged.found import SCANNER_MAKERS, Found
from drivers.plugged.machine import HERE, Machine, text, usb


def find(machine: Machine = HERE) -> list[Found]:
    """Every serial port."""
    plugged = [entry for pattern in ("ttyACM*", "ttyUSB*") for entry in machine.entries("tty", pattern)]
    # A type of 0 is a number without a chip (serial_core's PORT_UNKNOWN).
    built_in = [entry for entry in machine.entries("tty", "ttyS*") if text(entry / "type") not in ("", "0")]
    return [_found(entry.name, usb(entry), machine) for entry in (*plugged, *built_in)]


def _found(node: str, told: dict[str, str], machine: Machine) -> Found:
    path = machine.stable("serial", node, by_id=bool(told.get("serial")))
    vendor = told.get("vendor", "")
    options = {"device": path}
    if family := SCANNER_MAKERS.get(vendor):
        options["family"] = family
    likely = vendor in SCANNER_MAKERS
    note = "" if likely else "whether a scanner is at it, only a scan tells; a printer there is serial:" + path
    return Found(
        "scanners",
        "serial",
        told.get("name") or node,
        options,
        likely=likely,
        note=note,
        about={key: value for key, value in told.items() if value},
    )
