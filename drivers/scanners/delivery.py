"""What scanners without a picture do alike: frames become messages, and silence is waited for."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Final

from drivers.loop import Loop
from drivers.scanners.framing import Dropped, Framer, Read, Shape
from drivers.wire.messages import Code, Error, Scan
from drivers.wire.options import CodeOptions
from drivers.wire.secret import Secret

_WHY: Final = "do its prefix, suffix, keymap and speed match the scanner's own settings?"


def shape(
    options: CodeOptions, suffixes: tuple[bytes, ...], answers: tuple[bytes, ...] = (), *, by_key: bool = False
) -> Shape:
    """The framing that `options` ask for."""
    return Shape(
        suffixes=suffixes,
        prefix=options.prefix.encode("latin-1"),
        gap=options.gap_ms / 1000,
        max_length=options.max_length,
        answers=answers,
        aim=options.aim,
        code_ids=tuple((name.encode("latin-1"), symbology) for name, symbology in options.code_ids.items()),
        by_key=by_key,
    )


class Delivery:
    """Says each scan, numbered, and each frame that is none as an `error` about `scan`."""

    def __init__(self, loop: Loop, engine: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._loop = loop
        self._engine = engine
        self._clock = clock
        self._seq = 0
        self._waiting = False
        self._framer: Framer | None = None

    def now(self) -> float:
        """Seconds, by the clock that gaps are measured with."""
        return self._clock()

    def say(self, events: Iterable[Read | Dropped]) -> int:
        """Say what came of some bytes; gives how many scans were among it."""
        scans = 0
        for event in events:
            if isinstance(event, Read):
                scans += 1
                self._seq += 1
                code = Code(content=Secret(event.content), engine=self._engine, symbology=event.symbology)
                self._loop.say(Scan(seq=self._seq, codes=(code,)))
            else:
                self._loop.say(Error(reason=event.reason, hint=_WHY, about="scan"))
        return scans

    def await_silence(self, framer: Framer) -> None:
        """See to it that an unfinished scan ends with the gap, not with the next one."""
        self._framer = framer
        if self._waiting or framer.due is None:
            return
        self._waiting = True
        self._loop.later(max(0.0, framer.due - self._clock()), self._silence)

    def _silence(self) -> None:
        assert self._framer
        # The loop reads what has come before it looks at its timers, so a busy machine makes no silence.
        self._waiting = False
        self.say(self._framer.silent(self._clock()))
        self.await_silence(self._framer)
