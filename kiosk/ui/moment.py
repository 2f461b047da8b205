"""Dates and times, as people at the station say them."""

from __future__ import annotations

from datetime import datetime, tzinfo

from kiosk.i18n import words


def minute(moment: datetime, zone: tzinfo | None) -> str:
    """Date and time in `zone`; None is the machine's own zone."""
    there = moment.astimezone(zone)
    return words(
        "date.minute", day=there.day, month=words(f"month.{there.month}"), year=there.year, time=f"{there:%H:%M}"
    )
