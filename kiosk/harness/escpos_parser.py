"""Bytes to ESC/POS commands, strictly: Epson's command reference, the part of it a page of raster needs.

What is not in that part is a ProtocolFault, never a guess. How the bytes were split makes no difference.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from kiosk.harness.byte_parser import ByteParser, ProtocolFault
from kiosk.harness.escpos_commands import (
    AutomaticStatus,
    ClearBuffer,
    Command,
    Cut,
    Feed,
    FeedLines,
    Initialise,
    Justify,
    LeftMargin,
    PrintWidth,
    RasterBegins,
    ReportDone,
    ReportNow,
    ReportPaper,
    Row,
    Text,
)

NUL, LF, DLE, ESC, GS = 0x00, 0x0A, 0x10, 0x1B, 0x1D
_FIRST_PRINTABLE: Final = 0x20
_PREFIXES: Final = (DLE, ESC, GS)
_CUT_HERE: Final = (0, 1, 48, 49)
_FEED_AND_CUT: Final = (65, 66)
_CLEAR_BUFFER: Final = bytes((0x10, 0x14, 8, 1, 3, 20, 1, 6, 2, 8))


def _justify(body: bytes) -> Command | None:
    return Justify(body[2] % 48) if body[2] in (0, 1, 2, 48, 49, 50) else None


def _cut(body: bytes) -> Command | None:
    if body[2] in _CUT_HERE:
        return Cut(None)
    return Cut(body[3]) if body[2] in _FEED_AND_CUT else None


def _raster(body: bytes) -> Command | None:
    across, down = int.from_bytes(body[4:6], "little"), int.from_bytes(body[6:8], "little")
    if body[2] != ord("0") or body[3] not in (0, 1, 2, 3, 48, 49, 50, 51) or not across or not down:
        return None
    mode = body[3] % 48
    return RasterBegins(across * 8, down, wide=bool(mode & 1), tall=bool(mode & 2))


def _dots(body: bytes) -> int:
    return int.from_bytes(body[2:4], "little")


#: The first two bytes of a command, how long it is with its fixed parameters, and its meaning (None: no such values).
_COMMANDS: Final[dict[bytes, tuple[int, Callable[[bytes], Command | None]]]] = {
    b"\x1b@": (2, lambda _: Initialise()),
    b"\x1bJ": (3, lambda body: Feed(body[2])),
    b"\x1bd": (3, lambda body: FeedLines(body[2])),
    b"\x1ba": (3, _justify),
    b"\x1dL": (4, lambda body: LeftMargin(_dots(body))),
    b"\x1dW": (4, lambda body: PrintWidth(_dots(body))),
    b"\x1da": (3, lambda body: AutomaticStatus(body[2])),
    b"\x1dr": (3, lambda body: ReportPaper() if body[2] in (1, 49) else None),
    b"\x1dV": (3, _cut),
    b"\x1dv": (8, _raster),
    b"\x1d(": (5, lambda _: None),
    b"\x10\x14": (3, lambda body: ClearBuffer() if body == _CLEAR_BUFFER else None),
    b"\x10\x04": (3, lambda body: ReportNow(body[2]) if body[2] in (1, 2, 3, 4) else None),
}


class Parser(ByteParser[Command]):
    """The receiving half of a receipt printer."""

    def __init__(self) -> None:
        super().__init__()
        self._in_text = False
        self._raster: RasterBegins | None = None
        self._rows_to_come = 0

    def _next(self) -> Command | None:
        if self._raster is not None:
            return self._next_row(self._raster)
        self._skip_padding()
        if not self._buffer:
            return None
        first = self._buffer[0]
        if first in _PREFIXES:
            return self._next_command()
        return self._text(first) if first >= _FIRST_PRINTABLE else self._control(first)

    def _skip_padding(self) -> None:
        padding = len(self._buffer) - len(self._buffer.lstrip(b"\0"))
        if padding:
            self._take(padding)
            self._in_text = False

    def _next_row(self, raster: RasterBegins) -> Command | None:
        size = raster.width // 8
        if len(self._buffer) < size:
            return None
        self._rows_to_come -= 1
        if not self._rows_to_come:
            self._raster = None
        return Row(self._take(size), wide=raster.wide, tall=raster.tall)

    def _text(self, first: int) -> Command:
        # A run of characters is one fault, told of before its first character.
        if not self._in_text:
            self._in_text = True
            return ProtocolFault(self.offset, "text")
        self._take(1)
        return Text(first)

    def _control(self, first: int) -> Command:
        self._in_text = False
        start = self.offset
        self._take(1)
        return FeedLines(1) if first == LF else ProtocolFault(start, f"unknown control character 0x{first:02x}")

    def _next_command(self) -> Command | None:
        self._in_text = False
        if len(self._buffer) < 2:  # noqa: PLR2004 - a prefix and the byte that says which
            return None
        head = bytes(self._buffer[:2])
        if head not in _COMMANDS:
            return self._fault(2)
        size, meaning = _COMMANDS[head]
        size = self._whole(head, size)
        if len(self._buffer) < size:
            return None
        command = _job_id(self._buffer[:size]) if head == b"\x1d(" else meaning(bytes(self._buffer[:size]))
        if command is None:
            return self._fault(size)
        self._take(size)
        if isinstance(command, RasterBegins):
            self._raster, self._rows_to_come = command, command.height
        return command

    def _whole(self, head: bytes, size: int) -> int:
        """The command's length with the parameters whose number its first ones tell."""
        if len(self._buffer) < size:
            return size
        if head == b"\x1d(":
            return size + int.from_bytes(self._buffer[3:5], "little")
        if head == b"\x1dV" and self._buffer[2] in _FEED_AND_CUT:
            return size + 1
        if head == b"\x10\x14" and self._buffer[2] == _CLEAR_BUFFER[2]:
            return len(_CLEAR_BUFFER)
        return size

    def _fault(self, size: int) -> ProtocolFault:
        start = self.offset
        # Parameters are left out: behind a raster that lost its length they are pieces of a code.
        return ProtocolFault(start, f"unknown command {self._take(size)[:3].hex(' ')}")


def _job_id(body: bytes | bytearray) -> Command | None:
    """GS ( H with function 48, m 48 and four bytes of id, each 32 to 126."""
    if body[2:7] != b"H\x06\x0000" or not all(32 <= byte <= 126 for byte in body[7:11]):  # noqa: PLR2004
        return None
    return ReportDone(bytes(body[7:11]))
