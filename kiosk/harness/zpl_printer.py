"""A ZPL label printer without its wires: bytes in, answers and labels out. It knows no time and no sockets."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from kiosk.harness import zpl_status as status
from kiosk.harness.byte_parser import ProtocolFault
from kiosk.harness.faults import Condition
from kiosk.harness.paper import Paper, Sheet
from kiosk.harness.printer_model import PrinterModel
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
from kiosk.harness.zpl_parser import Parser


@dataclass(frozen=True)
class _Label:
    """A label to print: its packed rows, and the bytes that described it."""

    rows: tuple[bytes, ...] = field(repr=False)
    size: int


class _Format:
    """What stands between ^XA and ^XZ: a canvas, and where the next graphic goes."""

    def __init__(self, width: int, height: int, began: int) -> None:
        self.began = began
        self.home = self.origin = (0, 0)
        self.width = width
        self.height = height
        self.graphics: list[tuple[int, int, Graphic]] = []

    def draw(self, paper: int) -> tuple[bytes, ...]:
        """Packed rows `paper` dots wide. What reaches beyond the label or the paper is not printed."""
        rows = [0] * self.height
        width = min(paper, self.width)
        for x, y, graphic in self.graphics:
            across = graphic.across * 8
            for number, start in enumerate(range(0, len(graphic.rows), graphic.across), y):
                if number >= self.height:
                    break
                value = int.from_bytes(graphic.rows[start : start + graphic.across], "big")
                shift = width - x - across
                rows[number] |= value << shift if shift >= 0 else value >> -shift
        return tuple((row << (paper - width)).to_bytes(paper // 8, "big") for row in rows)


class ZplPrinter(PrinterModel):
    """One label printer.

    A label that a fault spoils comes out when it is repaired, torn; unless ^JZN was said, it is then printed again.
    """

    def __init__(self, width: int = 576, dpi: int = 203, *, on_sheet: Callable[[Sheet], None] | None = None) -> None:
        #: Labels it ever printed.
        self.odometer = 0
        super().__init__(Paper(width, dpi, beyond_head_mm=0), on_sheet)

    def _switch_on(self) -> None:
        self._parser = Parser()
        self._format: _Format | None = None
        self._waiting: deque[_Label] = deque()
        self._printing: _Label | None = None
        self._row = 0
        self._width, self._length = self._paper.width, 1200
        self._reprint = True

    # --- what the sender does

    @property
    def _held(self) -> int:
        return sum(label.size for label in self._waiting) + self._parser.pending

    def _receive(self, data: bytes) -> None:
        for command in self._parser.feed(data):
            match command:
                case HostStatus():
                    self._answer(self._host_status())
                case GetVariable(name):
                    self._answer(status.variable(name, odometer=self.odometer))
                case CancelAll():
                    self._cancel()
                case ProtocolFault():
                    self.faults.append(command)
                case _:
                    self._take(command)

    def _spoil(self, answer: bytes) -> bytes:
        return status.spoil(answer, self.condition)

    def _host_status(self) -> bytes:
        return status.host_status(
            self.condition,
            length=self._length,
            formats=len(self._waiting),
            labels=int(self._printing is not None),
            full=not self.room,
        )

    def _cancel(self) -> None:
        self._format = self._printing = None
        self._waiting.clear()
        self._tear_off()

    def _tear_off(self) -> None:
        if self._row:
            self._row = 0
            self._deliver(self._paper.tear_off())

    def _take(self, command: Command) -> None:
        if isinstance(command, StartFormat):
            if self._format is not None:
                self._complain(self._parser.offset, "a format begins inside another")
            self._format = _Format(self._width, self._length, self._parser.offset)
        elif self._format is None:
            self._complain(self._parser.offset, "a command outside a format")
        elif isinstance(command, EndFormat):
            self._waiting.append(
                _Label(self._format.draw(self._paper.width), self._parser.offset - self._format.began)
            )
            self._format = None
        else:
            self._draw(self._format, command)

    def _draw(self, on: _Format, command: Command) -> None:
        match command:
            case PrintWidth(dots):
                self._width = on.width = dots
            case LabelLength(dots):
                self._length = on.height = dots
            case LabelHome(x, y):
                on.home = (x, y)
            case Origin(x, y):
                on.origin = (on.home[0] + x, on.home[1] + y)
            case Graphic():
                on.graphics.append((*on.origin, command))
                if on.origin[1] + len(command.rows) // command.across > on.height:
                    self._complain(self._parser.offset, "a graphic longer than the label")
            case Reprint(on=reprint):
                self._reprint = reprint
            case Darkness() | Speed() | EndField():
                pass

    # --- what somebody at the printer does

    def repair(self) -> None:
        """All is well again. A label that was begun comes out, torn, and is printed again unless ^JZN was said."""
        offline, self.condition = self.condition.offline, Condition()
        if offline and self._row:
            self._tear_off()
            if not self._reprint:
                self._printing = None

    # --- what the mechanism does

    @property
    def _waits(self) -> bool:
        return bool(self._printing or self._waiting)

    def _step(self) -> int:
        """One row, or the beginning or the end of a label. Returns the rows moved."""
        if self._printing is None:
            self._printing = self._waiting.popleft()
        elif self._row < len(self._printing.rows):
            self._advance(self._printing.rows[self._row])
            self._row += 1
            return 1
        else:
            self._finish()
        return 0

    def _finish(self) -> None:
        self._printing, self._row = None, 0
        sheet = self._paper.cut()
        for out in (sheet, self._paper.again(sheet)) if sheet and self.condition.print_twice else (sheet,):
            self.odometer += 1
            self._deliver(out)
