"""Writes that belong together, collected first and then done in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from kiosk.registry import codes, journal
from kiosk.registry.codes import IssuedCode
from kiosk.registry.journal import Details
from kiosk.registry.states import CodeState


class Transaction:
    """What `Registry.transaction` hands out. Each method notes a write; none is done before the block ends.

    The writes are done in the order they were noted. Errors, the same as those of the Registry's methods of the
    same names, come from the end of the block.
    """

    def __init__(self) -> None:
        self._writes: list[Callable[[Connection], object]] = []

    def add_code(self, code: IssuedCode) -> None:
        """See Registry.add_code."""
        self._writes.append(partial(codes.add, code=code))

    def change_state(
        self, code_id: str, state: CodeState, *, at: datetime, reason: str, replaced_by: str | None = None
    ) -> None:
        """See Registry.change_state."""
        self._writes.append(
            partial(codes.change_state, code_id=code_id, state=state, at=at, reason=reason, replaced_by=replaced_by)
        )

    def open_replacement(self, replacement: str, *, user_id: str, reason: str, at: datetime) -> None:
        """See Registry.open_replacement."""
        self._writes.append(
            partial(journal.open_replacement, replacement=replacement, user_id=user_id, reason=reason, at=at)
        )

    def intend(self, replacement: str, step: str, at: datetime, details: Details) -> None:
        """See Registry.intend."""
        self._writes.append(partial(journal.intend, replacement=replacement, step=step, at=at, details=dict(details)))

    def outcome(self, replacement: str, step: str, at: datetime, result: str, details: Details) -> None:
        """See Registry.outcome."""
        self._writes.append(
            partial(journal.outcome, replacement=replacement, step=step, at=at, result=result, details=dict(details))
        )

    def close_replacement(self, replacement: str, *, at: datetime, result: str) -> None:
        """See Registry.close_replacement."""
        self._writes.append(partial(journal.close_replacement, replacement=replacement, at=at, result=result))

    def carry_out(self, connection: Connection) -> None:
        """Do what was noted, inside the caller's transaction."""
        for write in self._writes:
            write(connection)
