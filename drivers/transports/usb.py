"""USB through the kernel's usblp: `/dev/usb/lpN`, read and written like a file.

Neither libusb nor a detached kernel driver: those reset the printer whenever it is opened.
"""

from __future__ import annotations

import errno
import os

from drivers.transports.stream import Stream, TransportError

_HINTS = {
    errno.EACCES: "the driver's user must be in group lp",
    errno.EBUSY: "another program holds it",
    errno.ENOENT: "is it plugged in and switched on?",
}


def connect(path: str) -> Stream:
    """The printer at device node `path`. Raises TransportError."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    except OSError as wrong:
        raise TransportError(
            f"{path}: {wrong.strerror}", hint=_HINTS.get(wrong.errno or 0, ""), absent=wrong.errno == errno.ENOENT
        ) from None
    return Stream(descriptor, path, lambda: os.close(descriptor))
