"""Telling systemd how this process is: sd_notify(3), one datagram a message.

Without `NOTIFY_SOCKET`, or when systemd does not listen, every call does nothing: a program says how it is and works
the same by hand.
"""

from __future__ import annotations

import contextlib
import os
import re
import socket
from collections.abc import Mapping
from typing import Final

#: Seconds a message may wait for a service manager that is busy, before it is dropped.
_PATIENCE: Final = 1.0
#: A 64-bit number as systemd writes it.
_NUMBER: Final = re.compile("[0-9]{1,20}")


class Notifier:
    """Messages to the service manager. No method raises.

    `interval` is how often, in seconds, `watchdog` must be called: half of what the unit's `WatchdogSec=` allows. It
    is None when no watchdog waits for this process.
    """

    def __init__(self, address: str | None = None, *, interval: float | None = None) -> None:
        self._address = _address(address) if address else None
        self.interval = interval if self._address else None

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Notifier:
        """The notifier systemd asked for with NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID; else a silent one."""
        return cls(environ.get("NOTIFY_SOCKET"), interval=_interval(environ))

    def ready(self) -> None:
        """Start-up is finished: what is ordered after the unit may start."""
        self._send("READY=1")

    def watchdog(self) -> None:
        """The work goes on. To be called only by what does the work."""
        self._send("WATCHDOG=1")

    def status(self, text: str) -> None:
        """One line for `systemctl status`. Line breaks in it become spaces. Never a secret: anyone may read it."""
        self._send("STATUS=" + " ".join(text.split()))

    def stopping(self) -> None:
        """The process is about to leave on purpose."""
        self._send("STOPPING=1")

    def _send(self, assignment: str) -> None:
        if self._address is None:
            return
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.settimeout(_PATIENCE)
            sender.sendto(assignment.encode(errors="replace"), self._address)


def _address(text: str) -> bytes | None:
    # A leading @ stands for the NUL byte of an abstract address. Other families (vsock) are for virtual machines.
    if text.startswith("@"):
        return b"\0" + os.fsencode(text[1:])
    return os.fsencode(text) if text.startswith("/") else None


def _interval(environ: Mapping[str, str]) -> float | None:
    # sd_watchdog_enabled(3): an inherited WATCHDOG_USEC is meant for another process when WATCHDOG_PID says so.
    if environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return None
    microseconds = environ.get("WATCHDOG_USEC", "")
    return int(microseconds) / 2_000_000 or None if _NUMBER.fullmatch(microseconds) else None
