"""Text from elsewhere, made fit for the screen."""

from __future__ import annotations

import unicodedata
from typing import Final

#: Format characters that scripts are written with: the zero-width non-joiner and joiner.
_WRITTEN: Final = "\u200c\u200d"


def plain(text: str) -> str:
    """`text` on one line and without control and direction characters: a name must not steer a terminal."""
    return "".join(_plain(char) for char in text).strip()


def sentence(text: str) -> str:
    """`text`, such as the one line of an error, as a sentence; empty when it is."""
    line = plain(text).rstrip(". ")
    end = "" if line.endswith(("?", "!", "…")) else "."
    return f"{line[:1].upper()}{line[1:]}{end}" if line else ""


def _plain(char: str) -> str:
    if char.isspace():
        return " "
    return "" if unicodedata.category(char).startswith("C") and char not in _WRITTEN else char
