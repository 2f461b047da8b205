"""A receipt printer that speaks ESC/POS: what is asked of it, and what its answers are taken to mean."""

from __future__ import annotations

import random
from typing import Final

from drivers.printers import escpos
from drivers.printers import page as pages
from drivers.transports import address
from drivers.transports.stream import Stream, TransportError
from drivers.wire.messages import Health, Page, Result
from drivers.wire.options import EscposOptions

#: Seconds one status question may take; printers that answer do so within a tenth of it.
STATUS_SECONDS: Final = 2.0

_HINTS: Final = {
    "paper out": "put in a new roll",
    "cover open": "close the cover",
    "offline": "press its feed button",
}


class ReceiptPrinter:
    """Opens its connection for each question and each job, so that a printer switched off and on is no event."""

    def __init__(self, options: EscposOptions) -> None:
        address.check(options.to)
        self._options = options
        self.identity = options.to
        self.leaves = not options.to.startswith("tcp:")

    def health(self) -> Health:
        """Ask DLE EOT 1 to 4. A printer that takes the question and says nothing is `unknown`, not faulty."""
        try:
            stream = self._connect()
        except TransportError as wrong:
            return Health(
                state="absent" if wrong.absent else "fault",
                reason=str(wrong),
                hint=wrong.hint,
                evidence=f"opening {self._options.to}",
            )
        try:
            return _judge(_ask(stream))
        except TransportError as wrong:
            return Health(state="fault", reason=str(wrong), hint=wrong.hint, evidence="DLE EOT")
        finally:
            stream.close()

    def check(self, page: Page) -> None:
        """Raises ValueError when the page cannot be printed here."""
        escpos.job(pages.unpack(page), width=self._options.width, number=0)

    def print(self, page: Page) -> tuple[Result, str, str]:
        """Print; gives the result, its reason, and the evidence for it.

        Before the first byte is taken a fault is `failed`. After that only the printer's own word that it was done,
        or that it could not be, is one; everything else is `unknown`.
        """
        number = random.randrange(10_000)  # noqa: S311 - tells two jobs apart, guards nothing
        job = escpos.job(pages.unpack(page), width=self._options.width, number=number)
        try:
            stream = self._connect()
        except TransportError as wrong:
            return "failed", str(wrong), f"opening {self._options.to}; nothing was sent"
        try:
            before = _judge(_ask(stream))
            if before.state == "fault":
                return "failed", before.reason, f"{before.evidence}; nothing was sent"
            stream.write(job, self._options.timeout)
            return self._word(stream, b"%04d" % number)
        except TransportError as wrong:
            started = f"{wrong.sent} bytes were taken" if wrong.sent else "nothing is known to have been taken"
            return "unknown", str(wrong), started
        finally:
            stream.close()

    def _word(self, stream: Stream, number: bytes) -> tuple[Result, str, str]:
        answers = escpos.Answers()
        heard: list[escpos.Answer] = []

        def enough(data: bytes) -> bool:
            heard.extend(answers.feed(data))
            return any(isinstance(answer, escpos.Completed | escpos.Ordered) or _stops(answer) for answer in heard)

        stream.read_until(enough, self._options.timeout)
        return _verdict(heard, number)

    def _connect(self) -> Stream:
        return address.connect(self._options.to, baud=self._options.baud, seconds=STATUS_SECONDS)


def _ask(stream: Stream) -> dict[int, int] | None:
    """The answers to DLE EOT n by n, as far as they come; None when what answers is no ESC/POS printer."""
    status: dict[int, int] = {}
    for n, question in escpos.REAL_TIME_STATUS.items():
        answers = escpos.Answers()

        def enough(data: bytes, n: int = n, answers: escpos.Answers = answers) -> bool:
            for answer in answers.feed(data):
                if isinstance(answer, escpos.RealTime):
                    status[n] = answer.status
            return n in status or bool(answers.noise)

        stream.write(question, STATUS_SECONDS)
        stream.read_until(enough, STATUS_SECONDS)
        if answers.noise:
            return None
        if n not in status:
            break
    return status


def _judge(status: dict[int, int] | None) -> Health:
    if status is None:
        hint = "is this the printer's address, and does it speak ESC/POS?"
        return Health(state="unknown", reason="what answers is no ESC/POS printer", hint=hint, evidence="DLE EOT")
    evidence = " ".join(f"DLE EOT {n}: {byte:#04x}" for n, byte in status.items()) or "DLE EOT 1: no answer"
    if faults := escpos.faults(status):
        hint = "; ".join(_HINTS[fault] for fault in faults if fault in _HINTS)
        return Health(state="fault", reason=", ".join(faults), hint=hint, evidence=evidence)
    if len(status) < len(escpos.REAL_TIME_STATUS):
        return Health(state="unknown", reason="it takes questions and does not answer them", evidence=evidence)
    reason = "paper near its end" if escpos.near_end(status) else ""
    return Health(state="ok", reason=reason, evidence=evidence)


def _stops(answer: escpos.Answer) -> bool:
    return isinstance(answer, escpos.Automatic) and bool(escpos.automatic_faults(answer.status))


def _verdict(heard: list[escpos.Answer], number: bytes) -> tuple[Result, str, str]:
    for answer in heard:
        if isinstance(answer, escpos.Completed) and answer.number == number:
            return "printed", "", f"GS ( H answered for job {number.decode()}"
        if isinstance(answer, escpos.Automatic) and (faults := escpos.automatic_faults(answer.status)):
            return "failed", ", ".join(faults), f"automatic status {answer.status.hex(' ')} while printing"
        if isinstance(answer, escpos.Ordered):
            return _paper(answer.status)
    return "unknown", "the printer took the page and has not said what became of it", "no answer to GS ( H or GS r 1"


def _paper(status: int) -> tuple[Result, str, str]:
    evidence = f"GS r 1: {status:#04x}, after all of the page"
    if status & 0x0C:
        return "failed", "paper out", evidence
    return "printed", "", evidence
