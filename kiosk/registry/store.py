"""The registry as the station uses it: asynchronous, with every call on one thread of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Concatenate, Literal, ParamSpec, Self, TypeVar

from sqlalchemy import Connection

from kiosk.registry import codes, journal
from kiosk.registry.codes import IssuedCode
from kiosk.registry.connection import BUSY_MS, damaged, known_errors, transaction
from kiosk.registry.journal import Details, OpenReplacement
from kiosk.registry.opening import open_registry
from kiosk.registry.states import CodeState
from kiosk.registry.transaction import Transaction

P = ParamSpec("P")
T = TypeVar("T")


class Registry:
    """One registry file. Use it as `async with Registry.open(path) as registry`.

    The event loop never waits for the disk. Calls are done one after another, in the order they were made. A write
    has reached the disk (fsync) when its call returns. A call that is cancelled may have been done or not, but
    never in part. Every method raises RegistryError when the file cannot be read or written, and ValueError for a
    time without a zone; then nothing of that call was written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="registry")
        self._connection: Connection | None = None

    @classmethod
    @asynccontextmanager
    async def open(cls, path: Path, *, read_only: bool = False, busy_ms: int = BUSY_MS) -> AsyncIterator[Self]:
        """Open the file at `path`; see `opening.open_registry` for what is created, upgraded and refused.

        `read_only`: nothing is created or upgraded, and every write raises RegistryError. `busy_ms`: how long a
        call waits for another process's write.
        """
        registry = cls(path)
        try:
            await registry._on_thread(registry._connect, read_only, busy_ms)
            yield registry
        finally:
            closed = asyncio.get_running_loop().run_in_executor(registry._thread, registry._disconnect)
            registry._thread.shutdown(wait=False)
            # Shielded: a cancelled station closes its file like any other.
            await asyncio.shield(closed)

    # Codes

    async def add_code(self, code: IssuedCode) -> None:
        """Keep an issued code. Raises DuplicateError when its id or its digest is known already."""
        await self._write(codes.add, code)

    async def code(self, code_id: str) -> IssuedCode | None:
        """The code with Graph's id `code_id`, in whatever case it is written."""
        return await self._read(codes.find, code_id)

    async def code_by_digest(self, digest: bytes) -> IssuedCode | None:
        """The code whose content has this 32-byte digest."""
        return await self._read(codes.find_by_digest, digest)

    async def codes_of(self, user_id: str) -> tuple[IssuedCode, ...]:
        """Every code ever issued to a user, newest first."""
        return await self._read(codes.of_user, user_id)

    async def change_state(
        self, code_id: str, state: CodeState, *, at: datetime, reason: str, replaced_by: str | None = None
    ) -> None:
        """Note a code's new state. Without `replaced_by`, what was noted there stays. Raises NotFoundError."""
        await self._write(codes.change_state, code_id, state, at=at, reason=reason, replaced_by=replaced_by)

    async def counts(self) -> dict[CodeState, int]:
        """How many codes are in each state; every state is named."""
        return await self._read(codes.counts)

    # Journal

    async def open_replacement(self, replacement: str, *, user_id: str, reason: str, at: datetime) -> None:
        """Begin a replacement under an id of the caller's. Raises DuplicateError when the id was used before."""
        await self._write(journal.open_replacement, replacement, user_id=user_id, reason=reason, at=at)

    async def intend(self, replacement: str, step: str, at: datetime, details: Details) -> int:
        """Note that a step is about to be done; returns the entry's seq. To be awaited before the step is begun.

        `details` are ids, digests in hex, times as text and states; never content, never a PIN. Raises TypeError
        for a detail of another type (a Secret, bytes) and NotFoundError when the replacement is not open.
        """
        return await self._write(journal.intend, replacement, step, at, details)

    async def outcome(self, replacement: str, step: str, at: datetime, result: str, details: Details) -> int:
        """Note what became of a step; returns the entry's seq. Raises as `intend` does."""
        return await self._write(journal.outcome, replacement, step, at, result=result, details=details)

    async def close_replacement(self, replacement: str, *, at: datetime, result: str) -> None:
        """End a replacement. Raises NotFoundError when it is not open."""
        await self._write(journal.close_replacement, replacement, at=at, result=result)

    async def unfinished(self) -> tuple[OpenReplacement, ...]:
        """Every replacement that is open, oldest first, each with its entries in the order they were written."""
        return await self._read(journal.unfinished)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """Several writes, all or none: they are collected in the block and done, in one transaction, at its end.

        No lock is held while the block runs, so it may await anything. A block that raises writes nothing.
        """
        collected = Transaction()
        yield collected
        await self._write(collected.carry_out)

    # The thread

    async def _read(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._on_thread(self._in_transaction, "DEFERRED", lambda opened: work(opened, *args, **kwargs))

    async def _write(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._on_thread(self._in_transaction, "IMMEDIATE", lambda opened: work(opened, *args, **kwargs))

    async def _on_thread(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, lambda: work(*args, **kwargs))

    def _connect(self, read_only: bool, busy_ms: int) -> None:  # noqa: FBT001 - named by `open`
        self._connection = open_registry(self._path, read_only=read_only, busy_ms=busy_ms)

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _in_transaction(self, kind: Literal["IMMEDIATE", "DEFERRED"], work: Callable[[Connection], T]) -> T:
        assert self._connection is not None, "the registry is not open"
        try:
            with known_errors(self._path), transaction(self._connection, kind) as opened:
                return work(opened)
        except ValueError:
            if kind == "DEFERRED":  # a read brings no values of its own: what makes no sense is in the file
                raise damaged(self._path) from None
            raise
