"""A printer's condition as ESC/POS status bytes. The bits are Epson's, for DLE EOT, GS r and GS a."""

from __future__ import annotations

from typing import Final

from kiosk.harness.answers import spoiled
from kiosk.harness.faults import Condition

#: Bits of GS a's mask.
ONLINE, ERRORS, PAPER = 0x02, 0x04, 0x08

_FIXED: Final = 0x12


def _paper_sensors(now: Condition) -> int:
    """Near-end sensor in bits 0 and 1, end sensor in bits 2 and 3. A roll that has ended is also near its end."""
    return (0x03 if now.near_end or now.paper_out else 0) | (0x0C if now.paper_out else 0)


def real_time(what: int, now: Condition) -> bytes:
    """The answer to DLE EOT `what`: 1 printer, 2 cause of being off line, 3 error, 4 paper. It matches 0xx1xx10."""
    if what == 1:
        bits = 0x08 if now.offline else 0
    elif what == 2:  # noqa: PLR2004
        bits = 0x04 * now.cover_open | 0x20 * now.paper_out | 0x40 * now.cutter_jammed
    elif what == 3:  # noqa: PLR2004
        bits = 0x08 * now.cutter_jammed
    else:
        sensors = _paper_sensors(now)
        bits = (sensors & 0x03) << 2 | (sensors & 0x0C) << 3
    return bytes([_FIXED | bits])


def paper(now: Condition) -> bytes:
    """The answer to GS r 1."""
    return bytes([_paper_sensors(now)])


def automatic(now: Condition) -> bytes:
    """The four bytes of automatic status."""
    return bytes(
        [
            0x10 | 0x08 * now.offline | 0x20 * now.cover_open,
            0x08 * now.cutter_jammed,
            _paper_sensors(now),
            0x00,
        ]
    )


def automatic_changed(before: bytes, after: bytes, mask: int) -> bool:
    """Whether something `mask` asks to be told of is different."""
    watched = (0x28 if mask & ONLINE else 0, 0xFF if mask & ERRORS else 0, 0xFF if mask & PAPER else 0, 0)
    return any((old ^ new) & bits for old, new, bits in zip(before, after, watched, strict=True))


def done(job: bytes) -> bytes:
    """The answer to GS ( H function 48."""
    return b"\x37\x22" + job + b"\0"


def cleared() -> bytes:
    """The answer to DLE DC4 function 8."""
    return b"\x37\x25\0"


def spoil(answer: bytes, now: Condition) -> bytes:
    """The answer as it leaves a printer that has something wrong with its answers."""
    return spoiled(answer, now, _wrong)


def _wrong(answer: bytes) -> bytes:
    if answer[:2] == b"\x37\x22":
        return answer[:2] + bytes(byte ^ 1 for byte in answer[2:6]) + answer[6:]
    # Bit 7 is 0 in every status byte there is.
    return bytes(byte ^ 0x80 for byte in answer)
