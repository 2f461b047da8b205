"""Keeps one driver running: starts it, notices that it left or hangs, starts it again."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import structlog

from drivers.wire.messages import FromDriver, Health, Message, Ping, Preview, Signal, State
from kiosk.clock import Clock
from kiosk.config import Device
from kiosk.devices.acknowledging import Acknowledging
from kiosk.devices.link import DeviceAbsentError, DeviceError, Link, Role, open_link
from kiosk.devices.news import News
from kiosk.devices.throttle import Throttle

#: Seconds between heartbeats, and how long one may take.
HEARTBEAT_SECONDS: Final = 10.0
ANSWER_SECONDS: Final = 30.0
_FIRST_WAIT: Final = 0.5
_LONGEST_WAIT: Final = 30.0
#: Seconds a driver must have lived for its end to be a new trouble and not the old one again.
_SETTLED: Final = 60.0

log = structlog.get_logger(__name__)


class Supervisor:
    """A device that may come and go. `health` is the last that is known; `hear` gets what the driver says unasked."""

    def __init__(
        self, role: Role, name: str, device: Device, clock: Clock, hear: Callable[[FromDriver], None]
    ) -> None:
        self.name = name
        self.device = device
        self.health = Health(state="unknown", reason="not asked yet")
        self._role: Role = role
        self._clock = clock
        self._hear = hear
        self._link: Link | None = None
        self._ready = asyncio.Event()
        self._one_at_a_time = asyncio.Lock()
        self._said_absent = False
        self._news = News(name)
        self._throttle = Throttle(clock)
        self._preview: Preview | None = None
        self._acknowledging = Acknowledging(self._signal)

    @property
    def capabilities(self) -> tuple[str, ...]:
        """What the driver said it can do; nothing while there is none."""
        return self._link.hello.capabilities if self._link and self._link.hello else ()

    async def run(self) -> None:
        """Until cancelled."""
        wait = _FIRST_WAIT
        while True:
            began = self._clock.monotonic()
            try:
                await self._live()
            except DeviceError as wrong:
                self._lose(str(wrong), wrong.hint)
            except Exception as wrong:  # noqa: BLE001 - what is said of one device must not end it for good
                # Its name only: a traceback goes through frames that hold secrets.
                log.error("driver's supervision broke", device=self.name, error=type(wrong).__name__)  # noqa: TRY400
                self._lose(f"{self.name}: its supervision broke ({type(wrong).__name__})", "")
            if self._clock.monotonic() - began >= _SETTLED:
                wait = _FIRST_WAIT
            # Jitter, so that the drivers of a station that lost its USB hub do not all come back at once.
            await self._clock.sleep(wait * random.uniform(0.75, 1.25))  # noqa: S311
            wait = min(wait * 2, _LONGEST_WAIT)

    async def ready(self, seconds: float) -> None:
        """Wait until the driver has said hello. Raises DeviceError after `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                await self._ready.wait()
        except TimeoutError:
            raise DeviceError(f"{self.name}: {self.health.reason}", hint=self.health.hint) from None

    async def ask(self, message: Message, answers: Callable[[FromDriver], bool], seconds: float) -> FromDriver:
        """One question at a time. Raises DeviceError when the driver is away or silent."""
        async with self._one_at_a_time:
            return await self._present().ask(message, answers, seconds)

    async def tell(self, message: Message) -> None:
        """Say something that has no answer. Raises DeviceError when the driver is away.

        Whether a preview is wanted is said again to each driver that comes after.
        """
        if isinstance(message, Preview):
            self._preview = message
        await self._present().send(message)

    async def ask_health(self, seconds: float = ANSWER_SECONDS) -> Health:
        """Ask how the device is, now; a driver that is away or silent is an answer too."""
        try:
            answer = await self.ask(Ping(), lambda message: isinstance(message, Health), seconds)
        except DeviceError as wrong:
            if self.health.state == "absent":
                # What the driver said of its device before it left, not that it left.
                return self.health
            state: State = "absent" if isinstance(wrong, DeviceAbsentError) else "unknown"
            return Health(state=state, reason=str(wrong), hint=wrong.hint, evidence="ping")
        assert isinstance(answer, Health)
        self._heard(answer)
        return self.health

    async def _signal(self, signal: Signal) -> None:
        await self._ready.wait()
        if "signal" in self.capabilities:
            await self.tell(signal)

    def _present(self) -> Link:
        if self._link is None or not self._ready.is_set():
            raise DeviceAbsentError(f"{self.name}: {self.health.reason}", hint=self.health.hint)
        return self._link

    async def _live(self) -> None:
        link = await open_link(self._role, self.name, self.device, self._heard, self._throttle)
        listening = asyncio.create_task(link.listen(), name=f"{self.name} listens")
        try:
            await link.configure(self.device)
            if self._preview:
                await link.send(self._preview)
            self._link = link
            self._ready.set()
            await self._watch(link, listening)
        finally:
            self._ready.clear()
            self._link = None
            self._acknowledging.stop()
            try:
                await link.close()
            finally:
                listening.cancel()
                with suppress(asyncio.CancelledError):
                    await listening
        raise link.gone()

    async def _watch(self, link: Link, listening: asyncio.Task[None]) -> None:
        while not listening.done():
            health = await self.ask_health()
            if health.evidence == "ping" and not link.left:
                log.warning("driver hangs", device=self.name)
                link.kill()
                return
            beat = asyncio.create_task(self._clock.sleep(HEARTBEAT_SECONDS))
            try:
                await asyncio.wait({beat, listening}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                beat.cancel()

    def _heard(self, message: FromDriver) -> None:
        if isinstance(message, Health):
            self._said_absent = message.state == "absent"
            message = self._flooded() if self._throttle.flooding else message
            self._know(message)
        # A scan may come so close behind the hello that what the driver can do is not known yet.
        if "signal" in self.capabilities or not self._ready.is_set():
            self._acknowledging.heard(message)
        self._hear(message)

    def _flooded(self) -> Health:
        return Health(
            state="fault",
            reason="its driver says more than the station can hear",
            hint="is something wrong with the device? the driver's own messages are in the log",
            evidence="messages were dropped until it is calm again",
        )

    def _know(self, health: Health) -> None:
        self.health = health
        self._news.of(health)

    def _lose(self, reason: str, hint: str) -> None:
        # What the driver said last about its device's absence is worth more than that it then left.
        if self._said_absent:
            return
        self._know(Health(state="absent", reason=reason, hint=hint))
        self._hear(self.health)
