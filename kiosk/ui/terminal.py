"""The terminal is the screen's alone: its own descriptor for it, and stdout and stderr out of the way."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, cast

from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver

from kiosk.errors import UsageError

#: Those Textual's driver handles and does not give back.
_HANDLED: Final = (signal.SIGTSTP, signal.SIGCONT, signal.SIGWINCH)


class Output:
    """Writes to one descriptor, unbuffered. Once the terminal has hung up, what is written is lost.

    Textual writes from a thread of its own and waits for ever for one that an OSError has ended.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def write(self, text: str) -> int:
        """Write all of it."""
        left = text.encode("utf-8", "replace")
        with suppress(OSError):
            while left:
                left = left[os.write(self._descriptor, left) :]
        return len(text)

    def flush(self) -> None:
        """Nothing is held back."""

    def fileno(self) -> int:
        """The descriptor."""
        return self._descriptor


@contextmanager
def own_terminal(log_file: Path | None) -> Iterator[type[Driver]]:
    """Give a driver that draws on this terminal, while stdout and stderr go to `log_file`.

    Without one, what would go to the terminal goes nowhere, and what is redirected already stays so. Raises
    UsageError when there is no terminal or the log cannot be written.
    """
    terminal = next((number for number in (2, 1) if os.isatty(number)), None)
    if terminal is None or not os.isatty(0):
        raise UsageError("the screen needs a terminal", hint="run it on one, without redirecting it")
    log = _open(log_file)
    screen = os.dup(terminal)
    saved = {number: os.dup(number) for number in (1, 2) if log_file or os.isatty(number)}
    try:
        _flush()
        for number in saved:
            os.dup2(log, number)
        with _signals_kept():
            yield _driver_on(screen)
    finally:
        _flush()
        for number, before in saved.items():
            os.dup2(before, number)
        for number in (log, screen, *saved.values()):
            os.close(number)


@contextmanager
def leave_on_signals(leave: Callable[[], None]) -> Iterator[None]:
    """Call `leave` on SIGTERM and SIGHUP, which would end the process and leave the terminal as it is."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, leave)
    try:
        yield
    finally:
        for number in (signal.SIGTERM, signal.SIGHUP):
            loop.remove_signal_handler(number)


def report(crash: str, log_file: Path | None) -> None:
    """Write a traceback to the log; to stderr where there is none."""
    if log_file is None:
        sys.stderr.write(crash)
        return
    with log_file.open("a", encoding="utf-8") as log:
        log.write(crash)


def _open(log_file: Path | None) -> int:
    try:
        return os.open(log_file or os.devnull, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
    except OSError as wrong:
        raise UsageError(f"{log_file}: {wrong.strerror}", hint="the log must be in a folder that exists") from None


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()


@contextmanager
def _signals_kept() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in _HANDLED}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _driver_on(screen: int) -> type[Driver]:
    class TerminalDriver(LinuxDriver):
        """Textual's driver, on a descriptor of our own instead of fd 2."""

        def __init__(self, *args: Any, **keywords: Any) -> None:
            super().__init__(*args, **keywords)
            # Private to Textual (a test guards it).
            self._file = cast(Any, Output(screen))

        def _get_terminal_size(self) -> tuple[int, int]:
            # Textual's own asks stdout, which is the log now, and believes $COLUMNS first.
            size = os.get_terminal_size(screen)
            return size.columns or 80, size.lines or 25

    return TerminalDriver
