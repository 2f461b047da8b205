"""`struct input_event` as the kernel writes it (linux/input.h), however a read cut it."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

from evdev import ecodes

#: Seconds and microseconds as longs, type and code as unsigned shorts, value as an int; in this machine's own order.
RECORD: Final = struct.Struct("@llHHi")


class Event(NamedTuple):
    """One key event; `at` is the kernel's time of it, in seconds."""

    code: int
    value: int
    at: float


class Lost(NamedTuple):
    """The kernel dropped events: the keys that are held must be asked for anew."""


class Events:
    """Cuts bytes into key events, and says when some were lost."""

    def __init__(self) -> None:
        self._pending = b""
        self._dropping = False

    def feed(self, data: bytes) -> Iterator[Event | Lost]:
        """Yield the key events that `data` completes."""
        data = self._pending + data
        whole = len(data) - len(data) % RECORD.size
        self._pending = data[whole:]
        for seconds, microseconds, kind, code, value in RECORD.iter_unpack(data[:whole]):
            yield from self._take(kind, Event(code, value, seconds + microseconds / 1e6))

    def _take(self, kind: int, event: Event) -> Iterator[Event | Lost]:
        if kind == ecodes.EV_SYN and event.code == ecodes.SYN_DROPPED:
            self._dropping = True
        elif self._dropping:
            # Up to the next SYN_REPORT the events are a part of something (Documentation/input/event-codes.rst).
            if kind == ecodes.EV_SYN and event.code == ecodes.SYN_REPORT:
                self._dropping = False
                yield Lost()
        elif kind == ecodes.EV_KEY:
            yield event
