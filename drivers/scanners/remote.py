"""A scanner's serial port on the network: `rfc2217://HOST:PORT` and `socket://HOST:PORT`."""

from __future__ import annotations

import os
import threading
import warnings
from contextlib import suppress
from queue import Empty, Full, Queue
from typing import Any, Final
from urllib.parse import urlsplit

import serial

from drivers.scanners.port import BlockedError, line_settings
from drivers.scanners.trouble import DeviceTroubleError
from drivers.wire.messages import Health
from drivers.wire.options import OptionError, SerialOptions

SCHEMES: Final = ("rfc2217://", "socket://")
#: Seconds between looks whether the driver is closing.
_TICK: Final = 0.2
_READ: Final = 4096
#: Chunks that may wait for the loop; the thread waits when it is behind.
_CHUNKS: Final = 64


class RemotePort:
    """Opens and reads in a thread, because pyserial's network ports block on both; `descriptor` is a bell."""

    ready = False

    def __init__(self, options: SerialOptions) -> None:
        """Raises OptionError for an address that is none."""
        self._url = options.device
        self._settings = line_settings(options)
        self._port = _unopened(options)
        self._news: Queue[bytes | DeviceTroubleError] = Queue(_CHUNKS)
        self._closing = threading.Event()
        self.descriptor, self._bell = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._thread = threading.Thread(target=self._run, name="serial port on the network", daemon=True)
        self._thread.start()

    def read(self) -> bytes:
        with suppress(BlockingIOError):
            os.read(self.descriptor, _READ)
        data = b""
        with suppress(Empty):
            while True:
                news = self._news.get_nowait()
                if isinstance(news, DeviceTroubleError):
                    raise news
                data += news
        return data

    def write(self, data: bytes) -> None:
        try:
            self._port.write(data)
        except serial.SerialTimeoutException:
            raise BlockedError from None
        except (serial.SerialException, OSError, AttributeError, TypeError, ValueError) as wrong:
            # The last three: the thread has hung up meanwhile, and pyserial goes on with no socket, or a closed one.
            raise _away(self._url, str(wrong)) from None

    def close(self) -> None:
        if not self._closing.is_set():
            self._closing.set()
            # Longer than pyserial takes to hang up. A thread that is still connecting is left behind.
            self._thread.join(_TICK * 4)
            os.close(self.descriptor)

    def _run(self) -> None:
        try:
            with warnings.catch_warnings():
                # pyserial 3.5 names its threads in a way that Python has deprecated.
                warnings.simplefilter("ignore", DeprecationWarning)
                self._port.open()
            self._tell(b"")
            while not self._closing.is_set():
                if data := self._port.read(max(1, min(_READ, self._port.in_waiting))):
                    self._tell(data)
        except (serial.SerialException, OSError, ValueError) as wrong:
            self._tell(_away(self._url, str(wrong)))
        finally:
            self._port.close()
            os.close(self._bell)

    def _tell(self, news: bytes | DeviceTroubleError) -> None:
        while not self._closing.is_set():
            try:
                self._news.put(news, timeout=_TICK)
            except Full:
                continue
            # Full means that it has been rung already.
            with suppress(BlockingIOError, BrokenPipeError):
                os.write(self._bell, b"!")
            return


def _unopened(options: SerialOptions) -> Any:
    try:
        where = urlsplit(options.device)
        # pyserial's own words after a ? would have it log what it reads.
        if not where.hostname or where.port is None or where.query:
            raise ValueError("it is rfc2217://HOST:PORT or socket://HOST:PORT")
        port: Any = serial.serial_for_url(options.device, do_not_open=True, timeout=_TICK)
        for name, value in line_settings(options).items():
            setattr(port, name, value)
        if options.device.startswith("socket://"):
            port.write_timeout = options.write_timeout
    except ValueError as wrong:
        raise OptionError(f"driver serial: {options.device!r}: {wrong}") from None
    return port


def _away(url: str, said: str) -> DeviceTroubleError:
    return DeviceTroubleError(
        Health(
            state="absent",
            reason=f"no serial port answers at {url}",
            hint="is the device server switched on, and its port set to this protocol?",
            evidence=said,
        )
    )
