"""The journal of one replacement: nothing is done that was not written down first, and nothing without the lease."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Final

import structlog

from kiosk.graph.errors import GraphError, OutcomeUnknown
from kiosk.registry import Detail, Lease, LeaseLostError, Order, RegistryError, this_process
from kiosk.registry.audit import RESUMED
from kiosk.replace.assignment import Assignment
from kiosk.replace.paper import PrintUnknownError
from kiosk.replace.plan import Step

#: Longer than anybody is waited for. The lease of a process that died is broken at once, by its process id.
LEASE_SECONDS: Final = 3600.0

log = structlog.get_logger(__name__)

Work = Callable[[], Awaitable[Mapping[str, Detail]]]


class Journal:
    """Writes for one replacement. `begin` it, and `end` it however it went.

    `dispensable`: the bridge is printed because nothing can be written any more. A worker waits, and the bridge is in
    the journal since it was made: what cannot be noted of its paper is done all the same.
    """

    def __init__(self, replacement: str, asked: Assignment) -> None:
        self.id = replacement
        self._asked = asked
        self._registry = asked.use.registry
        self._clock = asked.use.clock
        self._lease: Lease | None = None
        self.dispensable = False

    async def begin(self) -> None:
        """Take the person's lease, and open the journal unless it is open. Raises LeaseHeldError, RegistryError."""
        asked, registry, now = self._asked, self._registry, self._clock.now()
        lease = await registry.take_lease(asked.plan.user_id, this_process(self.id), now, LEASE_SECONDS)
        try:
            await self._open(lease.fence)
        except BaseException:
            await registry.release(lease)
            raise
        self._lease = lease

    async def end(self) -> None:
        """Give the lease back. One that cannot be given back ends with this process."""
        if self._lease:
            with suppress(RegistryError):
                await self._registry.release(self._lease)

    async def close(self, result: str) -> None:
        """Nothing more is to be done. Raises RegistryError."""
        await self._registry.close_replacement(self.id, at=self._clock.now(), result=result)

    async def step(self, step: Step, details: Mapping[str, Detail], work: Work) -> None:
        """Note what is about to be done, do it, note what came of it.

        Raises what `work` does, and RegistryError: LeaseLostError when somebody else has taken over.
        """
        assert self._lease is not None, "begun before anything is done"
        now = self._clock.now()
        with self.written():
            self._lease = await self._registry.renew(self._lease, now, LEASE_SECONDS)
            await self._registry.intend(self.id, step, now, details, lease=self._lease)
        try:
            result = await work()
        except Exception as wrong:
            said = "unknown" if isinstance(wrong, PrintUnknownError | OutcomeUnknown) else "failed"
            with self.written():
                await self._registry.outcome(self.id, step, self._clock.now(), said, _why(wrong))
            raise
        with self.written():
            await self._registry.outcome(self.id, step, self._clock.now(), "done", result)

    @contextmanager
    def written(self) -> Iterator[None]:
        """What is written inside is on disk, or the step does not go on; unless that is `dispensable`."""
        try:
            yield
        except LeaseLostError:
            raise
        except RegistryError as wrong:
            if not self.dispensable:
                raise
            log.warning("not written down", replacement=self.id, error=type(wrong).__name__)

    async def _open(self, fence: int) -> None:
        asked, now = self._asked, self._clock.now()
        approver, second = (*asked.approvers, None, None)[:2]
        if asked.resumed:
            await self._registry.note(
                RESUMED,
                at=now,
                actor=approver,
                subject=asked.plan.user_id,
                details={"replacement": self.id, "situation": asked.resumed.recovery.situation, "fence": fence},
            )
            return
        order = Order(
            kind=asked.plan.kind,
            station=asked.use.stationery.station.name,
            approver=approver,
            second_approver=second,
            plan=asked.plan.steps,
            remove=asked.plan.old,
            fence=fence,
        )
        await self._registry.open_replacement(
            self.id, user_id=asked.plan.user_id, reason=asked.plan.reason, at=now, order=order
        )


def _why(wrong: Exception) -> Mapping[str, Detail]:
    named: dict[str, Detail] = {"error": type(wrong).__name__}
    if isinstance(wrong, GraphError) and wrong.request_id:
        named["graph_request_id"] = wrong.request_id
    return named
