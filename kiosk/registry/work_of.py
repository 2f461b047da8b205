"""The work lists, as the station uses them: `registry.lists`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from kiosk.registry import work_lists
from kiosk.registry.states import ListKind, RowState
from kiosk.registry.work_lists import WorkList, WorkRow
from kiosk.registry.worker import Worker


class WorkLists:
    """Each method raises RegistryError as the Registry's do."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker

    async def open(
        self, list_id: str, kind: ListKind, people: Iterable[tuple[str, str]], *, at: datetime, by: str
    ) -> None:
        """Begin a list of (user id, UPN), in order, all waiting. Raises DuplicateError."""
        await self._worker.write(work_lists.open_list, list_id, kind, list(people), at=at, by=by)

    async def all(self) -> tuple[WorkList, ...]:
        """Every list, oldest first; `open` says whether anything is left to do."""
        return await self._worker.read(work_lists.lists)

    async def rows(self, list_id: str) -> tuple[WorkRow, ...]:
        """Every row of a list, in order."""
        return await self._worker.read(work_lists.rows, list_id)

    async def next(self, list_id: str, state: RowState = RowState.APPROVED) -> WorkRow | None:
        """The first row in `state`; for APPROVED, one that was left in progress goes first."""
        return await self._worker.read(work_lists.next_row, list_id, state)

    async def mark(
        self,
        list_id: str,
        user_id: str,
        state: RowState,
        *,
        at: datetime,
        reason: str = "",
        replacement: str | None = None,
        code_id: str | None = None,
        actor: str | None = None,
    ) -> WorkRow:
        """Note how far a row has come; returns it. Raises NotFoundError and RowStateError."""
        return await self._worker.write(
            work_lists.mark,
            list_id,
            user_id,
            state,
            at=at,
            reason=reason,
            replacement=replacement,
            code_id=code_id,
            actor=actor,
        )

    async def not_scanned(self, list_id: str | None = None) -> int:
        """How many badges are printed and not scanned back."""
        return await self._worker.read(work_lists.not_scanned, list_id)

    async def row_of_digest(self, digest: bytes) -> WorkRow | None:
        """The row whose printed badge has this digest."""
        return await self._worker.read(work_lists.row_of_digest, digest)
