"""A label printer that speaks ZPL: preflight by ~HS, one format, and word of it by ~HS and the odometer."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, Literal

from drivers.printers import page as pages
from drivers.printers import verdict, zpl
from drivers.printers.line import LinePrinter
from drivers.printers.verdict import Verdict, broken_off, hints, not_begun
from drivers.transports.stream import Stream, TransportError
from drivers.wire.messages import Health, Page
from drivers.wire.options import ZplOptions

#: Seconds between two looks at a printer that is at work.
_LOOK_SECONDS: Final = 0.25
#: Whether an earlier page may still be in the printer.
_Memory = Literal["clean", "cut_off"]


class LabelPrinter(LinePrinter[ZplOptions]):
    """`printed` is a page after which it is idle again, twice in a row, and its odometer, if it has one, went on.

    Silence of a printer that can answer is a fault in doubt, never well: ~HS is not answered while media or ribbon is
    out or the head open (Zebra's guide). One that cannot answer is said to be so by its option `answers`.
    """

    def __init__(self, options: ZplOptions) -> None:
        super().__init__(options)
        # Whoever drove it before may have been stopped in the middle of a label.
        self._memory: _Memory = "cut_off"

    def health(self) -> Health:
        """Ask the line, then ~HS."""
        return verdict.health_of(self._connect, self._ask, self.identity, "~HS")

    @property
    def _is_through(self) -> bool:
        return self._memory == "clean"

    def _bytes(self, page: Page) -> bytes:
        options = self._options
        return zpl.label(
            pages.unpack(page),
            width=options.width,
            height=options.height,
            darkness=options.darkness,
            speed=options.speed,
        )

    def _print(self, stream: Stream, data: bytes, end: float) -> Verdict:
        try:
            stream.drain()
            if self._memory == "cut_off":
                stream.write(zpl.CANCEL_ALL, verdict.STATUS_SECONDS)
            health = verdict.at_the_line(stream) or self._ask(stream)
            if health.state == "fault":
                return not_begun(health.reason, health.evidence)
            before = self._odometer(stream) if health.state == "ok" else None
        except TransportError as wrong:
            return not_begun(str(wrong), "asking how it is")
        self._memory = "cut_off"
        try:
            stream.write(data, self._options.timeout, total=verdict.left(end))
            told = self._word(stream, before, end) if health.state == "ok" else _NOT_ASKED
            if stream.waiting and told.result == "unknown":
                return told._replace(reason=f"{stream.name} is held up by the printer")
        except TransportError as wrong:
            return broken_off(wrong, stream)
        return self._left(stream, told)

    def _left(self, stream: Stream, told: Verdict) -> Verdict:
        """Cancel what a page that did not come out has left behind: mended, it would print it."""
        if told.result == "printed" or told is _NOT_ASKED:
            self._memory = "clean"
            return told
        try:
            stream.write(zpl.CANCEL_ALL, _LOOK_SECONDS, total=_LOOK_SECONDS)
        except TransportError:
            return told
        return told._replace(evidence=f"{told.evidence}; the rest was cancelled (~JA)")

    def _ask(self, stream: Stream) -> Health:
        if not (self._options.answers and stream.hears):
            return Health(state="unknown", reason="it cannot be asked how it is", evidence="answers = false")
        reply = self._reply(stream, zpl.HOST_STATUS, lambda reply: reply.status is not None)
        status = reply.status
        if status is None:
            return _unanswered(reply)
        evidence = f"~HS: {status.formats} formats, {status.labels} labels waiting"
        if status.faults:
            reason = ", ".join(status.faults)
            return Health(state="fault", reason=reason, hint=hints(status.faults), evidence=f"~HS: {reason}")
        return Health(state="ok", evidence=evidence)

    def _odometer(self, stream: Stream) -> int | None:
        return self._reply(stream, zpl.ODOMETER, lambda reply: reply.variable is not None).odometer

    def _reply(self, stream: Stream, question: bytes, enough: Callable[[zpl.Reply], bool]) -> zpl.Reply:
        reply = zpl.Reply()

        def heard(data: bytes) -> bool:
            reply.feed(data)
            return enough(reply)

        stream.write(question, verdict.STATUS_SECONDS, total=verdict.STATUS_SECONDS)
        stream.read_until(heard, verdict.STATUS_SECONDS)
        return reply

    def _word(self, stream: Stream, before: int | None, end: float) -> Verdict:
        """Look at it until it is idle, or has stopped, or has shown no change for as long as it may."""
        idle, now = 0, before
        last: zpl.HostStatus | None = None
        patience = time.monotonic() + self._options.timeout + stream.waiting
        while time.monotonic() < min(patience, end):
            status = self._reply(stream, zpl.HOST_STATUS, lambda reply: reply.status is not None).status
            if status and status.faults:
                return Verdict("failed", ", ".join(status.faults), "~HS while printing")
            if status != last:
                last, patience = status, time.monotonic() + self._options.timeout
            idle = idle + 1 if status and status.idle else 0
            if idle > 1 and (told := _counted(before, now := self._odometer(stream) if before is not None else None)):
                return told
            time.sleep(_LOOK_SECONDS if status else 0)
        if last is None:
            reason = "it has stopped answering, as with media or ribbon out, or the head open"
            return Verdict("unknown", reason, "~HS after the page: no answer")
        return Verdict("unknown", "it has not printed the page", f"~HS: {last.formats} formats; odometer at {now}")


_NOT_ASKED: Final = Verdict("unknown", "it took the page, and cannot be asked what became of it", "answers = false")


def _unanswered(reply: zpl.Reply) -> Health:
    if reply.silent:
        reason = "it does not answer, as with media or ribbon out, or the head open"
        hint = "look at its display; is its speed right, and does it speak ZPL?"
        return Health(state="fault", reason=reason, hint=hint, evidence="~HS: no answer")
    hint = "is this the printer's address, is its speed right, and does it speak ZPL?"
    return Health(state="fault", reason="what answers is no ZPL printer", hint=hint, evidence="~HS")


def _counted(before: int | None, now: int | None) -> Verdict | None:
    """What the odometer, if there is one, says of an idle printer; None when it has not moved."""
    if before is None:
        return Verdict("printed", "", "~HS: idle again, twice; it has no odometer")
    if now is None or now <= before:
        return None
    reason = f"{now - before} labels came out, not one" if now - before > 1 else ""
    return Verdict("printed", reason, f"~HS: idle again; the odometer went from {before} to {now}", now - before)
