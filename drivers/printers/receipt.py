"""A receipt printer that speaks ESC/POS: made ready, handed a page, asked what became of it, and left clean."""

from __future__ import annotations

from typing import Literal

from drivers.printers import escpos, verdict
from drivers.printers import page as pages
from drivers.printers.escpos_talk import Completion, Talk, is_no_printer
from drivers.printers.line import LinePrinter
from drivers.printers.verdict import Verdict, broken_off, not_begun
from drivers.transports.stream import Stream, TransportError
from drivers.wire.messages import Health, Page
from drivers.wire.options import EscposOptions

#: What is known of the printer's memory. `new`: nothing. `asked`: a question about a page may still be answered.
#: `cut_off`: half a page may be in it and on its paper. `new_roll`: the same, and the paper was changed since.
_Memory = Literal["clean", "new", "asked", "cut_off", "new_roll"]


class ReceiptPrinter(LinePrinter[EscposOptions]):
    """`printed` is a page whose number it repeats, or after which it answers a question put in order."""

    def __init__(self, options: EscposOptions) -> None:
        super().__init__(options)
        self._completion: Completion | None = None if options.completion == "auto" else options.completion
        self._memory: _Memory = "new"
        self._answers = False

    def health(self) -> Health:
        """Ask the line, then DLE EOT 1 to 4."""
        return verdict.health_of(self._connect, lambda stream: Talk(stream).status(), self.identity, "DLE EOT")

    @property
    def _is_through(self) -> bool:
        return self._memory in ("clean", "asked")

    def _bytes(self, page: Page) -> bytes:
        return escpos.page(pages.unpack(page), width=self._options.width, double=self._options.double)

    def _print(self, stream: Stream, data: bytes, end: float) -> Verdict:
        try:
            talk = Talk(stream)
            if refused := self._refusal(talk, stream):
                return refused
            completion = self._make_ready(talk, stream)
        except TransportError as wrong:
            return not_begun(str(wrong), "asking how it is")
        self._memory = "cut_off"
        try:
            told = talk.print(data, completion, self._options.timeout, verdict.left(end))
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
            if health.state == "ok" and self._memory == "new":
                # So it was: whoever drove it before was stopped in the middle of a page, and half of that is out.
                self._memory = "cut_off"
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
