"""Bytes to commands, however they were split: what the simulated printers' languages have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

Command = TypeVar("Command")


@dataclass(frozen=True, slots=True)
class ProtocolFault:
    """Something no driver of ours should send, and the offset in the stream where it began."""

    offset: int
    what: str


class ByteParser(ABC, Generic[Command]):
    """The receiving half of a printer. What it holds back between two `feed`s is an unfinished command."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        #: Bytes taken up by the commands given out so far.
        self.offset = 0

    @property
    def pending(self) -> int:
        """Bytes of an unfinished command."""
        return len(self._buffer)

    def feed(self, data: bytes) -> Iterator[Command]:
        """Take bytes, give the commands they complete."""
        self._buffer += data
        while (command := self._next()) is not None:
            yield command

    @abstractmethod
    def _next(self) -> Command | None:
        """The next whole command, taken; None while there is none."""

    def _take(self, size: int) -> bytes:
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        self.offset += size
        return taken
