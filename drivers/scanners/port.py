"""A scanner's serial port: one of this machine's, or one on the network."""

from __future__ import annotations

import array
import errno
import fcntl
import os
import select
import termios
import time
from contextlib import suppress
from typing import Final, Protocol

import serial

from drivers.scanners import trouble
from drivers.wire.options import SerialOptions

_READ: Final = 4096
_PARITY: Final = {"none": "N", "even": "E", "odd": "O", "mark": "M", "space": "S"}


class BlockedError(Exception):
    """The scanner takes no bytes now."""


class Port(Protocol):
    """An open port, or one that is being opened."""

    #: Readable when there is something to `read`.
    descriptor: int
    #: Whether it is open already; else its first `read` tells.
    ready: bool

    def read(self) -> bytes:
        """What has come, without waiting. Raises DeviceTroubleError when the port is lost."""

    def write(self, data: bytes) -> None:
        """Send a command. Raises BlockedError, DeviceTroubleError."""

    def close(self) -> None:
        """Let go. Doing it twice is fine."""


def line_settings(options: SerialOptions) -> dict[str, object]:
    """What pyserial calls the options that both kinds of port have."""
    return {
        "baudrate": options.baud,
        "bytesize": options.bytesize,
        "parity": _PARITY[options.parity],
        "stopbits": options.stopbits,
        "rtscts": options.flow == "rts_cts",
        "xonxoff": options.flow == "xon_xoff",
    }


class LocalPort:
    """A port of this machine, taken for ourselves: flock(2) for who asks, TIOCEXCL for who does not."""

    ready = True

    def __init__(self, options: SerialOptions) -> None:
        """Raises DeviceTroubleError."""
        self._path = options.device
        self._patience = options.write_timeout
        self._port = _open(options)
        self.descriptor = self._port.fileno()
        with suppress(OSError):
            fcntl.ioctl(self.descriptor, termios.TIOCEXCL)

    def read(self) -> bytes:
        try:
            data = os.read(self.descriptor, _READ)
        except BlockingIOError:
            return b""
        except OSError as wrong:
            raise trouble.lost(self._path, os.strerror(wrong.errno or errno.EIO)) from None
        if not data and self._hung_up():
            raise trouble.lost(self._path, "hung up")
        return data

    def write(self, data: bytes) -> None:
        deadline = time.monotonic() + self._patience
        view = memoryview(data)
        while view:
            if not select.select([], [self.descriptor], [], max(0.0, deadline - time.monotonic()))[1]:
                self._forget_output()
                raise BlockedError
            try:
                view = view[os.write(self.descriptor, view) :]
            except BlockingIOError:
                continue
            except OSError as wrong:
                raise trouble.lost(self._path, os.strerror(wrong.errno or errno.EIO)) from None

    def close(self) -> None:
        if self._port.is_open:
            self._see_output_off()
            with suppress(OSError):
                fcntl.ioctl(self.descriptor, termios.TIOCNXCL)
            self._port.close()

    def _hung_up(self) -> bool:
        poll = select.poll()
        poll.register(self.descriptor, 0)
        return bool(poll.poll(0))

    def _see_output_off(self) -> None:
        # The last command is to leave; but closing would wait half a minute for it where the line is stopped.
        deadline = time.monotonic() + self._patience
        while waiting := _queued(self.descriptor):
            if time.monotonic() >= deadline:
                self._forget_output()
                return
            time.sleep(min(0.01, waiting / self._port.baudrate))

    def _forget_output(self) -> None:
        # Half a command would begin the next one.
        with suppress(termios.error):
            termios.tcflush(self.descriptor, termios.TCOFLUSH)


def _queued(descriptor: int) -> int:
    """Bytes taken by the kernel and not yet on the line."""
    count = array.array("i", [0])
    with suppress(OSError):
        fcntl.ioctl(descriptor, termios.TIOCOUTQ, count)
    return count[0]


def _open(options: SerialOptions) -> serial.Serial:
    path = options.device
    try:
        return serial.Serial(path, timeout=0, write_timeout=0, exclusive=True, **line_settings(options))  # type: ignore[arg-type]
    except serial.SerialException as wrong:
        # pyserial's own number, or that of the error it was raised for; it has none where a terminal was asked for.
        number = wrong.errno or getattr(wrong.__context__, "errno", None)
        said = "it is no serial port" if isinstance(wrong.__context__, termios.error) else str(wrong)
        raise trouble.explain(path, number, group="dialout", said=said) from None
    except termios.error as wrong:
        raise trouble.explain(path, wrong.args[0], group="dialout") from None
    except (ValueError, OSError) as wrong:
        raise trouble.explain(path, None, group="dialout", said=str(wrong)) from None
