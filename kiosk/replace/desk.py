"""Where printed badges are held up: several may be awaited at once, and a scan matches any of them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from drivers.wire.messages import Code
from kiosk.badge.content import Badge, parse


class Desk:
    """Shared by all who wait for a badge. Knows digests, and never keeps what a code says."""

    def __init__(self) -> None:
        self._awaited: dict[bytes, asyncio.Future[None]] = {}

    @property
    def awaited(self) -> frozenset[bytes]:
        """The digests of the badges waited for now."""
        return frozenset(self._awaited)

    async def wait(self, digest: bytes, seconds: float) -> bool:
        """Until a badge with this digest is held up; False after so many seconds."""
        found = self._awaited[digest] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(seconds):
                await found
        except TimeoutError:
            return False
        else:
            return True
        finally:
            del self._awaited[digest]

    def scanned(self, codes: Sequence[Code]) -> tuple[bytes, ...]:
        """What a scanner read. Gives the digests of the badges among it that nobody waits for."""
        read = {badge.digest for code in codes if isinstance(badge := parse(code.content), Badge)}
        for digest in read & self._awaited.keys():
            if not self._awaited[digest].done():
                self._awaited[digest].set_result(None)
        return tuple(read - self._awaited.keys())
