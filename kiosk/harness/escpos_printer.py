"""An ESC/POS receipt printer without its wires: bytes in, answers and paper out. It knows no time and no sockets."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

from kiosk.harness import escpos_status as status
from kiosk.harness.byte_parser import ProtocolFault
from kiosk.harness.escpos_commands import (
    AutomaticStatus,
    ClearBuffer,
    Command,
    Cut,
    Feed,
    FeedLines,
    Initialise,
    RasterBegins,
    ReportDone,
    ReportNow,
    ReportPaper,
    Row,
    Text,
)
from kiosk.harness.escpos_parser import Parser
from kiosk.harness.faults import Condition
from kiosk.harness.paper import MM_PER_INCH, Paper, Sheet
from kiosk.harness.printer_model import PrinterModel
from kiosk.harness.printline import CHARACTER_DOTS, Line, garbage_rows

_LINE_MM: Final = 3.75
#: What does not end a line of characters. ESC @ forgets it.
_LEAVE_THE_LINE: Final = (Text, Initialise, AutomaticStatus, ReportPaper, ReportDone)


class EscposPrinter(PrinterModel):
    """One receipt printer.

    Commands are carried out in order, as far as `work` lets them; DLE EOT is answered when it arrives. What was
    received stays received when the sender goes away, half a command included, as in the real thing: the next
    sender's first bytes complete it. While off line, commands wait; ESC J and GS V count dots, a line is 3.75 mm.
    """

    def __init__(self, width: int = 576, dpi: int = 203, *, on_sheet: Callable[[Sheet], None] | None = None) -> None:
        self._line_rows = round(_LINE_MM * dpi / MM_PER_INCH)
        super().__init__(Paper(width, dpi), on_sheet)

    def _switch_on(self) -> None:
        self._parser = Parser()
        self._queue: deque[tuple[Command, int]] = deque()
        self._moving: deque[bytes | None] = deque()
        self._received = 0
        self._finished = 0
        self._initialise()

    def _initialise(self) -> None:
        self._line = Line(self._paper.width)
        self._text = bytearray()
        self._mask = 0
        self._told = status.automatic(self.condition)

    # --- what the sender does

    @property
    def _held(self) -> int:
        return self._received - self._finished if self._waits else 0

    def _receive(self, data: bytes) -> None:
        self._received += len(data)
        for command in self._parser.feed(data):
            match command:
                case ReportNow(what):
                    self._answer(status.real_time(what, self.condition))
                case ClearBuffer():
                    self._clear()
                case ReportDone(job) if self.condition.clone:
                    self._queue.extend((Text(byte), self._parser.offset) for byte in b"(H00" + job)
                case ProtocolFault():
                    self.faults.append(command)
                case _:
                    self._check(command)
                    self._queue.append((command, self._parser.offset))

    def _clear(self) -> None:
        if self.condition.clone:
            return
        self._queue.clear()
        self._moving.clear()
        self._text.clear()
        self._finished = self._received
        self._answer(status.cleared())

    def _spoil(self, answer: bytes) -> bytes:
        return status.spoil(answer, self.condition)

    def _check(self, command: Command) -> None:
        if not isinstance(command, RasterBegins):
            return
        width = command.width * (2 if command.wide else 1)
        if width > self._paper.width:
            self._complain(self._parser.offset - 8, f"a raster of {width} dots, wider than the paper")

    # --- what somebody at the printer does

    def repair(self) -> None:
        """All is well again. Where the paper had run out there is a new roll, and the old one's end comes out."""
        ran_out, self.condition = self.condition.paper_out, Condition()
        if ran_out:
            self._deliver(self._paper.tear_off())
        self._changed()

    # --- what the mechanism does

    @property
    def _waits(self) -> bool:
        return bool(self._queue or self._moving)

    def _step(self) -> int:
        """One row, or one command. Returns the rows moved."""
        if self._moving:
            self._advance(self._moving.popleft())
            return 1
        command, end = self._queue[0]
        if self._text and not isinstance(command, _LEAVE_THE_LINE):
            self._print_text()
        elif not isinstance(command, Cut):
            self._queue.popleft()
            self._finished = end
            self._carry_out(command)
        elif command.feed is not None:
            self._move(self._paper.beyond_head + command.feed)
            self._queue[0] = (Cut(None), end)
        elif self.condition.cutter_will_jam:
            self.condition.cutter_jammed = True
        else:
            self._queue.popleft()
            self._finished = end
            self._cut()
        return 0

    def _cut(self) -> None:
        sheet = self._paper.cut()
        self._deliver(sheet)
        if sheet and self.condition.print_twice:
            self._deliver(self._paper.again(sheet))

    def _carry_out(self, command: Command) -> None:
        match command:
            case Row(bits, wide, tall):
                self._moving.extend([self._line.place(bits, wide=wide)] * (2 if tall else 1))
            case Feed(rows):
                self._move(rows)
            case FeedLines(lines):
                self._move(lines * self._line_rows)
            case Text(byte):
                self._write(byte)
            case Initialise():
                self._initialise()
            case AutomaticStatus(mask):
                self._watch(mask)
            case ReportPaper():
                self._answer(status.paper(self.condition))
            case ReportDone(job):
                self._answer(status.done(job))
            case _:
                self._line = self._line.told(command)

    def _move(self, rows: int) -> None:
        self._moving.extend([None] * rows)

    def _write(self, byte: int) -> None:
        self._text.append(byte)
        if len(self._text) * CHARACTER_DOTS >= self._paper.width:
            self._print_text()

    def _print_text(self) -> None:
        self._moving.extend(garbage_rows(self._text, self._paper.width))
        self._text.clear()

    def _watch(self, mask: int) -> None:
        self._mask = mask
        self._told = status.automatic(self.condition)
        if mask:
            self._answer(self._told)

    def _changed(self) -> None:
        """Tell of it, where that was asked for."""
        now = status.automatic(self.condition)
        if status.automatic_changed(self._told, now, self._mask):
            self._answer(now)
        self._told = now
