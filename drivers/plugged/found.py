"""A device that was found, and the configuration that uses it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

#: Makers of scanners by their USB vendor ids, with the family of commands their serial scanners take.
SCANNER_MAKERS = {"0c2e": "honeywell", "05e0": "zebra", "05f9": "datalogic", "1eab": ""}


@dataclass(frozen=True)
class Found:
    """`kind` and `options` are those of its table in the configuration; `name` is what it calls itself.

    `likely`: it looks like what a station uses, not like something it merely could. `note`: what to know first.
    `about`: what else it says of itself.
    """

    role: Literal["scanners", "printers"]
    kind: str
    name: str
    options: dict[str, Any] = field(default_factory=dict)
    likely: bool = True
    note: str = ""
    about: dict[str, str] = field(default_factory=dict)


def stanza(found: Found, name: str) -> str:
    """The table to paste, as `[scanners.NAME]`."""
    rows = [f"[{found.role}.{name}]", f"kind = {quoted(found.kind)}"]
    rows += [f"{key} = {quoted(value)}" for key, value in found.options.items()]
    return "\n".join(rows)


def quoted(text: str) -> str:
    """`text` as a TOML string of printable ASCII: devices choose their own names, and some choose badly."""
    return '"' + "".join(map(_escaped, text)) + '"'


def printable(text: str) -> str:
    """`text` for a terminal: whatever is not printable ASCII is written as its number."""
    return "".join(char if " " <= char <= "~" else _escaped(char) for char in text)


def _escaped(char: str) -> str:
    if char in '"\\':
        return "\\" + char
    if " " <= char <= "~":
        return char
    return f"\\u{ord(char):04x}" if ord(char) <= 0xFFFF else f"\\U{ord(char):08x}"  # noqa: PLR2004
