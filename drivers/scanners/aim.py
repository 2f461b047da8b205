"""AIM symbology identifiers: `]`, a letter for the kind of code, a modifier (ISO/IEC 15424)."""

from __future__ import annotations

import re
from typing import Final

#: Bytes an identifier has.
LENGTH: Final = 3
_IDENTIFIER: Final = re.compile(rb"\][A-Za-z][0-9A-Za-z]")
_SYMBOLOGIES: Final = {
    "A": "Code 39",
    "C": "Code 128",
    "E": "EAN/UPC",
    "F": "Codabar",
    "G": "Code 93",
    "H": "Code 11",
    "I": "Interleaved 2 of 5",
    "K": "Code 16K",
    "L": "PDF417",
    "M": "MSI",
    "O": "Codablock",
    "Q": "QR Code",
    "R": "Straight 2 of 5",
    "S": "Straight 2 of 5",
    "U": "MaxiCode",
    "d": "Data Matrix",
    "e": "GS1 DataBar",
    "z": "Aztec Code",
}


def identifier(content: bytes) -> str:
    """The identifier that `content` begins with, such as `]Q1`; empty when it begins with none."""
    found = _IDENTIFIER.match(content)
    return found.group().decode("ascii") if found else ""


def symbology(identifier: str) -> str:
    """What kind of code `]Q1` stands for; the identifier itself where this table has no name for it."""
    return _SYMBOLOGIES.get(identifier[1], identifier)
