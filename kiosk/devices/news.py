"""What of a device's health is news to the log: once when it is lost, once when it is back."""

from __future__ import annotations

from typing import Final

import structlog

from drivers.wire.messages import Health

_WORDS: Final = {"absent": "device lost", "fault": "device in trouble", "ok": "device there"}

log = structlog.get_logger(__name__)


class News:
    """Told of every health of one device; logs those that say something new.

    A device that stays away is lost once, however often its driver is started in vain and in whatever words it says
    so. That nobody knows yet is no news.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._last: tuple[str, str] | None = None

    def of(self, health: Health) -> None:
        """Log it, if it is news."""
        if health.state == "unknown":
            return
        now = (health.state, health.reason if health.state == "fault" else "")
        if now == self._last:
            return
        self._last = now
        say = log.info if health.state == "ok" else log.warning
        say(_WORDS[health.state], device=self._name, reason=health.reason, hint=health.hint, evidence=health.evidence)
