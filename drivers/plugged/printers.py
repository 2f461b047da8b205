"""USB printers of the kernel's usblp, by the id they give of themselves (IEEE 1284)."""

from __future__ import annotations

from drivers.plugged.found import Found
from drivers.plugged.machine import HERE, Machine
from drivers.transports import ieee1284


def find(machine: Machine = HERE) -> list[Found]:
    """Every USB printer."""
    return [_found(entry.name, ieee1284.of_printer(entry)) for entry in machine.entries("usbmisc", "lp*")]


def _found(node: str, said: dict[str, str]) -> Found:
    commands = said.get("CMD", "").upper()
    kind = "zpl" if "ZPL" in commands else "escpos"
    told = any(language in commands for language in ("ZPL", "ESC/POS", "EPSON", "STAR"))
    serial = said.get("SN", "")
    name = f"{said.get('MFG', '')} {said.get('MDL', '')}".strip() or node
    return Found(
        "printers",
        kind,
        name,
        {"to": f"usb:SN={serial}" if serial and "," not in serial else f"/dev/usb/{node}"},
        likely=told,
        note="" if told else f"which language it speaks it does not say: {kind} is a guess",
    )
