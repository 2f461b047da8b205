"""The desk as a process: commands on stdin, events on stdout, a printer at a TCP port, a camera in a FIFO."""

from __future__ import annotations

import contextlib
import os
import queue
import selectors
import socket
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kiosk.clock import Clock, SystemClock
from kiosk.errors import KioskError, UsageError
from kiosk.harness import desk_words as words
from kiosk.harness.desk import Desk
from kiosk.harness.frame_stream import FrameStream
from kiosk.harness.leaving import open_to_signals, until_signalled
from kiosk.harness.paper import Sheet
from kiosk.harness.printer_model import Language
from kiosk.harness.printer_server import SimulatedPrinter
from kiosk.harness.texture import jpeg

_STDIN, _STDOUT = 0, 1
_CHUNK: Final = 65536
#: Bytes a command may have.
_LONGEST: Final = 65536


@dataclass(frozen=True)
class Options:
    """`camera`: where the FIFO is to be, or None for a folder of its own. `keep`: a folder for pictures, if any."""

    camera: Path | None = None
    keep: Path | None = None
    port: int = 0
    width: int = 576
    dpi: int = 203
    fps: float = 10.0
    seed: int = 0
    language: Language = "escpos"


def make_folder(keep: Path | None) -> None:
    """Make the folder for pictures, if one is named. Raises KioskError."""
    if keep is None:
        return
    try:
        keep.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise KioskError(f"cannot make the folder {keep}: {error.strerror}") from None


def say(event: words.Event) -> None:
    """Write one event, whole. Raises BrokenPipeError when nobody listens."""
    unsent = words.line(event)
    while unsent:
        unsent = unsent[os.write(_STDOUT, unsent) :]


def run(options: Options) -> None:
    """Be the desk until told to quit, until stdin closes, or until a signal. Raises KioskError, OSError."""
    make_folder(options.keep)
    with until_signalled() as stack, contextlib.suppress(BrokenPipeError):
        process = _Process(options, SystemClock(), stack)
        open_to_signals()
        process.serve()


class _Process:
    """The desk and what it is wired to; one loop over all of it."""

    def __init__(self, options: Options, clock: Clock, stack: contextlib.ExitStack) -> None:
        self._clock = clock
        self._between_frames = 1 / options.fps
        self._next_frame = clock.monotonic()
        self._typed = b""
        self._done = False
        self._fresh: queue.SimpleQueue[Sheet] = queue.SimpleQueue()
        self._bell, self._rung = socket.socketpair()
        stack.callback(self._bell.close)
        stack.callback(self._rung.close)
        path = options.camera
        if path is None:
            path = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kiosk-desk-"))) / "camera.mjpeg"
        self._stream = FrameStream(path)
        stack.callback(self._stream.close)
        printer = SimulatedPrinter(
            language=options.language,
            port=options.port,
            width=options.width,
            dpi=options.dpi,
            on_sheet=self._cut,
        )
        self._printer = stack.enter_context(printer)
        self._desk = Desk(printer, clock=clock, seed=options.seed, keep=options.keep)

    def _cut(self, sheet: Sheet) -> None:
        """On the printer's thread."""
        self._fresh.put(sheet)
        self._bell.send(b"\0")

    def serve(self) -> None:
        """Until somebody says quit or stdin closes."""
        say(words.Ready(self._printer.address, str(self._stream.path)))
        while not self._done:
            for readable in self._wait():
                if readable == self._rung.fileno():
                    self._tell_of_sheets()
                elif readable == _STDIN:
                    self._listen()
            self._desk.tick()
            self._show()

    def _wait(self) -> list[int]:
        """What is ready, or nothing when something is due."""
        # poll, unlike epoll, takes a plain file for stdin.
        with selectors.PollSelector() as selector:
            selector.register(_STDIN, selectors.EVENT_READ)
            selector.register(self._rung, selectors.EVENT_READ)
            if self._stream.unsent is not None:
                selector.register(self._stream.unsent, selectors.EVENT_WRITE)
            due = self._desk.due()
            frame = max(0.0, self._next_frame - self._clock.monotonic())
            return [key.fd for key, _ in selector.select(frame if due is None else min(frame, due))]

    def _tell_of_sheets(self) -> None:
        for _ in self._rung.recv(_CHUNK):
            say(self._desk.printed(self._fresh.get()))

    def _listen(self) -> None:
        heard = os.read(_STDIN, _CHUNK)
        *lines, rest = (self._typed + heard).split(b"\n")
        for line in lines:
            if line.strip() and not self._done:
                self._obey(line)
        # Of a line that is too long, enough is kept to know it by.
        self._typed = rest[: _LONGEST + 1]
        self._done = self._done or not heard

    def _obey(self, line: bytes) -> None:
        try:
            if len(line) > _LONGEST:
                raise UsageError("not a command: longer than any there is")
            command = words.parse(line)
            say(self._desk.obey(command))
            self._done = isinstance(command, words.Quit)
        except KioskError as error:
            say(words.Refused(str(error), error.hint))

    def _show(self) -> None:
        self._stream.push()
        now = self._clock.monotonic()
        if now >= self._next_frame:
            self._stream.offer(lambda: jpeg(self._desk.frame()))
            self._next_frame = now + self._between_frames
