"""Each audit entry's hash, sent out of the box as it is written: to the log and, when set, to syslog."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from logging.handlers import SysLogHandler
from pathlib import Path

import structlog

from kiosk.registry.audit import AuditEntry

_log = structlog.get_logger(__name__)


class Publisher:
    """`syslog`: a socket such as /dev/log, or HOST:PORT (UDP); empty for none. It never keeps a write from working.

    Lines hold chain, seq, hash and action, and nobody's name.
    """

    def __init__(self, syslog: str = "") -> None:
        self._address = syslog
        self._syslog: SysLogHandler | None = None

    def publish(self, entries: Iterable[AuditEntry]) -> None:
        """Send them out, in order. What fails is logged."""
        # Commands and tests that never set the log up have none, and structlog's own would print to their output.
        logs = structlog.is_configured()
        for entry in entries:
            if logs:
                _log.info("audit", chain=entry.chain, seq=entry.seq, hash=entry.hash, action=entry.action)
            if self._address:
                self._send(f"kiosk audit {entry.chain} {entry.seq}:{entry.hash} {entry.action}")

    def close(self) -> None:
        """Let go of the socket."""
        if self._syslog is not None:
            self._syslog.close()
            self._syslog = None

    def _send(self, line: str) -> None:
        try:
            if self._syslog is None:
                self._syslog = _Syslog(_address(self._address), facility=SysLogHandler.LOG_AUTHPRIV)
            self._syslog.emit(logging.makeLogRecord({"msg": line, "levelno": logging.INFO, "levelname": "INFO"}))
        except OSError as wrong:
            self.close()
            if structlog.is_configured():
                _log.warning("audit entry not sent to syslog", address=self._address, reason=wrong.strerror)


class _Syslog(SysLogHandler):
    def handleError(self, record: logging.LogRecord) -> None:  # noqa: ARG002, N802 - logging's name
        """Raise what went wrong, called in its except block."""
        raise  # noqa: PLE0704


def _address(text: str) -> str | tuple[str, int]:
    host, colon, port = text.rpartition(":")
    return text if Path(text).is_absolute() or not colon else (host, int(port))
