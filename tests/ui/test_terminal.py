"""The screen on a real terminal: what is written to it, and how it is left."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path
from typing import Self

import pytest

from kiosk.errors import UsageError
from kiosk.ui.terminal import Output, own_terminal

ROOT = Path(__file__).parents[2]
SECONDS = 30.0
UP = b"Enter"  # the key line is drawn
LEFT_ALTERNATE_SCREEN, SHOWN_CURSOR = b"\x1b[?1049l", b"\x1b[?25h"


class Terminal:
    """A pseudo-terminal with the program of on_a_terminal.py in it."""

    def __init__(self, what: str, log: Path | None, *, columns: int = 80, rows: int = 25) -> None:
        self.master, self.slave = pty.openpty()
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.before = termios.tcgetattr(self.slave)
        self.seen = b""
        program = [sys.executable, "-W", "error", "-m", "tests.ui.on_a_terminal"]
        environment = {**os.environ, "TERM": "linux", "COLUMNS": "44", "LINES": "7"}
        environment.pop("COLORTERM", None)
        self.process = subprocess.Popen(
            [*program, what, *([str(log)] if log else [])],
            cwd=ROOT,
            stdin=self.slave,
            stdout=self.slave,
            stderr=self.slave,
            env=environment,
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *wrong: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.hang_up()
        os.close(self.slave)

    def until(self, wanted: bytes) -> bytes:
        """Read until `wanted` was written; gives all that was."""
        deadline = time.monotonic() + SECONDS
        while wanted not in self.seen:
            left = deadline - time.monotonic()
            assert left > 0, f"{wanted!r} did not come; this did: {self.seen!r}"
            if select.select([self.master], [], [], left)[0]:
                self.seen += os.read(self.master, 65536)
        return self.seen

    def type(self, keys: bytes) -> None:
        """Press keys."""
        os.write(self.master, keys)

    def end(self) -> int:
        """Wait for the program's end, reading what it writes."""
        deadline = time.monotonic() + SECONDS
        while self.process.poll() is None:
            assert time.monotonic() < deadline, f"it does not end; it wrote: {self.seen[-2000:]!r}"
            if self.master >= 0 and select.select([self.master], [], [], 0.05)[0]:
                self.seen += os.read(self.master, 65536)
        while self.master >= 0 and select.select([self.master], [], [], 0)[0]:
            self.seen += os.read(self.master, 65536)
        return self.process.returncode

    def hang_up(self) -> None:
        """Close our end."""
        if self.master >= 0:
            os.close(self.master)
            self.master = -1

    @property
    def restored(self) -> bool:
        """The mode is as it was, the normal screen is back, and so is the cursor."""
        return (
            termios.tcgetattr(self.slave) == self.before
            and self.seen.rindex(LEFT_ALTERNATE_SCREEN) > self.seen.rindex(b"\x1b[?1049h")
            and self.seen.rindex(SHOWN_CURSOR) > self.seen.rindex(b"\x1b[?25l")
        )


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "kiosk.log"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_end_leaves_the_terminal_as_it_was(log: Path, number: signal.Signals) -> None:
    with Terminal("show", log) as terminal:
        terminal.until(UP)
        assert not termios.tcgetattr(terminal.slave)[3] & termios.ICANON, "it is in use"
        terminal.process.send_signal(number)

        assert terminal.end() == 0
        assert terminal.restored
        assert b"left with 0" in terminal.seen


def test_the_quit_key_leaves_with_0_and_the_keys_of_textual_do_not(log: Path) -> None:
    with Terminal("show", log) as terminal:
        terminal.until(UP)
        terminal.type(b"\x11\x03\x10\x1c\x1a\x1b[3~ABC\x11DEF")
        terminal.type(b"\r")
        terminal.until(b"Dismissed.")
        terminal.type(b"q")

        assert terminal.end() == 0
        assert terminal.restored


