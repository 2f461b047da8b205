"""The simulated printer alone, as a process."""

from __future__ import annotations

import contextlib
import queue
from pathlib import Path

from kiosk.harness import desk_words as words
from kiosk.harness.desk_process import make_folder, say
from kiosk.harness.leaving import open_to_signals, until_signalled
from kiosk.harness.paper import Sheet
from kiosk.harness.printer_model import Language
from kiosk.harness.printer_server import SimulatedPrinter
from kiosk.harness.printer_wires import Wire


def run(language: Language, wire: Wire, keep: Path | None, width: int, dpi: int) -> None:
    """Print what comes, and tell of each sheet on stdout, until a signal. Raises KioskError, OSError."""
    make_folder(keep)
    fresh: queue.SimpleQueue[Sheet] = queue.SimpleQueue()
    with until_signalled() as stack, contextlib.suppress(BrokenPipeError):
        printer = stack.enter_context(
            SimulatedPrinter(language=language, wire=wire, width=width, dpi=dpi, on_sheet=fresh.put)
        )
        open_to_signals()
        say(words.Ready(printer.address))
        while True:
            sheet = fresh.get()
            if keep is not None:
                (keep / f"paper-{sheet.number}.png").write_bytes(sheet.png())
            say(words.Printed(sheet.number, sheet.torn))
