"""The one thread that speaks to the database, and its transactions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Concatenate, Final, ParamSpec, Self, TypeVar

from sqlalchemy import Connection

from kiosk.registry import salvage
from kiosk.registry.audit import Writing, chain_of
from kiosk.registry.connection import BUSY_MS, damaged, empty_log, known_errors, transaction
from kiosk.registry.errors import DamagedError, RegistryError
from kiosk.registry.opening import open_registry
from kiosk.registry.publishing import Publisher
from kiosk.registry.salvage import Salvage

P = ParamSpec("P")
T = TypeVar("T")

#: The chain of whoever names no station: a command, a test.
STATION: Final = "station"


class Worker:
    """Reads and writes of one file, one after another, in the order in which they were asked for."""

    def __init__(self, path: Path, station: str, syslog: str) -> None:
        self._path = path
        self._station = station
        self._chain = station
        self._publisher = Publisher(syslog)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="registry")
        self._connection: Connection | None = None
        #: What was saved of a damaged file, when this one had to be begun anew at `open`.
        self.begun_anew: Salvage | None = None

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        path: Path,
        *,
        read_only: bool = False,
        busy_ms: int = BUSY_MS,
        station: str = STATION,
        syslog: str = "",
        mend_at: datetime | None = None,
    ) -> AsyncIterator[Self]:
        """Open the file at `path`; see `opening.open_registry` for what is created, upgraded and refused.

        `read_only`: nothing is created or upgraded, and every write raises RegistryError. `busy_ms`: how long a
        call waits for another process's write. `station`: whose chain of the audit is written to. `syslog`: where
        each entry's hash goes besides the log, see `Publisher`. `mend_at`: the time now; a damaged file is then set
        aside and a new one begun with what can be read of it, see `begun_anew`; without it, it is refused.
        """
        worker = cls(path, station, syslog)
        try:
            await worker._on_thread(worker._connect, read_only, busy_ms, mend_at)
            yield worker
        finally:
            closed = asyncio.get_running_loop().run_in_executor(worker._thread, worker._disconnect)
            worker._thread.shutdown(wait=False)
            # Shielded: a cancelled station closes its file like any other.
            await asyncio.shield(closed)

    @property
    def set_aside(self) -> tuple[Path, ...]:
        """The damaged files that lie beside this one, oldest first."""
        return salvage.aside(self._path)

    async def read(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do `work` on one consistent state."""
        return await self._on_thread(self._reading, lambda opened: work(opened, *args, **kwargs))

    async def write(self, work: Callable[Concatenate[Writing, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do `work` whole or not at all; it is on the disk when this returns."""
        return await self._on_thread(self._writing, lambda writing: work(writing, *args, **kwargs))

    async def empty_log(self) -> None:
        """Bring all that was written into the file itself, so that nothing older is left in the log beside it.

        Where another process is reading meanwhile, the last of them to close the file does it.
        """
        await self._on_thread(self._empty_log)

    async def elsewhere(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do `work`, which needs no database and takes a while, on a thread that is not the database's."""
        return await asyncio.to_thread(work, *args, **kwargs)

    async def _on_thread(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, lambda: work(*args, **kwargs))

    def _connect(self, read_only: bool, busy_ms: int, mend_at: datetime | None) -> None:  # noqa: FBT001
        mend_at = None if read_only else mend_at
        try:
            self._connection = open_registry(self._path, read_only=read_only, busy_ms=busy_ms)
        except DamagedError:
            if mend_at is None:
                raise
            self._set_aside(mend_at)
            self._connection = open_registry(self._path, busy_ms=busy_ms)
        if mend_at is not None:
            self._take_over(mend_at)
        self._chain = self._reading(lambda opened: chain_of(opened, self._station))

    def _set_aside(self, at: datetime) -> None:
        try:
            salvage.set_aside(self._path, at)
        except OSError as error:
            raise RegistryError(f"the damaged registry {self._path} was not set aside: {error.strerror}") from None

    def _take_over(self, at: datetime) -> None:
        """From each file that was set aside, once: also when the station was stopped before it came to that."""
        for kept in salvage.aside(self._path):
            if self._reading(partial(salvage.is_taken_over, damaged=kept)):
                continue
            self.begun_anew = self._writing(partial(salvage.take_over, damaged=kept, station=self._station, at=at))

    def _disconnect(self) -> None:
        self._publisher.close()
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _empty_log(self) -> None:
        assert self._connection is not None, "the registry is not open"
        with known_errors(self._path):
            empty_log(self._connection)

    def _reading(self, work: Callable[[Connection], T]) -> T:
        assert self._connection is not None, "the registry is not open"
        try:
            with known_errors(self._path), transaction(self._connection, "DEFERRED") as opened:
                return work(opened)
        except ValueError:
            # A read brings no values of its own: what makes no sense is in the file.
            raise damaged(self._path) from None

    def _writing(self, work: Callable[[Writing], T]) -> T:
        assert self._connection is not None, "the registry is not open"
        with known_errors(self._path), transaction(self._connection, "IMMEDIATE") as opened:
            writing = Writing(opened, self._chain)
            result = work(writing)
        # Only what was committed goes out.
        self._publisher.publish(writing.appended)
        return result
