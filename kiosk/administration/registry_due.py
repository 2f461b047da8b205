"""Whose standard code ends soon, of those issued here and of those only known of."""

from __future__ import annotations

from datetime import datetime

from kiosk.badge.kind import CodeKind
from kiosk.registry import CodeElsewhere, IssuedCode, Registry
from kiosk.registry.states import ENDED_CODES


async def due(registry: Registry, *, at: datetime, until: datetime) -> tuple[IssuedCode | CodeElsewhere, ...]:
    """Codes that may be in somebody's hand and expire after `at`, until `until`; soonest first."""
    here = await registry.expiring(at=at, until=until)
    others = [
        code
        for code in await registry.codes_elsewhere()
        if code.kind is CodeKind.STANDARD and code.state not in ENDED_CODES and at < code.expire_at <= until
    ]
    known = {code.code_id for code in here}
    found: list[IssuedCode | CodeElsewhere] = [*here, *(code for code in others if code.code_id not in known)]
    return tuple(sorted(found, key=lambda code: (code.expire_at, code.code_id)))
