"""The other way in for supervisors: their own badge, and a PIN of this station."""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from drivers.wire.messages import Code
from drivers.wire.secret import Secret
from kiosk.badge.content import Badge, parse
from kiosk.badge.verdict import WORKING, Judgement
from kiosk.checking import Checker
from kiosk.clock import Clock
from kiosk.registry import Registry
from kiosk.state import SupervisorView

log = structlog.get_logger(__name__)


class ByBadge:
    """Where the station has a credential of its own, which then acts. What they may is judged at each approval."""

    def __init__(self, checker: Checker, registry: Registry, clock: Clock) -> None:
        self._checker = checker
        self._registry = registry
        self._clock = clock

    async def whose(self, codes: Sequence[Code]) -> SupervisorView | None:
        """The supervisor whose badge this is; None unless Graph says that it works now. Raises RegistryError."""
        known = {each.user_id.lower() for each in await self._registry.supervisors.all()}
        read = [badge for code in codes if isinstance(badge := parse(code.content), Badge)]
        issued = [await self._registry.code_by_digest(badge.digest) for badge in read]
        if not any(code and code.user_id.lower() in known for code in issued):
            return None
        checked = await self._checker.check(codes)
        if checked.person is None or not _works(checked.judgement) or checked.person.user_id.lower() not in known:
            return None
        return SupervisorView(checked.person.user_id, checked.person.display_name, by_badge=True)

    async def try_pin(self, supervisor: SupervisorView, pin: Secret) -> bool:
        """Whether it is theirs. Forgets it. Raises PinDelayedError, RegistryError."""
        try:
            return await self._registry.supervisors.try_pin(supervisor.user_id, pin, at=self._clock.now())
        finally:
            pin.forget()


def _works(judgement: Judgement) -> bool:
    return judgement.verdict in WORKING
