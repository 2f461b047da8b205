"""A serial port through pyserial, which knows how to set its line; reading and writing is the stream's."""

from __future__ import annotations

import serial

from drivers.transports.stream import Stream, TransportError


def connect(path: str, baud: int) -> Stream:
    """The port at `path`, 8N1, RTS/CTS flow control, taken for ourselves. Raises TransportError."""
    try:
        port = serial.Serial(path, baud, timeout=0, write_timeout=0, rtscts=True, exclusive=True)
    except (serial.SerialException, ValueError) as wrong:
        raise TransportError(
            f"{path}: {wrong}", hint="is it plugged in, and its user in group dialout?", absent=True
        ) from None
    return Stream(port.fileno(), path, port.close)
