"""AIM symbology identifiers: `]`, a letter for the kind of code, a modifier (ISO/IEC 15424)."""

from __future__ import annotations

import re
from typing import Final

#: Bytes an identifier has.
LENGTH: Final = 3
_IDENTIFIER: Final = re.compile(rb"\][A-Za-z][0-9A-Za-z]")
#: Those of QR codes that announce ECI escapes (ISO/IEC 18004, annex on identifiers).
_WITH_ECI: Final = frozenset({"]Q2", "]Q4", "]Q6"})
_ESCAPE: Final = re.compile(rb"\\(?:(\\)|[0-9]{6})")
_ESCAPED: Final = re.compile(rb"(?:[^\\]|\\\\|\\[0-9]{6})*")
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


def unescaped(identifier: str, content: bytes) -> bytes | None:
    """The bytes of the symbol that `content` was sent for: where `identifier` announces ECI, a backslash is sent
    twice and an ECI as a backslash and six digits (ISO/IEC 15424). None where `content` is not written so.
    """
    if identifier not in _WITH_ECI:
        return content
    return _ESCAPE.sub(lambda found: found[1] or b"", content) if _ESCAPED.fullmatch(content) else None
