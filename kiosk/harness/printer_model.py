"""What every simulated printer does, whichever language it speaks: bytes in, answers and paper out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Final, Literal, TypeAlias

from kiosk.harness.byte_parser import ProtocolFault
from kiosk.harness.faults import Condition, Restart, fault_named
from kiosk.harness.paper import Paper, Sheet

#: The languages.
Language: TypeAlias = Literal["escpos", "zpl"]
#: Bytes a printer takes in before it makes the sender wait.
RECEIVE_BUFFER: Final = 65536


class PrinterModel(ABC):
    """A printer without its wires, on line and with plenty of paper until `fault` says otherwise.

    It knows no time and no sockets. `sheets` have come out, `faults` are what it should not have been sent.
    """

    def __init__(self, paper: Paper, on_sheet: Callable[[Sheet], None] | None) -> None:
        self.sheets: list[Sheet] = []
        self.faults: list[ProtocolFault] = []
        self.condition = Condition()
        self._paper = paper
        self._on_sheet = on_sheet
        self._answers = bytearray()
        self._switch_on()

    # --- what the sender does

    @property
    def room(self) -> int:
        """Bytes it takes before it makes the sender wait."""
        return 0 if self.condition.xoff else max(0, RECEIVE_BUFFER - self._held)

    def receive(self, data: bytes) -> None:
        """Take bytes in. Nothing is printed before `work`."""
        if not self.condition.dead:
            self._receive(data)

    def take_answers(self) -> bytes:
        """What it has to say, once."""
        answers = bytes(self._answers)
        self._answers.clear()
        return answers

    # --- what somebody at the printer does

    def fault(self, name: str, **arguments: Any) -> None:
        """Let a fault of kiosk.harness.faults happen. Raises UsageError for one that is not there."""
        fault = fault_named(name, arguments)
        self.condition.apply(fault)
        if isinstance(fault, Restart):
            self._answers.clear()
            self._switch_on()
        self._changed()

    @abstractmethod
    def repair(self) -> None:
        """All is well again."""

    # --- what the mechanism does

    @property
    def busy(self) -> bool:
        """There is something to do and nothing that prevents it."""
        return self._waits and not self.condition.offline and not self.condition.dead

    def work(self, rows: int | None = None) -> int:
        """Carry out what is waiting, moving the paper by at most `rows` (None: no limit). Returns the rows moved."""
        moved = 0
        while self.busy and (rows is None or moved < rows):
            moved += self._step()
            self._changed()
        return moved

    # --- what differs between the languages

    @abstractmethod
    def _switch_on(self) -> None:
        """As it is after it was switched on; called at the beginning, too."""

    @abstractmethod
    def _receive(self, data: bytes) -> None:
        """`receive`, for a printer that is not dead."""

    @property
    @abstractmethod
    def _held(self) -> int:
        """Bytes that were received and not yet worked off."""

    @property
    @abstractmethod
    def _waits(self) -> bool:
        """Whether there is something to do."""

    @abstractmethod
    def _step(self) -> int:
        """Do the least there is to do. Returns the rows moved, 0 or 1."""

    @abstractmethod
    def _spoil(self, answer: bytes) -> bytes:
        """The answer as it leaves a printer in this condition."""

    def _changed(self) -> None:  # noqa: B027 - a language in which nothing is told unasked has nothing to do
        """Something about the printer may be different."""

    # --- what they have in common

    def _answer(self, answer: bytes) -> None:
        self._answers += self._spoil(answer)

    def _complain(self, offset: int, what: str) -> None:
        self.faults.append(ProtocolFault(offset, what))

    def _advance(self, row: bytes | None) -> None:
        """Move the paper by one row, with these dots on it."""
        self._paper.advance(row)
        self.condition.rows_left -= 1

    def _deliver(self, sheet: Sheet | None) -> None:
        if sheet is None:
            return
        self.sheets.append(sheet)
        if self._on_sheet is not None:
            self._on_sheet(sheet)


def make(language: Language, width: int, dpi: int, on_sheet: Callable[[Sheet], None] | None) -> PrinterModel:
    """A printer that speaks `language`, on line and with plenty of paper."""
    if language == "zpl":
        from kiosk.harness.zpl_printer import ZplPrinter  # noqa: PLC0415 - only one of the two is used

        return ZplPrinter(width, dpi, on_sheet=on_sheet)
    from kiosk.harness.escpos_printer import EscposPrinter  # noqa: PLC0415

    return EscposPrinter(width, dpi, on_sheet=on_sheet)
