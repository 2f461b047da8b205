"""What every scanner that has pictures does alike: make scans of readings, answer `ping` and `decode`."""

from __future__ import annotations

import time
from collections.abc import Callable

from drivers.decode import engine, quality
from drivers.decode.reading import Image, Reading
from drivers.loop import Loop
from drivers.wire.messages import Code, Decode, Error, FromStation, Health, Ping, Scan
from drivers.wire.secret import Secret


class Answers:
    """Numbers the scans of one conversation and answers what any scanner is asked."""

    def __init__(self, loop: Loop, health: Callable[[], Health]) -> None:
        self._loop = loop
        self._health = health
        self._seq = 0

    def handle(self, message: FromStation) -> None:
        """Answer `ping` and `decode`; leave alone what only other devices do."""
        if isinstance(message, Ping):
            self._loop.say(self._health())
        elif isinstance(message, Decode):
            self._decode(message)

    def look(self, image: Image, *, every: bool, budget_ms: float | None) -> tuple[list[Reading], float]:
        """The readings in a picture and the milliseconds they took."""
        began = time.perf_counter()
        found = engine.read(image, every=every, budget_ms=budget_ms)
        return found, (time.perf_counter() - began) * 1000

    def scan(
        self, found: list[Reading], ms: float, *, image: Image | None = None, source: str = "", request: str = ""
    ) -> None:
        """Say one scan. With the `image` it was found in, how good each symbol is too."""
        self._seq += 1
        codes = tuple(_code(reading, image) for reading in found)
        self._loop.say(Scan(seq=self._seq, codes=codes, source=source, request=request, ms=round(ms, 3)))

    def _decode(self, asked: Decode) -> None:
        try:
            image = engine.unpack(asked.bytes.reveal())
        except engine.NotAPictureError as wrong:
            self._loop.say(Error(reason=str(wrong), about=asked.request))
            return
        found, ms = self.look(image, every=asked.all, budget_ms=asked.budget_ms)
        self.scan(found, ms, image=image, request=asked.request)


def _code(reading: Reading, image: Image | None) -> Code:
    return Code(
        content=Secret(reading.content),
        corners=tuple(round(value, 1) for value in reading.corners),
        engine=reading.engine,
        step=reading.step,
        version=reading.version,
        level=reading.level,
        quality=None if image is None else quality.of(image, reading),
    )
