"""The simulated serial scanner as a process: what is typed is scanned, what it is told is shown."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from kiosk.errors import UsageError
from kiosk.harness.desk_process import say
from kiosk.harness.desk_words import Heard, Ready, Refused
from kiosk.harness.leaving import open_to_signals, until_signalled
from kiosk.harness.serial_scanner import XOFF, XON, PtyPlug, Rfc2217Plug, SimulatedScanner

#: A line that begins so is what befalls the scanner; `!!` scans what follows the first.
_ORDER: Final = b"!"
_LONG: Final = 1 << 20


def run(at: Path | None, family: str, *, network: bool) -> None:
    """Scan each line of standard input until it ends, or until a signal. Raises UsageError, OSError."""
    with until_signalled() as stack:
        if network:
            plug: PtyPlug | Rfc2217Plug = Rfc2217Plug()
        else:
            plug = PtyPlug(_link(at or Path(stack.enter_context(tempfile.TemporaryDirectory())) / "scanner"))
        scanner = stack.enter_context(SimulatedScanner(plug, family, on_command=lambda command: say(Heard(command))))
        open_to_signals()
        say(Ready(scanner=scanner.address))
        for line in sys.stdin.buffer:
            try:
                obey(scanner, line.rstrip(b"\r\n"))
            except UsageError as wrong:
                say(Refused(str(wrong), wrong.hint))


def obey(scanner: SimulatedScanner, line: bytes) -> None:
    """Scan a line, or do what it orders. Raises UsageError for an order that is none."""
    if not line.startswith(_ORDER) or line.startswith(_ORDER * 2):
        scanner.scan(line.removeprefix(_ORDER) if line.startswith(_ORDER) else line)
        return
    order, _, rest = line[1:].partition(b" ")
    orders: dict[bytes, Callable[[], None]] = {
        b"unplug": scanner.unplug,
        b"plug": scanner.plug,
        b"show": lambda: scanner.show(rest),
        b"half": lambda: scanner.send(rest),
        b"xoff": lambda: scanner.send(XOFF),
        b"xon": lambda: scanner.send(XON),
        b"garbage": lambda: scanner.send(os.urandom(4096)),
        b"long": lambda: scanner.send(b"x" * _LONG),
    }
    if order not in orders:
        known = ", ".join(sorted("!" + name.decode() for name in orders))
        raise UsageError(f"no order {line.decode(errors='replace')!r}", hint=f"there are: {known}")
    orders[order]()


def _link(at: Path) -> Path:
    if at.exists() and not at.is_symlink():
        raise UsageError(f"{at} is there and is no link", hint="name another path for the scanner")
    return at
