"""The paper of a scene: what came out of the printer, and what a decoder that is not the driver's reads on it."""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.harness.printer_server import SimulatedPrinter
from tests.replace.bench import read


class Printed:
    """The sheets since the scene began; put back, the badges there were then and the sheets since."""

    def __init__(self, printer: SimulatedPrinter) -> None:
        self._printer = printer
        self._read: list[bytes] = []
        self._sheets = len(printer.sheets)

    @property
    def number(self) -> int:
        """How many sheets the printer has put out."""
        return len(self._printer.sheets)

    def badges(self) -> list[bytes]:
        """What can be read on them, oldest first. Each sheet is read once."""
        sheets = self._printer.sheets
        for sheet in sheets[self._sheets :]:
            self._read.extend(read(sheet))
        self._sheets = len(sheets)
        return list(self._read)

    def put_back(self, badges: Sequence[bytes]) -> None:
        """Only these lie there."""
        self._read, self._sheets = list(badges), self.number
