"""A serial port through pyserial, which knows how to set its line; reading and writing is the stream's."""

from __future__ import annotations

import array
import errno
import fcntl
import os
import termios
from contextlib import suppress
from typing import Final, Literal

import serial

from drivers.transports import lock
from drivers.transports.stream import Device, Stream, TransportError

#: Who stops whom: the wires RTS and CTS, the bytes XON and XOFF, or nobody.
Flow = Literal["rts_cts", "xon_xoff", "none"]
_BITS_A_BYTE: Final = 10


def connect(path: str, baud: int, flow: Flow = "rts_cts") -> Stream:
    """The port at `path`, 8N1, taken for ourselves. Raises TransportError.

    Locked with flock before it is opened for use, and TIOCEXCL keeps out those who do not ask.
    """
    try:
        port = serial.Serial(
            path, baud, timeout=0, write_timeout=0, rtscts=flow == "rts_cts", xonxoff=flow == "xon_xoff"
        )
    except (serial.SerialException, ValueError) as wrong:
        raise _refused(path, wrong) from None
    descriptor = port.fileno()
    try:
        lock.take(descriptor, path)
    except TransportError:
        port.close()
        raise
    with suppress(OSError):
        fcntl.ioctl(descriptor, termios.TIOCEXCL)

    def close() -> None:
        with suppress(OSError):
            fcntl.ioctl(descriptor, termios.TIOCNXCL)
        port.close()

    return Stream(
        Device(
            descriptor,
            path,
            close,
            discard=lambda: _discard(descriptor),
            waiting=lambda: _queued(descriptor) * _BITS_A_BYTE / baud,
        )
    )


def _refused(path: str, wrong: Exception) -> TransportError:
    number = getattr(wrong, "errno", None)
    if number == errno.EBUSY:
        return lock.busy(path)
    hint = "its user must be in group dialout" if number == errno.EACCES else "is it plugged in?"
    said = os.strerror(number) if number else str(wrong)
    return TransportError(f"{path}: {said}", hint=hint, absent=True)


def _queued(descriptor: int) -> int:
    """Bytes taken by the kernel and not yet on the line."""
    count = array.array("i", [0])
    with suppress(OSError):
        fcntl.ioctl(descriptor, termios.TIOCOUTQ, count)
    return count[0]


def _discard(descriptor: int) -> None:
    # Closing a port waits for its output to leave, half a minute where the other side has stopped it.
    with suppress(termios.error):
        termios.tcflush(descriptor, termios.TCOFLUSH)
