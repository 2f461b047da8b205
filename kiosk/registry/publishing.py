"""Each audit entry's hash, sent out of the box as it is written: to the log and, when set, to syslog."""

from __future__ import annotations

import errno
import math
import socket
import time
from collections.abc import Callable, Iterable
from logging.handlers import SysLogHandler
from pathlib import Path
from typing import Any, Final

import structlog

from kiosk.registry.audit import AuditEntry

#: RFC 3164's number before each line: facility authpriv, severity informational.
_PRIORITY: Final = SysLogHandler.LOG_AUTHPRIV << 3 | SysLogHandler.LOG_INFO
#: Seconds that a syslog which takes nothing just now is waited for. After once in vain, not at all until it does.
_PATIENCE: Final = 0.5
#: Seconds until a name that could not be resolved is looked up again: how long that takes is not ours to say.
_NAMELESS: Final = 60.0

_log = structlog.get_logger(__name__)


class Publisher:
    """`syslog`: a socket such as /dev/log, or HOST:PORT (UDP); empty for none. It never keeps a write from working.

    Lines hold chain, seq, hash and action, and nobody's name.
    """

    def __init__(self, syslog: str = "", now: Callable[[], float] = time.monotonic) -> None:
        self._address = syslog
        self._syslog: socket.socket | None = None
        self._patience = _PATIENCE
        self._now = now
        self._not_before = -math.inf

    def publish(self, entries: Iterable[AuditEntry]) -> None:
        """Send them out, in order. What fails is logged."""
        # Commands and tests that never set the log up have none, and structlog's own would print to their output.
        logs = structlog.is_configured()
        for entry in entries:
            if logs:
                _log.info("audit", chain=entry.chain, seq=entry.seq, hash=entry.hash, action=entry.action)
            if self._address and self._now() >= self._not_before:
                self._send(f"kiosk audit {entry.chain} {entry.seq}:{entry.hash} {entry.action}")

    def close(self) -> None:
        """Let go of the socket."""
        if self._syslog is not None:
            self._syslog.close()
            self._syslog = None

    def _send(self, line: str) -> None:
        # The NUL ends a line where the socket is a stream; elsewhere it is passed over.
        packet = f"<{_PRIORITY}>{line}\0".encode()
        try:
            try:
                self._deliver(packet)
            except ConnectionError:
                # It was started anew behind the same name.
                self.close()
                self._deliver(packet)
        except OSError as wrong:
            self.close()
            self._patience = 0.0
            if isinstance(wrong, socket.gaierror):
                self._not_before = self._now() + _NAMELESS
            if structlog.is_configured():
                reason = wrong.strerror or "it takes nothing"
                _log.warning("audit entry not sent to syslog", address=self._address, reason=reason)
        else:
            self._patience = _PATIENCE

    def _deliver(self, packet: bytes) -> None:
        if self._syslog is None:
            self._syslog = _connected(self._address, self._patience)
        self._syslog.settimeout(self._patience)
        self._syslog.sendall(packet)


def _connected(address: str, seconds: float) -> socket.socket:
    """A socket for whole lines; a stream may take `seconds` to be connected to. Raises OSError."""
    host, colon, port = address.rpartition(":")
    if not Path(address).is_absolute() and colon:
        family, kind, _, _, where = socket.getaddrinfo(host, int(port), type=socket.SOCK_DGRAM)[0]
        return _connect(family, kind, where, seconds)
    try:
        return _connect(socket.AF_UNIX, socket.SOCK_DGRAM, address, seconds)
    except OSError as wrong:
        if wrong.errno != errno.EPROTOTYPE:
            raise
        return _connect(socket.AF_UNIX, socket.SOCK_STREAM, address, seconds)


def _connect(family: int, kind: int, where: Any, seconds: float) -> socket.socket:
    made = socket.socket(family, kind)
    made.settimeout(seconds)
    try:
        made.connect(where)
    except OSError:
        made.close()
        raise
    return made
