"""Forgetting who it was: by request, and by age. The chain stays, and stays verifiable."""

from __future__ import annotations

from datetime import datetime

from kiosk.registry import audit
from kiosk.registry.audit import Writing, append


def erase(writing: Writing, user_id: str, *, at: datetime, actor: str | None = None) -> int:
    """Drop a person's mentions and say how many were dropped, without saying whose. Returns how many."""
    dropped = audit.erase(writing.connection, user_id)
    append(writing, "person_erased", at=at, actor=actor, details={"mentions": dropped})
    return dropped


def retain(writing: Writing, *, at: datetime, days: int) -> int:
    """Drop the mentions in entries older than `days`, and say so where there were any. Returns how many."""
    dropped = audit.expire_people(writing.connection, at=at, days=days)
    if dropped:
        append(writing, "people_expired", at=at, details={"mentions": dropped, "days": days})
    return dropped
