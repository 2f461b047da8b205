"""`python -m drivers list`: what is plugged in, for people and for programs."""

from __future__ import annotations

import json
from collections import Counter

from drivers.plugged import cameras, keyboards, printers, serial_ports
from drivers.plugged.found import Found, printable, stanza
from drivers.plugged.machine import HERE, Machine


def find(machine: Machine = HERE) -> list[tuple[str, Found]]:
    """Every device a driver could use, each with a name for its table."""
    found = [one for look in (cameras, serial_ports, keyboards, printers) for one in look.find(machine)]
    count: Counter[str] = Counter()
    named = []
    for one in found:
        word = "printer" if one.role == "printers" else one.kind
        count[word] += 1
        named.append((word if count[word] == 1 else f"{word}-{count[word]}", one))
    return named


def as_json(machine: Machine = HERE) -> str:
    """One object a device, in a list; plain ASCII."""
    rows = [
        {
            "name": one.name,
            "role": one.role,
            "kind": one.kind,
            "options": one.options,
            "likely": one.likely,
            "note": one.note,
            "about": one.about,
            "stanza": stanza(one, name),
        }
        for name, one in find(machine)
    ]
    return json.dumps(rows, indent=2).replace("\x7f", "\\u007f")


def as_text(machine: Machine = HERE) -> str:
    """A table, then what to paste into the configuration."""
    found = find(machine)
    if not found:
        return "No camera, serial port, keyboard or USB printer is plugged in."
    kinds = max(len(one.kind) for _, one in found)
    names = max(len(printable(one.name)) for _, one in found)
    table = [
        f"{one.kind:{kinds}}  {printable(one.name):{names}}  {printable(_where(one))}{'' if one.likely else '  (?)'}"
        for _, one in found
    ]
    pasted = [("" if one.likely else f"# {printable(one.note)}\n") + stanza(one, name) for name, one in found]
    return "\n".join(table) + "\n\n" + "\n\n".join(pasted)


def _where(found: Found) -> str:
    where: str = found.options.get("device") or found.options.get("to") or found.about.get("phys", "")
    return where
