"""What every simulated printer can do, whichever language it speaks: bytes in, answers and paper out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, Protocol, TypeAlias

from kiosk.harness.escpos_commands import ProtocolFault
from kiosk.harness.faults import Condition
from kiosk.harness.paper import Sheet

#: The languages.
Language: TypeAlias = Literal["escpos", "zpl"]


class PrinterModel(Protocol):
    """A printer without its wires. It knows no time and no sockets."""

    sheets: list[Sheet]
    faults: list[ProtocolFault]
    condition: Condition

    @property
    def room(self) -> int:
        """Bytes it takes before it makes the sender wait."""

    def receive(self, data: bytes) -> None:
        """Take bytes in. Nothing is printed before `work`."""

    def take_answers(self) -> bytes:
        """What it has to say, once."""

    def fault(self, name: str, **arguments: Any) -> None:
        """Let a fault of kiosk.harness.faults happen. Raises UsageError for one that is not there."""

    def repair(self) -> None:
        """All is well again."""

    @property
    def busy(self) -> bool:
        """There is something to do and nothing that prevents it."""

    def work(self, rows: int | None = None) -> int:
        """Carry out what is waiting, moving the paper by at most `rows` (None: no limit). Returns the rows moved."""


def make(language: Language, width: int, dpi: int, on_sheet: Callable[[Sheet], None] | None) -> PrinterModel:
    """A printer that speaks `language`, on line and with plenty of paper."""
    if language == "zpl":
        from kiosk.harness.zpl_printer import ZplPrinter  # noqa: PLC0415 - only one of the two is used

        return ZplPrinter(width, dpi, on_sheet=on_sheet)
    from kiosk.harness.escpos_printer import EscposPrinter  # noqa: PLC0415

    return EscposPrinter(width, dpi, on_sheet=on_sheet)
