"""A printer that is a file: the bytes that were sent there, drawn as the paper they would have made."""

from __future__ import annotations

from pathlib import Path

from kiosk.errors import KioskError
from kiosk.harness import desk_words as words
from kiosk.harness.desk_process import make_folder, say
from kiosk.harness.printer_model import Language, PrinterModel, make


def printed(data: bytes, language: Language, width: int, dpi: int) -> PrinterModel:
    """The printer after it has worked off `data`: its sheets, and what it should not have been sent."""
    printer = make(language, width, dpi, None)
    printer.receive(data)
    printer.work()
    return printer


def run(file: Path, keep: Path | None, language: Language, width: int, dpi: int) -> None:
    """Draw what is in `file`, and tell of each sheet on stdout. Raises KioskError, also for what no printer takes."""
    try:
        data = file.read_bytes()
    except OSError as wrong:
        raise KioskError(f"{file}: {wrong.strerror}") from None
    make_folder(keep)
    printer = printed(data, language, width, dpi)
    for sheet in printer.sheets:
        if keep is not None:
            (keep / f"paper-{sheet.number}.png").write_bytes(sheet.png())
        say(words.Printed(sheet.number, sheet.torn))
    if printer.faults:
        first = printer.faults[0]
        raise KioskError(f"{file}: {len(printer.faults)} faults; the first at byte {first.offset}: {first.what}")
