"""Taking over the sockets systemd opened for this process: sd_listen_fds(3)."""

from __future__ import annotations

import os
import re
import socket
import stat
from collections.abc import MutableMapping
from typing import Final

#: The first descriptor handed over; the others follow it.
_FIRST: Final = 3
_COUNT: Final = re.compile("[1-9][0-9]{0,3}")
_VARIABLES: Final = ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "LISTEN_PIDFDID")


class NotActivatedError(Exception):
    """This process was handed no socket. `str` says what was missing."""


def activation_sockets(environ: MutableMapping[str, str] = os.environ) -> list[socket.socket]:
    """The sockets systemd handed over, at least one, in the order of the socket unit; blocking and close-on-exec.

    The variables that announce them are removed from `environ`, so that no child takes them for its own; a second
    call therefore raises. Raises NotActivatedError when there are none, or when they are for another process.
    """
    announced = {name: environ.pop(name) for name in _VARIABLES if name in environ}
    descriptors = range(_FIRST, _FIRST + _count(announced))
    for descriptor in descriptors:
        _claim(descriptor)
    return [_socket(descriptor) for descriptor in descriptors]


def _count(announced: dict[str, str]) -> int:
    if "LISTEN_PID" not in announced or "LISTEN_FDS" not in announced:
        raise NotActivatedError("no socket was handed over: LISTEN_PID and LISTEN_FDS are not both set")
    if announced["LISTEN_PID"] != str(os.getpid()):
        raise NotActivatedError(f"the sockets are for process {announced['LISTEN_PID']}, this is {os.getpid()}")
    count = announced["LISTEN_FDS"]
    if not _COUNT.fullmatch(count):
        raise NotActivatedError(f"LISTEN_FDS is {count!r}, not a number of sockets")
    return int(count)


def _claim(descriptor: int) -> None:
    try:
        is_socket = stat.S_ISSOCK(os.fstat(descriptor).st_mode)
        os.set_inheritable(descriptor, False)
    except OSError as wrong:
        raise NotActivatedError(f"descriptor {descriptor} was announced but is not there: {wrong.strerror}") from None
    if not is_socket:
        raise NotActivatedError(f"descriptor {descriptor} was announced as a socket and is none")


def _socket(descriptor: int) -> socket.socket:
    handed_over = socket.socket(fileno=descriptor)
    handed_over.setblocking(True)
    return handed_over
