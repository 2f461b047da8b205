"""What an administrator made or deleted, noted in this machine's registry, by which badges are judged."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from kiosk.badge.content import digest
from kiosk.badge.kind import CodeKind
from kiosk.config import Config
from kiosk.errors import KioskError
from kiosk.graph.models import QrCode, User
from kiosk.registry import CodeState, IssuedCode, Registry, RegistryError

ADMINISTRATOR: Final = "administrator"


class NotNotedError(KioskError):
    """It was done in Graph, and could not be noted here."""


def issued_code(user: User, kind: CodeKind, code: QrCode, *, digest: bytes, at: datetime, station: str) -> IssuedCode:
    """A code that an administrator made, as the registry keeps it. `digest`: of what its badge says."""
    return IssuedCode(
        code_id=code.id,
        user_id=user.id,
        upn=user.user_principal_name,
        display_name=user.display_name or "",
        kind=kind,
        digest=digest,
        issued_at=at,
        start_at=code.start,
        expire_at=code.expire,
        station=station,
        changed_at=at,
        reason=ADMINISTRATOR,
    )


async def note_issued(config: Config, user: User, kind: CodeKind, code: QrCode, *, at: datetime) -> None:
    """Enter a code just made, by the digest of its content. Nothing to do where there is no registry.

    Raises NotNotedError.
    """
    assert code.image is not None, "a code just created has its image"
    if not config.registry_path.exists():
        return
    seen = digest(code.image.raw_content.reveal())
    issued = issued_code(user, kind, code, digest=seen, at=at, station=config.station.name)
    try:
        async with Registry.open(config.registry_path, station=config.station.name, syslog=config.syslog) as registry:
            await registry.add_code(issued)
    except RegistryError as wrong:
        raise NotNotedError(
            f"the code was made in Graph, but not noted here: {wrong}",
            hint="this station will say of its badge that the tenant knows it, and will not replace it",
        ) from None


async def note_revoked(config: Config, code_ids: Iterable[str], *, at: datetime) -> None:
    """Mark those of the codes that were issued here. Nothing to do where there is no registry.

    Raises NotNotedError.
    """
    if not config.registry_path.exists():
        return
    try:
        async with Registry.open(config.registry_path, station=config.station.name, syslog=config.syslog) as registry:
            for code_id in code_ids:
                if await registry.code(code_id):
                    await registry.change_state(code_id, CodeState.REVOKED, at=at, reason=ADMINISTRATOR)
    except RegistryError as wrong:
        raise NotNotedError(
            f"it was deleted in Graph, but not noted here: {wrong}",
            hint="while Graph cannot be reached, this station still takes the badge for good",
        ) from None
