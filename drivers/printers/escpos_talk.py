"""A conversation with an ESC/POS printer over one connection: questions, answers, and what they are taken to mean."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Final, Literal, TypeVar

from drivers.printers import escpos
from drivers.printers import escpos_answers as answers
from drivers.printers import verdict as verdicts
from drivers.printers.verdict import Verdict, hints
from drivers.transports.stream import Stream, TransportError
from drivers.wire.messages import Health

#: What a printer can be asked for word of a page: by the page's number, in order, or not at all.
Completion = Literal["process_id", "ordered", "none"]

#: Seconds for the last word to a printer that is being given up on.
_LAST_WORD_SECONDS: Final = 0.5
_SENSOR_PAPER_END: Final = 0x0C

_Kind = TypeVar("_Kind", bound=answers.Answer)


class Talk:
    """What was said on `stream` since the last question. Raises TransportError wherever it speaks."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._answers = answers.Answers()
        self._heard: list[answers.Answer] = []
        stream.drain()

    def status(self) -> Health:
        """Ask DLE EOT 1 to 4. A printer that takes the question and says nothing is `unknown`, not faulty."""
        status: dict[int, int] = {}
        for n, question in escpos.REAL_TIME_STATUS.items():
            self._say(question)
            self._listen(lambda: bool(self._all(answers.RealTime) or self._answers.noise), verdicts.STATUS_SECONDS)
            if self._answers.noise:
                return _NO_PRINTER
            if not (heard := self._all(answers.RealTime)):
                break
            status[n] = heard[0].status
        return _judged(status)

    def try_out(self, *, settle: bool) -> Completion | None:
        """Find out what it can be asked for word, without moving paper; None when it answers nothing in order.

        An answer also shows that everything before was worked off. `settle`: listen to the end, so that answers to
        an earlier page are not taken for this one's. A printer that does not know GS ( H takes its bytes for text,
        which ESC @ throws away before a line of it is full.
        """
        number = random.randrange(10_000)  # noqa: S311 - tells two questions apart, guards nothing
        self._say(escpos.INITIALISE + escpos.process_id(number) + escpos.ORDERED_STATUS + escpos.INITIALISE)

        def enough() -> bool:
            return not settle and self._completed(number) and bool(self._all(answers.Ordered))

        self._listen(enough, verdicts.STATUS_SECONDS)
        if self._completed(number):
            return "process_id"
        return "ordered" if self._all(answers.Ordered) else None

    def print(self, raster: bytes, completion: Completion, timeout: float, total: float) -> Verdict:
        """Send a page and wait for word of it: at most `timeout` seconds without any, `total` for all."""
        number = random.randrange(10_000)  # noqa: S311 - tells two jobs apart, guards nothing
        job = escpos.job(raster, _question(completion, number))
        end = time.monotonic() + total
        self._heard.clear()
        sent = self._stream.write(job, timeout, total=total, heard=self._is_stopped_by)
        if sent == len(job) and completion != "none":
            seconds = min(timeout + self._stream.waiting, end - time.monotonic())
            self._wait_for_word(number, completion, seconds, sent)
        return self._verdict(number, completion, f"{sent} of {len(job)} bytes were sent")

    def _wait_for_word(self, number: int, completion: Completion, seconds: float, sent: int) -> None:
        try:
            self._listen(lambda: self._is_told(number, completion), seconds)
        except TransportError as wrong:
            raise TransportError(str(wrong), hint=wrong.hint, absent=wrong.absent, sent=sent) from None

    def clear(self) -> bool:
        """Have it forget what it has not printed; gives whether it says that it did. Never raises."""
        try:
            self._stream.write(escpos.CLEAR, _LAST_WORD_SECONDS, total=_LAST_WORD_SECONDS)
            self._listen(lambda: bool(self._all(answers.Cleared)), _LAST_WORD_SECONDS)
        except TransportError:
            return False
        return bool(self._all(answers.Cleared))

    def flush(self, seconds: float) -> None:
        """Fill up a raster that was cut off, so that commands are commands again."""
        self._stream.write(escpos.FLUSH + escpos.INITIALISE, seconds, total=2 * seconds)

    def cut(self) -> None:
        """Take off what was printed of a page that was cut off."""
        self._say(escpos.CUT)

    def _say(self, command: bytes) -> None:
        self._heard.clear()
        self._stream.write(command, verdicts.STATUS_SECONDS, total=verdicts.STATUS_SECONDS)

    def _listen(self, enough: Callable[[], bool], seconds: float) -> None:
        def heard(data: bytes) -> bool:
            self._heard.extend(self._answers.feed(data))
            return enough()

        if not enough():
            self._stream.read_until(heard, seconds)

    def _is_stopped_by(self, data: bytes) -> bool:
        self._heard.extend(self._answers.feed(data))
        return self._fault() is not None

    def _is_told(self, number: int, completion: Completion) -> bool:
        in_order = completion == "ordered" and bool(self._all(answers.Ordered))
        return in_order or self._completed(number) or self._fault() is not None

    def _all(self, kind: type[_Kind]) -> list[_Kind]:
        return [answer for answer in self._heard if isinstance(answer, kind)]

    def _completed(self, number: int) -> bool:
        return answers.Completed(b"%04d" % number) in self._heard

    def _fault(self) -> tuple[str, str] | None:
        """What stops it, and the bytes that say so."""
        for answer in self._all(answers.Automatic):
            if faults := answers.automatic_faults(answer.status):
                return ", ".join(faults), answer.status.hex(" ")
        return None

    def _verdict(self, number: int, completion: Completion, sent: str) -> Verdict:
        if self._completed(number):
            return Verdict("printed", "", f"GS ( H answered for job {number:04d}")
        if fault := self._fault():
            return Verdict("failed", fault[0], f"automatic status {fault[1]} while printing; {sent}")
        if completion == "ordered" and (ordered := self._all(answers.Ordered)):
            return _sensed(ordered[0].status)
        if completion == "none":
            return Verdict("unknown", "this printer is not asked what became of a page", sent)
        noise = f"; {self._answers.noise} bytes were no answers" if self._answers.noise else ""
        asked = "GS ( H" if completion == "process_id" else "GS r"
        reason = "the printer took the page and has not said what became of it"
        return Verdict("unknown", reason, f"no answer to {asked}; {sent}{noise}")


