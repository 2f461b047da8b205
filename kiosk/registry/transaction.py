"""Writes that belong together, collected first and then done in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial

from kiosk.registry import recorded
from kiosk.registry.audit import Writing
from kiosk.registry.codes import IssuedCode
from kiosk.registry.details import Details
from kiosk.registry.journal import Order
from kiosk.registry.leases import Lease
from kiosk.registry.states import CodeState


class Transaction:
    """What `Registry.transaction` hands out. Each method notes a write; none is done before the block ends.

    The writes are done in the order they were noted. Errors, the same as those of the Registry's methods of the
    same names, come from the end of the block.
    """

    def __init__(self, station: str) -> None:
        self._station = station
        self._writes: list[Callable[[Writing], object]] = []

    def add_code(self, code: IssuedCode, *, actor: str | None = None) -> None:
        """See Registry.add_code."""
        self._writes.append(partial(recorded.add_code, code=code, actor=actor))

    def change_state(
        self,
        code_id: str,
        state: CodeState,
        *,
        at: datetime,
        reason: str,
        replaced_by: str | None = None,
        actor: str | None = None,
    ) -> None:
        """See Registry.change_state."""
        values = {"at": at, "reason": reason, "replaced_by": replaced_by, "actor": actor}
        self._writes.append(partial(recorded.change_state, code_id=code_id, state=state, **values))  # type: ignore[arg-type]

    def open_replacement(
        self, replacement: str, *, user_id: str, reason: str, at: datetime, order: Order | None = None
    ) -> None:
        """See Registry.open_replacement."""
        order = order or Order()
        order = order if order.station else replace(order, station=self._station)
        self._writes.append(
            lambda writing: recorded.open_replacement(
                writing, replacement, user_id=user_id, reason=reason, at=at, order=order
            )
        )

    def intend(
        self, replacement: str, step: str, at: datetime, details: Details, *, lease: Lease | None = None
    ) -> None:
        """See Registry.intend."""
        kept = dict(details)
        self._writes.append(lambda writing: recorded.intend(writing, replacement, step, at, kept, lease=lease))

    def outcome(self, replacement: str, step: str, at: datetime, result: str, details: Details) -> None:
        """See Registry.outcome."""
        kept = dict(details)
        self._writes.append(
            lambda writing: recorded.outcome(writing, replacement, step, at, result=result, details=kept)
        )

    def close_replacement(self, replacement: str, *, at: datetime, result: str) -> None:
        """See Registry.close_replacement."""
        self._writes.append(partial(recorded.close_replacement, replacement=replacement, at=at, result=result))

    def check_lease(self, lease: Lease, at: datetime) -> None:
        """See Registry.check_lease: nothing of the transaction is done by who has lost the lease."""
        self._writes.append(lambda writing: recorded.check_lease(writing, lease, at=at))

    def note(
        self,
        action: str,
        *,
        at: datetime,
        actor: str | None = None,
        subject: str | None = None,
        details: Details | None = None,
    ) -> None:
        """See Registry.note."""
        kept = dict(details or {})
        self._writes.append(
            lambda writing: recorded.note(writing, action, at=at, actor=actor, subject=subject, details=kept)
        )

    def carry_out(self, writing: Writing) -> None:
        """Do what was noted, inside the caller's transaction."""
        for write in self._writes:
            write(writing)
