"""A printer on a line, in whichever language: opened for each question and each page, then closed or given up."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from typing import Generic, TypeVar

from drivers.printers import verdict
from drivers.printers.verdict import Verdict, not_begun
from drivers.transports import address
from drivers.transports.stream import Stream, TransportError
from drivers.wire.messages import Health, Page
from drivers.wire.options import LineOptions

AnyOptions = TypeVar("AnyOptions", bound=LineOptions)


class LinePrinter(ABC, Generic[AnyOptions]):
    """Opens its connection for each question and each page, so that a printer switched off and on is no event."""

    def __init__(self, options: AnyOptions) -> None:
        self._options = options
        self.identity = address.identity(options.to)
        self.leaves = address.vanishes(options.to)

    @abstractmethod
    def health(self) -> Health:
        """How it is, asked now."""

    def check(self, page: Page) -> None:
        """Raises ValueError when the page cannot be printed here."""
        self._bytes(page)

    def print(self, page: Page) -> Verdict:
        """Print. Before the first byte is taken a fault is `failed`. After that only the printer's own word that it
        was done, or that it could not be, is one; everything else is `unknown`.
        """
        data = self._bytes(page)
        end = time.monotonic() + verdict.PAGE_SECONDS
        try:
            stream = self._connect()
        except TransportError as wrong:
            return not_begun(str(wrong), f"opening {self.identity}")
        try:
            return self._print(stream, data, end)
        finally:
            if self._is_through:
                stream.close()
            else:
                stream.abandon()

    @abstractmethod
    def _bytes(self, page: Page) -> bytes:
        """The page in the printer's language. Raises ValueError when it cannot be printed here."""

    @abstractmethod
    def _print(self, stream: Stream, data: bytes, end: float) -> Verdict:
        """Make it ready, send `data` and wait for word, until `end` of the monotonic clock. Raises nothing."""

    @property
    @abstractmethod
    def _is_through(self) -> bool:
        """Whether all that was sent was taken, so that the line may be closed in peace."""

    def _connect(self) -> Stream:
        options = self._options
        return address.connect(options.to, baud=options.baud, seconds=verdict.STATUS_SECONDS, flow=options.flow)