def _question(completion: Completion, number: int) -> bytes:
    if completion == "process_id":
        return escpos.process_id(number)
    return escpos.ORDERED_STATUS if completion == "ordered" else b""


def _sensed(status: int) -> Verdict:
    evidence = f"GS r 1: {status:#04x}, after all of the page"
    return (
        Verdict("failed", "paper out", evidence) if status & _SENSOR_PAPER_END else Verdict("printed", "", evidence)
    )


_NO_PRINTER: Final = Health(
    state="unknown",
    reason="what answers is no ESC/POS printer",
    hint="is this the printer's address, is its speed right, and does it speak ESC/POS?",
    evidence="DLE EOT",
)


def _judged(status: dict[int, int]) -> Health:
    evidence = " ".join(f"DLE EOT {n}: {byte:#04x}" for n, byte in status.items()) or "DLE EOT 1: no answer"
    if faults := answers.faults(status):
        return Health(state="fault", reason=", ".join(faults), hint=hints(faults), evidence=evidence)
    if len(status) < len(escpos.REAL_TIME_STATUS):
        return Health(state="unknown", reason="it takes questions and does not answer them", evidence=evidence)
    return Health(state="ok", reason="paper near its end" if answers.near_end(status) else "", evidence=evidence)


def is_no_printer(health: Health) -> bool:
    """Whether something answered, and not as an ESC/POS printer does."""
    return health is _NO_PRINTER