def test_a_crash_shows_no_variables_on_the_terminal_and_none_in_the_log(log: Path) -> None:
    """Textual would print the values of local variables; a token could be one."""
    with Terminal("crash", log) as terminal:
        terminal.until(UP)
        terminal.type(b"\r")

        assert terminal.end() == 1
        assert terminal.restored
        assert b"left with 1" in terminal.seen
        assert b"Traceback" not in terminal.seen
        assert b"Secretname" not in terminal.seen
    told = log.read_text()
    assert "Traceback (most recent call last)" in told
    assert "no words for refusal.there-are-no-words-for-this" in told
    assert "Secretname" not in told


def test_without_a_log_a_crash_is_told_after_the_screen_is_gone() -> None:
    with Terminal("crash", None) as terminal:
        terminal.until(UP)
        terminal.type(b"\r")

        assert terminal.end() == 1
        assert terminal.restored
        assert terminal.seen.index(b"Traceback (most") > terminal.seen.rindex(LEFT_ALTERNATE_SCREEN)
        assert b"Secretname" not in terminal.seen


def test_what_anything_else_writes_goes_to_the_log_and_never_over_the_screen(log: Path) -> None:
    with Terminal("noise", log) as terminal:
        terminal.until(UP)
        terminal.type(b"\r")
        terminal.until(b"This badge works")
        terminal.process.terminate()

        assert terminal.end() == 0
        assert b"noise" not in terminal.seen
        assert b"left with 0" in terminal.seen, "stdout is the terminal again"
    assert sorted(line for line in log.read_text().splitlines() if "noise" in line) == [
        "noise of a C library on stderr",
        "noise of a C library on stdout",
        "noise of print",
        "noise of print to stderr",
    ]


def test_a_terminal_that_hangs_up_ends_the_program(log: Path) -> None:
    """Nothing waits for a writer that can write no more."""
    with Terminal("show", log) as terminal:
        terminal.until(UP)
        terminal.hang_up()

        # 120 is Python's own for a standard output that cannot be flushed any more.
        assert terminal.end() in (0, 1, 120)


def test_what_is_written_after_that_is_lost_without_an_error() -> None:
    """Textual's writing thread would end, and the screen wait for it for ever."""
    master, slave = pty.openpty()
    output = Output(slave)
    output.write("seen")
    os.close(master)

    assert output.write("lost") == 4
    os.close(slave)


def test_the_size_is_the_terminals_own(log: Path) -> None:
    """Not that of stdout, which is a file by then, and not $COLUMNS."""
    with Terminal("show", log, columns=132, rows=43) as terminal:
        terminal.until(UP)
        written = terminal.seen.decode(errors="replace")
        rows = {int(row) for row in re.findall(r"\x1b\[(\d+);\d+H", written)}

        assert max(rows) == 43
        assert "It did not work out".center(128).rstrip()[:70] in re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", written)


def test_a_console_is_sent_only_its_eight_colours(log: Path) -> None:
    """It draws bright letters as bold ones and has no bright backgrounds; more colours are beyond it."""
    with Terminal("show", log) as terminal:
        terminal.until(UP)
        codes = {code for found in re.findall(rb"\x1b\[([\d;]*)m", terminal.seen) for code in found.split(b";")}

        assert b"41" in codes, "the banner of a failure is red"
        assert not {int(code) for code in codes if code} & {38, 48, *range(90, 98), *range(100, 108)}


def test_a_screen_needs_a_terminal() -> None:
    read, write = os.pipe()
    kept = [os.dup(number) for number in (0, 1, 2)]
    try:
        for number in (0, 1, 2):
            os.dup2(read if number == 0 else write, number)
        with pytest.raises(UsageError, match="needs a terminal"), own_terminal(None):
            pass
    finally:
        for number, before in enumerate(kept):
            os.dup2(before, number)
        for descriptor in (read, write, *kept):
            os.close(descriptor)
