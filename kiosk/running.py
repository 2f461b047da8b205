"""What goes on in a visit: one thing at a time, and a timer that ends it when nobody is there any more."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from kiosk.errors import KioskError

Work = Callable[[], Awaitable[None]]

log = structlog.get_logger(__name__)


class Running:
    """`failed` is told what went wrong, whatever it was; `rest` is called after `seconds` in which nobody came."""

    def __init__(self, seconds: float, rest: Callable[[], None], failed: Callable[[KioskError], None]) -> None:
        self._seconds = seconds
        self._rest = rest
        self._failed = failed
        self._work: asyncio.Task[None] | None = None
        self._beside: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    @property
    def waits(self) -> bool:
        """Whether it ends by itself when nobody comes."""
        return self._timer is not None

    def begin(self, work: Work) -> None:
        """Do this, and no longer what was done before."""
        self.stop()
        self._work = asyncio.create_task(self.guarded(work))

    def beside(self, work: Work) -> None:
        """Do this, too, and no longer what was done beside before."""
        if self._beside:
            self._beside.cancel()
        self._beside = asyncio.create_task(self.guarded(work))

    async def guarded(self, work: Work) -> None:
        """Do it here. Whatever happens, `failed` can say something and somebody can go on."""
        try:
            await work()
        except KioskError as wrong:
            self._failed(wrong)
        except Exception as wrong:  # noqa: BLE001
            # Its name only: a traceback goes through frames that hold secrets.
            log.error("a visit broke", error=type(wrong).__name__)  # noqa: TRY400
            self._failed(KioskError(f"something broke inside the station ({type(wrong).__name__})"))

    def stop(self) -> None:
        """Nothing goes on, but for the one who asks."""
        self.stay()
        if self._work and not self._work.done() and self._work is not asyncio.current_task():
            self._work.cancel()

    def idle_later(self) -> None:
        """From now on it ends when nobody comes."""
        self.stay()
        self._timer = asyncio.get_running_loop().call_later(self._seconds, self._rest)

    def stay(self) -> None:
        """It does not end by itself."""
        if self._timer:
            self._timer.cancel()
            self._timer = None

    async def close(self) -> None:
        """Stop all of it, and wait until it has."""
        self.stay()
        for work in filter(None, (self._work, self._beside)):
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
