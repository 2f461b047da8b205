"""What was asked of the tenant: enough to see what a client did, and nothing that is secret."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

_KEPT: Final = 10_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One request, without query, body and token. `status` is None where the connection was dropped unanswered."""

    method: str
    path: str
    status: int | None
    request_id: str
    client_request_id: str | None
    time: datetime

    def to_json(self) -> dict[str, Any]:
        """The entry as the door gives it."""
        return {
            "method": self.method,
            "path": self.path,
            "status": self.status,
            "request_id": self.request_id,
            "client_request_id": self.client_request_id,
            "time": self.time.isoformat(),
        }


@dataclass(slots=True)
class Journal:
    """The last ten thousand requests, oldest first."""

    entries: deque[Entry] = field(default_factory=lambda: deque(maxlen=_KEPT))

    def note(self, entry: Entry) -> None:
        """Add an entry."""
        self.entries.append(entry)
