"""A label printer's condition as its answers. Fields and their places are Zebra's, for ~HS."""

from __future__ import annotations

from typing import Final

from kiosk.harness.answers import spoiled
from kiosk.harness.faults import Condition

#: Digits that are no flags, for a printer whose answers are not to be believed.
_WRONG: Final = bytes.maketrans(b"0123456789", b"9876543298")


def host_status(now: Condition, *, length: int, formats: int, labels: int, full: bool) -> bytes:
    """The answer to ~HS: nothing at all while media or ribbon is out or the head open, as Zebra documents.

    `length`: of the label, in dots. `formats` wait, `labels` are being printed, `full`: so is the buffer.
    """
    if now.offline:
        return b""
    first = f"030,0,0,{length:04},{formats:03},{full:d},0,0,000,0,0,0"
    second = f"000,0,0,0,0,2,4,0,{labels:08},1,000"
    return b"".join(b"\x02%s\x03\r\n" % text.encode() for text in (first, second, "1234,0"))


def variable(name: str, *, odometer: int) -> bytes:
    """The answer to a getvar: the value in quotes, a question mark for what it does not know."""
    return b'"%d"' % odometer if name == "odometer.total_label_count" else b'"?"'


def spoil(answer: bytes, now: Condition) -> bytes:
    """The answer as it leaves a printer that has something wrong with its answers."""
    return spoiled(answer, now, lambda right: right.translate(_WRONG))
