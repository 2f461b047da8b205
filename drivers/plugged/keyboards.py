"""Keyboards, and which of them are scanners."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from drivers.plugged.found import SCANNER_MAKERS, Found
from drivers.plugged.machine import HERE, Machine, text

#: Bits of a word in a capability mask of sysfs: a long of the kernel.
_WORD: Final = struct.calcsize("@l") * 8
#: Key codes (input-event-codes.h) that every typing scanner has, and no mouse or power button: 1, 0, A, M, Enter.
_TYPING: Final = (2, 11, 28, 30, 50)
_SCANNER: Final = re.compile(
    r"scan|bar ?code|honeywell|symbol|zebra|datalogic|newland|metrologic|opticon", re.IGNORECASE
)


class NotOneError(Exception):
    """No keyboard, or `several`, are what was asked for."""

    def __init__(self, reason: str, hint: str, *, several: bool) -> None:
        super().__init__(reason)
        self.hint = hint
        self.several = several


@dataclass(frozen=True)
class Board:
    """One keyboard. `vendor` and `product`: four hexadecimal digits. `phys`: the plug it is in."""

    node: str
    name: str
    vendor: str
    product: str
    serial: str
    phys: str

    def matches(self, wanted: dict[str, str]) -> bool:
        """Whether it has every value that is wanted; capitals do not matter."""
        return all(getattr(self, key).casefold() == value.casefold() for key, value in wanted.items())


def boards(machine: Machine = HERE) -> list[Board]:
    """Every keyboard of the machine."""
    return [_board(entry) for entry in machine.entries("input", "event*") if _types(entry / "device")]


def node(wanted: dict[str, str], machine: Machine = HERE) -> str:
    """The device node of the one keyboard whose vendor, product, serial and phys are `wanted`. Raises NotOneError."""
    found = [board for board in boards(machine) if board.matches(wanted)]
    told = ", ".join(f"{key} {value}" for key, value in wanted.items())
    if not found:
        raise NotOneError(f"no keyboard has {told}", "is it plugged in? python -m drivers list --json", several=False)
    if len(found) > 1:
        hint = "name its serial, or the plug it is in (phys): python -m drivers list --json"
        raise NotOneError(f"{len(found)} keyboards have {told}", hint, several=True)
    return f"/dev/{found[0].node}"


def find(machine: Machine = HERE) -> list[Found]:
    """Every keyboard, scanners first."""
    found = [_found(board, machine) for board in boards(machine)]
    return sorted(found, key=lambda one: not one.likely)


def _found(board: Board, machine: Machine) -> Found:
    likely = board.vendor in SCANNER_MAKERS or bool(_SCANNER.search(board.name))
    path = machine.stable("input", board.node, by_id=bool(board.serial), ending="-event-kbd")
    note = "" if likely else "it may be somebody's keyboard: the driver takes it away from everybody else"
    about = {key: getattr(board, key) for key in ("vendor", "product", "serial", "phys") if getattr(board, key)}
    # An event number is another one tomorrow, and a plug is for those who have no serial number.
    lasting = {key: value for key, value in about.items() if key != "phys" or not board.serial}
    options = lasting if path == f"/dev/{board.node}" else {"device": path}
    return Found(
        "scanners", "keyboard", board.name, {**options, "keymap": "us"}, likely=likely, note=note, about=about
    )


def _board(entry: Path) -> Board:
    device = entry / "device"
    return Board(
        node=f"input/{entry.name}",
        name=text(device / "name"),
        vendor=text(device / "id" / "vendor"),
        product=text(device / "id" / "product"),
        serial=text(device / "uniq"),
        phys=text(device / "phys"),
    )


def _types(device: Path) -> bool:
    mask = 0
    for word in text(device / "capabilities" / "key").split():
        mask = mask << _WORD | int(word, 16)
    return all(mask >> key & 1 for key in _TYPING)
