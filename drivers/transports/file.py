"""A file that takes the bytes a printer would get, for harness and development. What they show is then on disk."""

from __future__ import annotations

import os

from drivers.transports import lock
from drivers.transports.stream import Device, Stream, TransportError


def connect(path: str) -> Stream:
    """Append to the file at `path`, made readable to its owner alone. Nothing is ever heard of it.

    Raises TransportError.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as wrong:
        raise TransportError(f"{path}: {wrong.strerror}", hint="can it be made there?", absent=True) from None
    try:
        lock.take(descriptor, path)
    except TransportError:
        os.close(descriptor)
        raise
    return Stream(Device(descriptor, path, lambda: os.close(descriptor), hears=False))
