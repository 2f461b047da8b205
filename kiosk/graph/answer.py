"""One answer of Graph's, as it came."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import msgspec

from kiosk.graph.errors import Trace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drivers.wire.secret import Secret


@dataclass(frozen=True, slots=True)
class Answer:
    """`headers` have lower-case names. `body` may hold a code's content or a PIN."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: Secret
    client_request_id: str = ""

    @property
    def ok(self) -> bool:
        """Whether Graph did what was asked."""
        return 200 <= self.status < 300  # noqa: PLR2004 - the class of the status

    @property
    def date(self) -> datetime | None:
        """Graph's clock when it answered, or None."""
        return _http_date(self.headers.get("date", ""))

    def retry_after(self, now: datetime) -> float | None:
        """Seconds Graph asks to wait, or None. It may say seconds or a date (RFC 9110, 10.2.3)."""
        said = self.headers.get("retry-after", "").strip()
        if re.fullmatch(r"[0-9]{1,6}", said):
            return float(said)
        when = _http_date(said)
        return None if when is None else max(0.0, (when - now).total_seconds())

    @property
    def error_codes(self) -> tuple[str, ...]:
        """`error.code` and the codes nested under it, outermost first, in lower case."""
        return tuple(code.lower() for code in _codes(self._error()))

    @property
    def segment_not_found(self) -> bool:
        """Whether this version of Graph lacks the path. Nothing but the message tells: the code is `BadRequest`."""
        message = self._error().get("message")
        return (
            self.status == 400  # noqa: PLR2004 - Bad Request
            and "badrequest" in self.error_codes
            and isinstance(message, str)
            and "resource not found for the segment" in message.lower()
        )

    @property
    def trace(self) -> Trace:
        """By what this answer is found again."""
        inner = _inner(self._error())
        return Trace(
            status=self.status,
            code=next(iter(_codes(self._error())), ""),
            request_id=_name(self.headers.get("request-id")) or _name(inner.get("request-id")),
            client_request_id=self.client_request_id,
            date=self.date,
        )

    def _error(self) -> Mapping[str, Any]:
        if self.ok:
            return {}
        try:
            said = msgspec.json.decode(self.body.reveal())
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            return {}
        error = said.get("error") if isinstance(said, dict) else None
        return error if isinstance(error, dict) else {}


def _inner(error: Mapping[str, Any]) -> Mapping[str, Any]:
    inner = error.get("innerError", error.get("innererror"))
    return inner if isinstance(inner, dict) else {}


def _codes(error: Mapping[str, Any]) -> list[str]:
    found: list[str] = []
    while error and len(found) < 4:  # noqa: PLR2004 - deeper than Graph nests
        found.append(_name(error.get("code")))
        error = _inner(error)
    return [code for code in found if code]


def _name(said: object) -> str:
    """A code or an id, if it looks like one: it will stand in logs."""
    return said if isinstance(said, str) and re.fullmatch(r"[A-Za-z0-9_.\-]{1,80}", said) else ""


def _http_date(said: str) -> datetime | None:
    try:
        when = parsedate_to_datetime(said)
        return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
