"""A simulated printer at a TCP port of this machine, for a driver that cannot tell it from a real one."""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, Final, Self

from kiosk.clock import Clock, SystemClock
from kiosk.harness.escpos_commands import ProtocolFault
from kiosk.harness.escpos_printer import EscposPrinter
from kiosk.harness.pace import Pace
from kiosk.harness.paper import Sheet

_HOST: Final = "127.0.0.1"
_CHUNK: Final = 4096
#: Seconds between looks at the clock while a slow printer has rows to print.
_TICK: Final = 0.01


class SimulatedPrinter:
    """A context manager: inside it the printer is on, at `address` ("tcp:127.0.0.1:PORT"; port 0 is any free one).

    One sender at a time; the next one's connection waits until the first has gone. `on_sheet` is called on the
    printer's thread. `clock` only paces a slow printer. Raises OSError when the port is taken.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        width: int = 576,
        dpi: int = 203,
        on_sheet: Callable[[Sheet], None] | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._port = port
        self._printer = EscposPrinter(width, dpi, on_sheet=on_sheet)
        self._changed = threading.Condition()
        self._pace = Pace(clock or SystemClock())
        self._waker: socket.socket | None = None
        self._stopping = False
        self._hang_up = False
        self._client: socket.socket | None = None
        self._to_send = b""

    # --- from outside, on any thread

    @property
    def address(self) -> str:
        """Where a driver finds it."""
        return f"tcp:{_HOST}:{self._port}"

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
            self._hang_up |= name == "restart" and self._client is not None
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
        self._listener = socket.create_server((_HOST, self._port), backlog=8)
        self._listener.setblocking(False)
        self._port = self._listener.getsockname()[1]
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
                self._drop_client()
                self._listener.close()
                self._woken.close()
                if self._waker is not None:
                    self._waker.close()
                self._waker = None
            self._selector.close()

    def _turn(self) -> None:
        with self._changed:
            self._choose_what_to_watch()
        ready = {key.fileobj: events for key, events in self._selector.select(self._patience())}
        with self._changed:
            if self._woken in ready:
                self._woken.recv(_CHUNK)
            if self._listener in ready:
                self._accept()
            if self._client is not None and ready.get(self._client, 0) & selectors.EVENT_READ:
                self._receive(self._client)
            self._pace.work(self._printer)
            self._send()
            if self._hang_up or self._printer.condition.bytes_to_disconnect == 0:
                self._disconnect()
            self._changed.notify_all()

    def _patience(self) -> float | None:
        return _TICK if self._printer.busy else None

    def _choose_what_to_watch(self) -> None:
        wanted: dict[socket.socket, int] = {self._woken: selectors.EVENT_READ}
        if self._client is None:
            wanted[self._listener] = selectors.EVENT_READ
        else:
            reading = selectors.EVENT_READ if self._printer.room else 0
            wanted[self._client] = reading | (selectors.EVENT_WRITE if self._to_send else 0)
        for key in list(self._selector.get_map().values()):
            self._selector.unregister(key.fileobj)
        for watched, events in wanted.items():
            if events:
                self._selector.register(watched, events)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            self._client, _ = self._listener.accept()
            self._client.setblocking(False)

    def _receive(self, client: socket.socket) -> None:
        until_cut_off = self._printer.condition.bytes_to_disconnect
        size = min(_CHUNK, self._printer.room, _CHUNK if until_cut_off is None else until_cut_off)
        try:
            data = client.recv(size)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if until_cut_off is not None:
            self._printer.condition.bytes_to_disconnect = until_cut_off - len(data)
        self._printer.receive(data)
        if not data and size:
            self._hang_up = True

    def _send(self) -> None:
        self._to_send += self._printer.take_answers()
        if self._client is None:
            self._to_send = b""
        elif self._to_send:
            with contextlib.suppress(OSError):
                self._to_send = self._to_send[self._client.send(self._to_send) :]

    def _disconnect(self) -> None:
        if self._client is not None and self._printer.condition.bytes_to_disconnect == 0:
            self._printer.condition.bytes_to_disconnect = None
        self._hang_up = False
        self._drop_client()

    def _drop_client(self) -> None:
        if self._client is not None:
            self._client.close()
        self._client = None
        self._to_send = b""
