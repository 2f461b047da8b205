"""A text into the room there is: shrunk, then wrapped, then cut at a grapheme."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from kiosk.badge.fonts import graphemes
from kiosk.badge.lettering import length

#: How far a text is shrunk to stay on one line, and how far at all.
_ONE_LINE: Final = 0.72
_SMALLEST: Final = 0.5
_ELLIPSIS: Final = "…"


@dataclass(frozen=True)
class Fitted:
    """Lines and the size, in dots, they fit at. `cut`: not all of the text is in them."""

    lines: list[str]
    size: int
    cut: bool = False


def fitted(text: str, size: int, room: int, *, lines: int, bold: bool) -> Fitted:
    """`text` in at most so many lines of `room` dots, no larger than `size`."""
    least = max(8, round(size * _SMALLEST))
    for smaller in range(size, max(least, round(size * (_ONE_LINE if lines > 1 else _SMALLEST))) - 1, -1):
        if length(text, smaller, bold=bold) <= room:
            return Fitted([text], smaller)
    for smaller in range(size, least - 1, -1):
        wrapped = _wrapped(text, smaller, room, bold=bold)
        if len(wrapped) <= lines and all(length(line, smaller, bold=bold) <= room for line in wrapped):
            return Fitted(wrapped, smaller)
    wrapped = _wrapped(text, least, room, bold=bold)
    kept = [*wrapped[: lines - 1], " ".join(wrapped[lines - 1 :])]
    return Fitted([_cut(line, least, room, bold=bold) for line in kept], least, cut=True)


def _wrapped(text: str, size: int, room: int, *, bold: bool) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and length(longer, size, bold=bold) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _cut(line: str, size: int, room: int, *, bold: bool) -> str:
    if length(line, size, bold=bold) <= room:
        return line
    whole = graphemes(line)
    few, many = 0, len(whole)
    while few < many:
        middle = (few + many + 1) // 2
        if length("".join(whole[:middle]).rstrip() + _ELLIPSIS, size, bold=bold) <= room:
            few = middle
        else:
            many = middle - 1
    return "".join(whole[:few]).rstrip() + _ELLIPSIS
