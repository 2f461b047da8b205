"""Bytes in, however they were split; scans out. Pure: what time it is, the caller says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from drivers.scanners import aim


@dataclass(frozen=True)
class Read:
    """One scan: the code's exact bytes, and the kind of code where the scanner told it."""

    content: bytes = field(repr=False)
    symbology: str = ""


@dataclass(frozen=True)
class Dropped:
    """Bytes that are no scan, and why. Says nothing of what was in them."""

    reason: str


@dataclass(frozen=True)
class Shape:
    """How a scanner frames its scans.

    `suffixes`: any of these ends a scan; without one, `gap` seconds of silence do. With one, `gap` seconds of silence
    void what came before it: the rest was lost. `prefix` begins a scan, and what stands before it is not of it.
    `max_length`: bytes between two suffixes. `answers`: what the scanner says to commands, cut from before a scan.
    `aim`: an AIM identifier (`]Q1`) is cut off and names the symbology. `code_ids`: the scanner's own identifiers,
    each with the symbology it stands for; the longest that fits is cut off. `by_key`: what ends a scan is no byte,
    and the caller says `end`.
    """

    suffixes: tuple[bytes, ...] = (b"\r", b"\n")
    prefix: bytes = b""
    gap: float = 0.3
    max_length: int = 7168
    answers: tuple[bytes, ...] = ()
    aim: bool = True
    code_ids: tuple[tuple[bytes, str], ...] = ()
    by_key: bool = False


class Framer:
    """Holds at most one unfinished scan, of at most `max_length` bytes and a suffix, whatever comes."""

    def __init__(self, shape: Shape) -> None:
        self._shape = shape
        self._pending = bytearray()
        self._last = 0.0
        self._skipping = False
        self._suffix = re.compile(b"|".join(map(re.escape, shape.suffixes))) if shape.suffixes else None
        self._overlap = max(map(len, shape.suffixes), default=1) - 1

    @property
    def due(self) -> float | None:
        """When silence will mean something; None when nothing is unfinished."""
        return self._last + self._shape.gap if self._pending or self._skipping else None

    def feed(self, data: bytes, now: float) -> Iterator[Read | Dropped]:
        """Yield what `data`, which came at `now`, completes."""
        self._last = now
        searched = max(0, len(self._pending) - self._overlap)
        self._pending += data
        start = 0
        while self._suffix and (found := self._suffix.search(self._pending, max(start, searched))):
            yield from self._end(bytes(memoryview(self._pending)[start : found.start()]))
            start = found.end()
        del self._pending[:start]
        yield from self._cap()

    def end(self) -> Iterator[Read | Dropped]:
        """A suffix that is no byte came: a key."""
        frame = bytes(self._pending)
        self._pending.clear()
        yield from self._end(frame)

    def void(self, reason: str, now: float) -> Iterator[Dropped]:
        """Something of the scan in hand was lost: drop it and what comes until its suffix."""
        self._last = now
        if not self._skipping:
            yield Dropped(reason)
        self._pending.clear()
        self._skipping = True

    def silent(self, now: float) -> Iterator[Read | Dropped]:
        """Nothing has come until `now`."""
        if self.due is None or now < self.due:
            return
        frame = bytes(self._pending)
        self._pending.clear()
        if self._suffix is None and not self._shape.by_key:
            yield from self._end(frame)
        elif self._skipping:
            self._skipping = False
        elif self._without_answers(frame):
            yield Dropped("a scan was cut off: its suffix did not come")

    def _cap(self) -> Iterator[Dropped]:
        if not self._skipping and len(self._pending) > self._shape.max_length + self._overlap:
            self._skipping = True
            yield self._too_long()
        if self._skipping:
            # What is kept could be the beginning of a suffix.
            del self._pending[: max(0, len(self._pending) - self._overlap)]

    def _end(self, frame: bytes) -> Iterator[Read | Dropped]:
        if self._skipping:
            self._skipping = False
            return
        if len(frame) > self._shape.max_length:
            yield self._too_long()
            return
        frame = self._without_answers(frame)
        # Two suffixes in a row, the CR and the LF of one line, have nothing between them.
        if frame:
            yield self._open(frame)

    def _too_long(self) -> Dropped:
        return Dropped(f"a scan was longer than {self._shape.max_length} bytes")

    def _without_answers(self, frame: bytes) -> bytes:
        while answer := next((one for one in self._shape.answers if frame.startswith(one)), b""):
            frame = frame[len(answer) :]
        return frame

    def _open(self, frame: bytes) -> Read | Dropped:
        _, prefix, content = frame.partition(self._shape.prefix) if self._shape.prefix else (b"", b"", frame)
        if prefix != self._shape.prefix:
            return Dropped("a scan came without its prefix")
        return self._name(content)

    def _name(self, content: bytes) -> Read | Dropped:
        if self._shape.aim and (found := aim.identifier(content)):
            plain = aim.unescaped(found, content[aim.LENGTH :])
            return Dropped("a scan's ECI escapes are broken") if plain is None else Read(plain, aim.symbology(found))
        fitting = [(code_id, name) for code_id, name in self._shape.code_ids if content.startswith(code_id)]
        code_id, name = max(fitting, key=lambda pair: len(pair[0]), default=(b"", ""))
        return Read(content[len(code_id) :], name)
