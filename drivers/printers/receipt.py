"""A receipt printer that speaks ESC/POS: made ready, handed a page, asked what became of it, and left clean."""

from __future__ import annotations

import time
from typing import Literal

from drivers.printers import escpos, verdict
from drivers.printers import page as pages
from drivers.printers.escpos_talk import Completion, Talk, is_no_printer
from drivers.printers.verdict import Verdict, broken_off, not_begun
from drivers.transports import address
from drivers.transports.stream import Stream, TransportError
from drivers.wire.messages import Health, Page
from drivers.wire.options import EscposOptions

#: What is known of the printer's memory. `new`: nothing. `asked`: a question about a page may still be answered.
#: `cut_off`: half a page may be in it and on its paper. `new_roll`: the same, and the paper was changed since.
_Memory = Literal["clean", "new", "asked", "cut_off", "new_roll"]


class ReceiptPrinter:
    """Opens its connection for each question and each job, so that a printer switched off and on is no event."""

    def __init__(self, options: EscposOptions) -> None:
        self._options = options
        self._completion: Completion | None = None if options.completion == "auto" else options.completion
        self._memory: _Memory = "new"
        self._answers = False
        self.identity = address.identity(options.to)
        self.leaves = address.vanishes(options.to)

    def health(self) -> Health:
        """Ask the line, then DLE EOT 1 to 4."""
        return verdict.health_of(self._connect, lambda stream: Talk(stream).status(), self.identity, "DLE EOT")

    def check(self, page: Page) -> None:
        """Raises ValueError when the page cannot be printed here."""
        self._raster(page)

    def print(self, page: Page) -> Verdict:
        """Print. Before the first byte is taken a fault is `failed`. After that only the printer's own word that it
        was done, or that it could not be, is one; everything else is `unknown`.
        """
        raster = self._raster(page)
        end = time.monotonic() + verdict.PAGE_SECONDS
        try:
            stream = self._connect()
        except TransportError as wrong:
            return not_begun(str(wrong), f"opening {self.identity}")
        try:
            return self._print(stream, raster, end)
        finally:
            if self._memory in ("clean", "asked"):
                stream.close()
            else:
                stream.abandon()

    def _raster(self, page: Page) -> bytes:
        return escpos.page(pages.unpack(page), width=self._options.width, double=self._options.double)

    def _connect(self) -> Stream:
        options = self._options
        return address.connect(options.to, baud=options.baud, seconds=verdict.STATUS_SECONDS, flow=options.flow)

    def _print(self, stream: Stream, raster: bytes, end: float) -> Verdict:
        try:
            talk = Talk(stream)
            if refused := self._refusal(talk, stream):
                return refused
            completion = self._make_ready(talk, stream)
        except TransportError as wrong:
            return not_begun(str(wrong), "asking how it is")
        self._memory = "cut_off"
        try:
            told = talk.print(raster, completion, self._options.timeout, verdict.left(end))
        except TransportError as wrong:
            return broken_off(wrong, stream)
        if told.result == "unknown" and stream.waiting:
            # The line never let all of it go, and what it still holds is thrown away.
            return told._replace(reason=f"{stream.name} is held up by the printer")
        return self._left(talk, told)

    def _refusal(self, talk: Talk, stream: Stream) -> Verdict | None:
        """Why nothing is sent to a printer as it is; None when something may be."""
        health = verdict.at_the_line(stream) or talk.status()
        if health.state == "unknown" and self._memory != "clean" and stream.hears and not is_no_printer(health):
            # It may be waiting for the rest of a raster, and take questions for dots.
            talk.flush(self._options.timeout)
            health = talk.status()
        if health.state == "fault" or is_no_printer(health):
            return not_begun(health.reason, health.evidence)
        self._answers = health.state == "ok"
        return None

    def _make_ready(self, talk: Talk, stream: Stream) -> Completion:
        """Take away what an earlier page left, and find out what the printer can be asked."""
        if self._memory in ("cut_off", "new_roll") and stream.hears:
            talk.flush(self._options.timeout)
            if self._memory == "cut_off":
                talk.cut()
        if not self._answers or self._options.completion == "none":
            return self._completion or "ordered"
        if self._memory != "clean" or self._completion is None:
            self._try_out(talk)
        return self._completion or "ordered"

    def _try_out(self, talk: Talk) -> None:
        settle = self._memory not in ("clean", "new")
        found = talk.try_out(settle=settle)
        if found is None:
            talk.flush(self._options.timeout)
            found = talk.try_out(settle=settle)
        if self._options.completion == "auto" and found:
            self._completion = found

    def _left(self, talk: Talk, told: Verdict) -> Verdict:
        """Note what the page leaves behind; of a failed one, as little as can be."""
        if told.result == "printed":
            self._memory = "clean"
        elif told.result == "unknown":
            self._memory = "asked"
        else:
            self._memory = "new_roll" if told.reason == "paper out" else "cut_off"
            rest = "cleared" if talk.clear() else "still in it and may come out: it is void"
            return told._replace(evidence=f"{told.evidence}; the rest is {rest}")
        return told
