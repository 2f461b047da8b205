"""What an ESC/POS printer can be told, as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from kiosk.harness.byte_parser import ProtocolFault


@dataclass(frozen=True, slots=True)
class Initialise:
    """ESC @: settings back to their defaults. What is already received stays."""


@dataclass(frozen=True, slots=True)
class RasterBegins:
    """GS v 0: `height` Rows of `width` dots (a multiple of 8) follow. `wide`, `tall`: dots are doubled."""

    width: int
    height: int
    wide: bool
    tall: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One complete row of a raster, packed, 1 is black."""

    bits: bytes = field(repr=False)
    wide: bool
    tall: bool


@dataclass(frozen=True, slots=True)
class Feed:
    """ESC J: move the paper by so many dots."""

    rows: int


@dataclass(frozen=True, slots=True)
class FeedLines:
    """LF, ESC d: move the paper by so many lines."""

    lines: int


@dataclass(frozen=True, slots=True)
class Cut:
    """GS V. `feed` is None to cut where the cutter is, else the rows left below the last printed one."""

    feed: int | None


@dataclass(frozen=True, slots=True)
class Justify:
    """ESC a: 0 left, 1 centre, 2 right."""

    side: int


@dataclass(frozen=True, slots=True)
class LeftMargin:
    """GS L, in dots."""

    dots: int


@dataclass(frozen=True, slots=True)
class PrintWidth:
    """GS W, in dots."""

    dots: int


@dataclass(frozen=True, slots=True)
class AutomaticStatus:
    """GS a: tell of changes in what `mask` names: 0x02 on line, 0x04 errors, 0x08 paper. 0 is off."""

    mask: int


@dataclass(frozen=True, slots=True)
class ReportPaper:
    """GS r 1: answered when everything before it is done."""


@dataclass(frozen=True, slots=True)
class ReportDone:
    """GS ( H function 48: `job` (4 bytes) comes back when everything before it is printed."""

    job: bytes


@dataclass(frozen=True, slots=True)
class ReportNow:
    """DLE EOT 1 to 4: answered at once."""

    what: int


@dataclass(frozen=True, slots=True)
class ClearBuffer:
    """DLE DC4 function 8: forget, at once, everything received and not yet printed."""


@dataclass(frozen=True, slots=True)
class Text:
    """A byte that this printer would print as a character."""

    byte: int


Command: TypeAlias = (
    Initialise
    | RasterBegins
    | Row
    | Feed
    | FeedLines
    | Cut
    | Justify
    | LeftMargin
    | PrintWidth
    | AutomaticStatus
    | ReportPaper
    | ReportDone
    | ReportNow
    | ClearBuffer
    | Text
    | ProtocolFault
)
