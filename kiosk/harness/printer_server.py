"""A simulated printer on a wire of this machine, for a driver that cannot tell it from a real one."""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, Final, Self

from kiosk.clock import Clock, SystemClock
from kiosk.harness.byte_parser import ProtocolFault
from kiosk.harness.pace import Pace
from kiosk.harness.paper import Sheet
from kiosk.harness.printer_model import Language, make
from kiosk.harness.printer_wires import Tcp, Wire

_CHUNK: Final = 4096
#: Seconds between looks at the clock while a slow printer has rows to print.
_TICK: Final = 0.01


class SimulatedPrinter:
    """A context manager: inside it the printer is on, at `address`.

    `language`: what it speaks. `wire`: what it hangs on, else the TCP port `port` (0 is any free one), where one
    sender at a time is served and the next one's connection waits. `on_sheet` is called on the printer's thread.
    `clock` only paces a slow printer. Raises OSError when the port is taken.
    """

    def __init__(
        self,
        *,
        language: Language = "escpos",
        wire: Wire | None = None,
        port: int = 0,
        width: int = 576,
        dpi: int = 203,
        on_sheet: Callable[[Sheet], None] | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._wire = wire or Tcp(port)
        self._printer = make(language, width, dpi, on_sheet)
        self._changed = threading.Condition()
        self._pace = Pace(clock or SystemClock())
        self._waker: socket.socket | None = None
        self._stopping = False
        self._hang_up = False
        self._stopped = False
        self._to_send = b""

    # --- from outside, on any thread

    @property
    def address(self) -> str:
        """Where a driver finds it."""
        return self._wire.address

    @property
    def sheets(self) -> list[Sheet]:
        """The sheets so far, oldest first."""
        with self._changed:
            return list(self._printer.sheets)

    @property
    def faults(self) -> list[ProtocolFault]:
        """What it was sent and should not have been."""
        with self._changed:
            return list(self._printer.faults)

    def fault(self, name: str, **arguments: Any) -> None:
        """Let a fault of kiosk.harness.faults happen. Raises UsageError for one that is not there."""
        with self._changed:
            self._printer.fault(name, **arguments)
            self._hang_up |= name == "restart" and self._wire.connected
            self._wake()

    def repair(self) -> None:
        """All is well again; what waited goes on."""
        with self._changed:
            self._printer.repair()
            self._wake()

    def wait_for_sheet(self, number: int = 1, timeout: float = 10) -> Sheet:
        """Sheet `number`, when it is out. Raises TimeoutError after `timeout` seconds."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self._printer.sheets) >= number, timeout):
                raise TimeoutError(f"no sheet {number} within {timeout} s")
            return self._printer.sheets[number - 1]

    def __enter__(self) -> Self:
        self._wire.open()
        self._waker, self._woken = socket.socketpair()
        self._waker.setblocking(False)
        self._selector = selectors.DefaultSelector()
        self._thread = threading.Thread(target=self._run, name="simulated printer")
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._changed:
            self._stopping = True
            self._wake()
        self._thread.join()

    def _wake(self) -> None:
        self._changed.notify_all()
        if self._waker is not None:
            with contextlib.suppress(BlockingIOError):
                self._waker.send(b"\0")

    # --- on its own thread

    def _run(self) -> None:
        try:
            while not self._stopping:
                self._turn()
        finally:
            with self._changed:
                self._wire.close()
                self._woken.close()
                if self._waker is not None:
                    self._waker.close()
                self._waker = None
            self._selector.close()

    def _turn(self) -> None:
        with self._changed:
            self._choose_what_to_watch()
        ready = {key.fd: events for key, events in self._selector.select(self._patience())}
        with self._changed:
            if ready.pop(self._woken.fileno(), 0):
                self._woken.recv(_CHUNK)
            for descriptor, events in ready.items():
                if self._wire.ready(descriptor, events):
                    self._receive()
            self._pace.work(self._printer)
            self._hold_up()
            self._send()
            if self._hang_up or self._printer.condition.bytes_to_disconnect == 0:
                self._disconnect()
            self._changed.notify_all()

    def _patience(self) -> float | None:
        return _TICK if self._printer.busy else None

    def _choose_what_to_watch(self) -> None:
        watched = self._wire.watched(reading=self._printer.room > 0, writing=bool(self._to_send))
        for key in list(self._selector.get_map().values()):
            self._selector.unregister(key.fileobj)
        for descriptor, events in {self._woken.fileno(): selectors.EVENT_READ, **watched}.items():
            self._selector.register(descriptor, events)

    def _receive(self) -> None:
        until_cut_off = self._printer.condition.bytes_to_disconnect
        size = min(_CHUNK, self._printer.room, _CHUNK if until_cut_off is None else until_cut_off)
        data = self._wire.receive(size) if size else None
        if data is None:
            return
        if until_cut_off is not None:
            self._printer.condition.bytes_to_disconnect = until_cut_off - len(data)
        self._printer.receive(data)
        self._hang_up |= not data

    def _hold_up(self) -> None:
        if self._stopped != self._printer.condition.xoff:
            self._stopped = not self._stopped
            self._wire.stop(stopped=self._stopped)

    def _send(self) -> None:
        self._to_send += self._printer.take_answers()
        if not self._wire.connected:
            self._to_send = b""
        elif self._to_send:
            self._to_send = self._to_send[self._wire.send(self._to_send) :]

    def _disconnect(self) -> None:
        if self._wire.connected and self._printer.condition.bytes_to_disconnect == 0:
            self._printer.condition.bytes_to_disconnect = None
        self._hang_up = False
        self._wire.hang_up()
        self._to_send = b""
