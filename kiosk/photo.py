"""The worker's picture for a badge, which is made all the same where there is none to be had."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import structlog

from kiosk.graph.errors import GraphError
from kiosk.stationery import Stationery

log = structlog.get_logger(__name__)

#: The picture of the person with this id, as it was uploaded; None where there is none. Raises GraphError.
AskPhoto = Callable[[str], Awaitable[bytes | None]]


async def photo_of(user_id: str, ask: AskPhoto, stationery: Stationery) -> tuple[bytes | None, str]:
    """Their picture where this site's badges have one, and what there is to say where it could not be had."""
    if not stationery.photos:
        return None, ""
    try:
        return await ask(user_id), ""
    except GraphError as wrong:
        log.warning("a badge is made without its photo", error=type(wrong).__name__)
        return None, f"without a photo: {wrong}"
