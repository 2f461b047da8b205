"""What an administrator deleted, noted in this machine's registry, by which badges are judged when Graph is away."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from kiosk.config import Config
from kiosk.errors import KioskError
from kiosk.registry import CodeState, Registry, RegistryError


class NotNotedError(KioskError):
    """It was done in Graph, and could not be noted here."""


async def note_revoked(config: Config, code_ids: Iterable[str], *, at: datetime) -> None:
    """Mark those of the codes that were issued here. Nothing to do where there is no registry.

    Raises NotNotedError.
    """
    if not config.registry_path.exists():
        return
    try:
        async with Registry.open(config.registry_path) as registry:
            for code_id in code_ids:
                if await registry.code(code_id):
                    await registry.change_state(code_id, CodeState.REVOKED, at=at, reason="administrator")
    except RegistryError as wrong:
        raise NotNotedError(
            f"it was deleted in Graph, but not noted here: {wrong}",
            hint="while Graph cannot be reached, this station still takes the badge for good",
        ) from None
