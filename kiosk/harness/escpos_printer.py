"""An ESC/POS receipt printer without its wires: bytes in, answers and paper out. It knows no time and no sockets."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, Final

from kiosk.harness import escpos_status as status
from kiosk.harness.escpos_commands import (
    AutomaticStatus,
    ClearBuffer,
    Command,
    Cut,
    Feed,
    FeedLines,
    Initialise,
    ProtocolFault,
    RasterBegins,
    ReportDone,
    ReportNow,
    ReportPaper,
    Row,
    Text,
)
from kiosk.harness.escpos_parser import Parser
from kiosk.harness.faults import Condition, Restart, fault_named
from kiosk.harness.paper import MM_PER_INCH, Paper, Sheet
from kiosk.harness.printline import CHARACTER_DOTS, Line, garbage_rows

#: Bytes a printer takes in before it makes the sender wait.
RECEIVE_BUFFER: Final = 65536
_LINE_MM: Final = 3.75
#: What does not end a line of characters. ESC @ forgets it.
_LEAVE_THE_LINE: Final = (Text, Initialise, AutomaticStatus, ReportPaper, ReportDone)


class EscposPrinter:
    """One printer, on line and with plenty of paper until `fault` says otherwise.

    Commands are carried out in order, as far as `work` lets them; DLE EOT is answered when it arrives. What was
    received stays received when the sender goes away, half a command included, as in the real thing: the next
    sender's first bytes complete it. While off line, commands wait; ESC J and GS V count dots, a line is 3.75 mm.
    """

    def __init__(self, width: int = 576, dpi: int = 203, *, on_sheet: Callable[[Sheet], None] | None = None) -> None:
        self.sheets: list[Sheet] = []
        self.faults: list[ProtocolFault] = []
        self.condition = Condition()
        self._paper = Paper(width, dpi)
        self._on_sheet = on_sheet
        self._line_rows = round(_LINE_MM * dpi / MM_PER_INCH)
        self._answers = bytearray()
        self._switch_on()

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
    def room(self) -> int:
        """Bytes it takes before it makes the sender wait."""
        if self.condition.xoff:
            return 0
        waiting = self._received - self._finished if self._queue or self._moving else 0
        return max(0, RECEIVE_BUFFER - waiting)

    def receive(self, data: bytes) -> None:
        """Take bytes in. Nothing is printed before `work`."""
        if self.condition.dead:
            return
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

    def take_answers(self) -> bytes:
        """What it has to say, once."""
        answers = bytes(self._answers)
        self._answers.clear()
        return answers

    def _answer(self, answer: bytes) -> None:
        self._answers += status.spoil(answer, self.condition)

    def _check(self, command: Command) -> None:
        if not isinstance(command, RasterBegins):
            return
        width = command.width * (2 if command.wide else 1)
        if width > self._paper.width:
            self.faults.append(
                ProtocolFault(self._parser.offset - 8, f"a raster of {width} dots, wider than the paper")
            )

    # --- what somebody at the printer does

    def fault(self, name: str, **arguments: Any) -> None:
        """Let a fault of kiosk.harness.faults happen. Raises UsageError for one that is not there."""
        fault = fault_named(name, arguments)
        self.condition.apply(fault)
        if isinstance(fault, Restart):
            self._answers.clear()
            self._switch_on()
        self._tell_changes()

    def repair(self) -> None:
        """All is well again. Where the paper had run out there is a new roll, and the old one's end comes out."""
        ran_out, self.condition = self.condition.paper_out, Condition()
        if ran_out:
            self._deliver(self._paper.tear_off())
        self._tell_changes()

    # --- what the mechanism does

    @property
    def busy(self) -> bool:
        """There is something to do and nothing that prevents it."""
        return bool(self._queue or self._moving) and not self.condition.offline and not self.condition.dead

    def work(self, rows: int | None = None) -> int:
        """Carry out what is waiting, moving the paper by at most `rows` (None: no limit). Returns the rows moved."""
        moved = 0
        while self.busy and (rows is None or moved < rows):
            moved += self._step()
            self._tell_changes()
        return moved

    def _step(self) -> int:
        """One row, or one command. Returns the rows moved."""
        if self._moving:
            self._paper.advance(self._moving.popleft())
            self.condition.rows_left -= 1
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

    def _tell_changes(self) -> None:
        now = status.automatic(self.condition)
        if status.automatic_changed(self._told, now, self._mask):
            self._answer(now)
        self._told = now

    def _deliver(self, sheet: Sheet | None) -> None:
        if sheet is None:
            return
        self.sheets.append(sheet)
        if self._on_sheet is not None:
            self._on_sheet(sheet)
