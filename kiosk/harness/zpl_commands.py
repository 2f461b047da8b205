"""What a ZPL printer can be told, as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from kiosk.harness.byte_parser import ProtocolFault


@dataclass(frozen=True, slots=True)
class StartFormat:
    """^XA."""


@dataclass(frozen=True, slots=True)
class EndFormat:
    """^XZ: print it."""


@dataclass(frozen=True, slots=True)
class PrintWidth:
    """^PW, in dots."""

    dots: int


@dataclass(frozen=True, slots=True)
class LabelLength:
    """^LL, in dots."""

    dots: int


@dataclass(frozen=True, slots=True)
class LabelHome:
    """^LH: where ^FO counts from, in dots."""

    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Darkness:
    """^MD, added to the printer's own."""

    steps: int


@dataclass(frozen=True, slots=True)
class Speed:
    """^PR, in inches a second."""

    inches: int


@dataclass(frozen=True, slots=True)
class Reprint:
    """^JZ: whether a label that a fault spoilt is printed again by itself."""

    on: bool


@dataclass(frozen=True, slots=True)
class Origin:
    """^FO, in dots."""

    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Graphic:
    """^GF: packed rows of `across` bytes, 1 is black."""

    across: int
    rows: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class EndField:
    """^FS."""


@dataclass(frozen=True, slots=True)
class HostStatus:
    """~HS: answered at once, if at all."""


@dataclass(frozen=True, slots=True)
class CancelAll:
    """~JA: forget what is received and not printed."""


@dataclass(frozen=True, slots=True)
class GetVariable:
    """! U1 getvar "…": answered at once."""

    name: str


Command: TypeAlias = (
    StartFormat
    | EndFormat
    | PrintWidth
    | LabelLength
    | LabelHome
    | Darkness
    | Speed
    | Reprint
    | Origin
    | Graphic
    | EndField
    | HostStatus
    | CancelAll
    | GetVariable
    | ProtocolFault
)
