"""What became of a page: a result, its reason, and the evidence for both."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, NamedTuple

from drivers.transports.stream import Stream, TransportError
from drivers.wire.messages import Health, Result

#: Seconds one status question may take; printers that answer do so within a tenth of it.
STATUS_SECONDS: Final = 2.0
#: Seconds a whole page may take, and the least that are left for it when making ready took long. The station waits
#: for 90.
PAGE_SECONDS: Final = 75.0
LEAST_SECONDS: Final = 2.0

HINTS: Final = {
    "paper out": "put in a new roll",
    "ribbon out": "put in a new ribbon",
    "cover open": "close the cover",
    "head open": "close the print head",
    "cutter error": "clear the cutter, then switch it off and on",
    "paused": "press its pause button",
    "offline": "press its feed button",
}


class Verdict(NamedTuple):
    """What became of a page. `labels`: how many it used, or may have; 0 when no byte of it was sent."""

    result: Result
    reason: str
    evidence: str
    labels: int = 1


def left(end: float) -> float:
    """Seconds until `end`, a time of the monotonic clock; enough to hand over a page to whoever takes it at once."""
    return max(LEAST_SECONDS, end - time.monotonic())


def hints(faults: list[str]) -> str:
    """What a person can do about them."""
    return "; ".join(HINTS[fault] for fault in faults if fault in HINTS)


def unreachable(wrong: TransportError, evidence: str) -> Health:
    """How a printer is whose connection failed."""
    return Health(state="absent" if wrong.absent else "fault", reason=str(wrong), hint=wrong.hint, evidence=evidence)


def at_the_line(stream: Stream) -> Health | None:
    """A fault the line itself tells of; None when it tells of none."""
    if faults := stream.faults():
        return Health(state="fault", reason=", ".join(faults), hint=hints(faults), evidence="the port's status")
    return None


def not_begun(reason: str, evidence: str) -> Verdict:
    """The printer was not fit for a page, and got none."""
    return Verdict("failed", reason, f"{evidence}; nothing was sent", labels=0)


def broken_off(wrong: TransportError, stream: Stream) -> Verdict:
    """What is known of a page whose bytes could not all be sent: failed if the line says why, else unknown."""
    sent = f"{wrong.sent} bytes were taken" if wrong.sent else "nothing is known to have been taken"
    if faults := stream.faults():
        return Verdict("failed", ", ".join(faults), f"the port's status while printing; {sent}")
    return Verdict("unknown", str(wrong), sent)


def health_of(connect: Callable[[], Stream], ask: Callable[[Stream], Health], to: str, question: str) -> Health:
    """Open, look at the line, ask, close. Never raises for what a device does."""
    try:
        stream = connect()
    except TransportError as wrong:
        return unreachable(wrong, f"opening {to}")
    try:
        return at_the_line(stream) or ask(stream)
    except TransportError as wrong:
        return unreachable(wrong, question)
    finally:
        stream.abandon()
