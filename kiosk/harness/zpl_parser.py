"""Bytes to ZPL commands, strictly: Zebra's programming guide, the part of it a page as one graphic needs.

What is not in that part is a ProtocolFault, never a guess. How the bytes were split makes no difference.
"""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Callable
from typing import Final

from kiosk.harness.byte_parser import ByteParser, ProtocolFault
from kiosk.harness.zpl_commands import (
    CancelAll,
    Command,
    Darkness,
    EndField,
    EndFormat,
    GetVariable,
    Graphic,
    HostStatus,
    LabelHome,
    LabelLength,
    Origin,
    PrintWidth,
    Reprint,
    Speed,
    StartFormat,
)

_WHOLE: Final[dict[bytes, Command]] = {
    b"^XA": StartFormat(),
    b"^XZ": EndFormat(),
    b"^FS": EndField(),
    b"~HS": HostStatus(),
    b"~JA": CancelAll(),
}
_HEAD: Final = 3
_BETWEEN: Final = b"\r\n\0"
_GET: Final = re.compile(rb'! U1 getvar "([a-z0-9_.]{1,60})"\r?')
_GRAPHIC: Final = re.compile(rb"A,(\d{1,7}),(\d{1,7}),(\d{1,4}),(.*)", re.DOTALL)
_ENCODED: Final = re.compile(rb":(Z64|B64):([A-Za-z0-9+/=]*):([0-9A-Fa-f]{4})")
#: Bytes no command and no line is longer than.
_LONGEST: Final = 1 << 20


def _numbers(body: bytes, least: int, most: int, count: int = 1) -> tuple[int, ...] | None:
    if not re.fullmatch(rb"-?\d{1,5}(,-?\d{1,5})*", body):
        return None
    numbers = tuple(map(int, body.split(b",")))
    return numbers if len(numbers) == count and all(least <= number <= most for number in numbers) else None


def _one(kind: Callable[[int], Command], least: int, most: int) -> Callable[[bytes], Command | None]:
    return lambda body: kind(*numbers) if (numbers := _numbers(body, least, most)) else None


def _two(kind: Callable[[int, int], Command]) -> Callable[[bytes], Command | None]:
    return lambda body: kind(*numbers) if (numbers := _numbers(body, 0, 32_000, 2)) else None


def _reprint(body: bytes) -> Command | None:
    return Reprint(body == b"Y") if body in (b"Y", b"N") else None


def _graphic(body: bytes) -> Command | None:
    """^GFA: the first size that of the data as sent or as drawn, the second as drawn, its check sum right."""
    if not (match := _GRAPHIC.fullmatch(body)):
        return None
    sent, total, across = (int(match[group]) for group in (1, 2, 3))
    rows = _decoded(match[4])
    if rows is None or not across or sent not in (total, len(match[4])) or len(rows) != total or total % across:
        return None
    return Graphic(across, rows)


def _decoded(data: bytes) -> bytes | None:
    match = _ENCODED.fullmatch(data)
    try:
        if match is None:
            return bytes.fromhex(data.decode("ascii"))
        if binascii.crc_hqx(match[2], 0) != int(match[3], 16):
            return None
        packed = base64.b64decode(match[2], validate=True)
        return zlib.decompress(packed) if match[1] == b"Z64" else packed
    except (ValueError, zlib.error):
        return None


_MEANINGS: Final[dict[bytes, Callable[[bytes], Command | None]]] = {
    b"^PW": _one(PrintWidth, 2, 32_000),
    b"^LL": _one(LabelLength, 1, 32_000),
    b"^MD": _one(Darkness, -30, 30),
    b"^PR": _one(Speed, 1, 14),
    b"^LH": _two(LabelHome),
    b"^FO": _two(Origin),
    b"^JZ": _reprint,
    b"^GF": _graphic,
}


class Parser(ByteParser[Command]):
    """The receiving half of a label printer."""

    def __init__(self) -> None:
        super().__init__()
        self._searched = 0

    def _next(self) -> Command | None:
        self._take(len(self._buffer) - len(self._buffer.lstrip(_BETWEEN)))
        if not self._buffer:
            return None
        if self._buffer[0] in b"^~":
            return self._command()
        return self._line() if self._buffer[0] in b"!" else self._text()

    def _take(self, size: int) -> bytes:
        self._searched = 0
        return super()._take(size)

    def _command(self) -> Command | None:
        head = bytes(self._buffer[:_HEAD])
        if len(head) < _HEAD:
            return None
        if head in _WHOLE:
            self._take(_HEAD)
            return _WHOLE[head]
        end = self._end_of_parameters()
        if end is None:
            return None
        start = self.offset
        body = self._take(end)[_HEAD:].rstrip(_BETWEEN)
        meaning = _MEANINGS.get(head)
        command = meaning(body) if meaning else None
        # Parameters are left out: they may be pieces of a code.
        return command or ProtocolFault(start, f"unknown command {head.decode('ascii', 'replace')}")

    def _end_of_parameters(self) -> int | None:
        """Where the next command begins; what was searched before is not searched again."""
        for place in range(max(_HEAD, self._searched), len(self._buffer)):
            if self._buffer[place] in b"^~":
                return place
        self._searched = len(self._buffer)
        return _LONGEST if len(self._buffer) > _LONGEST else None

    def _line(self) -> Command | None:
        end = self._buffer.find(b"\n")
        if end < 0:
            return None if len(self._buffer) < _LONGEST else self._text()
        start = self.offset
        match = _GET.fullmatch(self._take(end + 1)[:-1])
        return GetVariable(match[1].decode()) if match else ProtocolFault(start, "unknown line")

    def _text(self) -> Command:
        # A run of bytes that belong to nothing is one fault.
        start = self.offset
        ends = [place for mark in (b"^", b"~", b"!") if (place := self._buffer.find(mark, 1)) > 0]
        self._take(min(ends, default=len(self._buffer)))
        return ProtocolFault(start, "text")
