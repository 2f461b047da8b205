"""The blocking loop every driver runs: the station's messages, the device's descriptors, timers, the watchdog."""

from __future__ import annotations

import heapq
import itertools
import os
import selectors
import time
from collections.abc import Callable
from typing import Protocol, TypeAlias

from drivers.wire import lines, messages
from drivers.wire.notify import Notifier

_READ = 1 << 16


class Driver(Protocol):
    """One device behind the wire. Every method runs in the loop's thread and returns promptly."""

    def hello(self) -> messages.Hello:
        """Who this is."""

    def start(self) -> None:
        """Open the device and register with the loop. An absent device is a `health`, not an exception."""

    def handle(self, message: messages.FromStation) -> None:
        """Do what the station asks."""

    def close(self) -> None:
        """Let go of the device."""


#: Where a driver's messages go: the wire, or a person's terminal. Raises BrokenPipeError when nobody listens.
Voice: TypeAlias = Callable[[messages.FromDriver], None]


def speak(descriptor: int) -> Voice:
    """A voice that writes lines to `descriptor`, blocking: a station that does not read stops its driver.

    What is too long for a line, a picture with hundreds of codes, is said to be so in its place.
    """

    def say(message: messages.FromDriver) -> None:
        try:
            line = memoryview(lines.encode(message))
        except lines.WireError as wrong:
            line = memoryview(lines.encode(messages.Error(reason=str(wrong), about=_about(message))))
        while line:
            line = line[os.write(descriptor, line) :]

    return say


def _about(message: messages.FromDriver) -> str:
    named = (getattr(message, name, "") for name in ("request", "job", "source"))
    return next(filter(None, named), "scan" if isinstance(message, messages.Scan) else "")


class Loop:
    """Waits for what comes first and calls who asked for it."""

    def __init__(
        self, say: Voice, notifier: Notifier | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.say = say
        self._notifier = notifier
        self._clock = clock
        # poll, not epoll: it takes a regular file or /dev/null on standard input as well.
        self._selector = selectors.PollSelector()
        self._timers: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._running = True

    def watch(self, descriptor: int, ready: Callable[[], None]) -> None:
        """Call `ready` whenever `descriptor` can be read."""
        self._selector.register(descriptor, selectors.EVENT_READ, ready)

    def unwatch(self, descriptor: int) -> None:
        """Stop doing so."""
        self._selector.unregister(descriptor)

    def later(self, seconds: float, call: Callable[[], None]) -> None:
        """Call once, after `seconds`."""
        heapq.heappush(self._timers, (self._clock() + seconds, next(self._order), call))

    def stop(self) -> None:
        """Leave the loop after what is being done now."""
        self._running = False

    def run(self) -> None:
        """Until `stop`, or until the station hangs up."""
        interval = self._notifier.interval if self._notifier else None
        if self._notifier:
            self._notifier.ready()
            self._feed_watchdog(interval)
        try:
            while self._running:
                self._turn()
        except BrokenPipeError:
            pass
        finally:
            self._selector.close()

    def _feed_watchdog(self, interval: float | None) -> None:
        # Fed from the loop that does the work, so that a loop that hangs in a C library starves it.
        if self._notifier and interval:
            self._notifier.watchdog()
            self.later(interval, lambda: self._feed_watchdog(interval))

    def _turn(self) -> None:
        wait = max(0.0, self._timers[0][0] - self._clock()) if self._timers else None
        for key, _ in self._selector.select(wait):
            key.data()
            if not self._running:
                return
        while self._running and self._timers and self._timers[0][0] <= self._clock():
            heapq.heappop(self._timers)[2]()


class Ear:
    """Reads the station's messages off a descriptor and hands each to `handle`."""

    def __init__(self, descriptor: int, loop: Loop, handle: Callable[[messages.FromStation], None]) -> None:
        self._descriptor = descriptor
        self._loop = loop
        self._handle = handle
        self._reader = lines.from_station()

    def listen(self) -> None:
        """Begin."""
        self._loop.watch(self._descriptor, self._ready)

    def _ready(self) -> None:
        try:
            data = os.read(self._descriptor, _READ)
        except ConnectionError:
            data = b""
        if not data:
            self._loop.stop()
            return
        try:
            for message in self._reader.feed(data):
                self._take(message)
        except lines.WireError as wrong:
            self._loop.say(messages.Error(reason=str(wrong), fatal=True))
            self._loop.stop()

    def _take(self, message: messages.FromStation | lines.WireError) -> None:
        if isinstance(message, lines.WireError):
            self._loop.say(messages.Error(reason=str(message)))
        else:
            self._handle(message)
