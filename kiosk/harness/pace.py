"""How fast a printer prints: at once, or so many rows a second of a clock that is passed in."""

from __future__ import annotations

from kiosk.clock import Clock
from kiosk.harness.printer_model import PrinterModel


class Pace:
    """Lets a printer work as far as the time since it began allows."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._since: float | None = None

    def work(self, printer: PrinterModel) -> None:
        """Let it print what is due by now."""
        rate = printer.condition.rows_per_second
        if rate is None or not printer.busy:
            self._since = None
            printer.work()
        elif self._since is None:
            self._since = self._clock.monotonic()
        else:
            moved = printer.work(int((self._clock.monotonic() - self._since) * rate))
            # Fractions of a row are kept, by counting from when the last whole one was due.
            self._since += moved / rate if rate else 0
