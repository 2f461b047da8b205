"""Key events as the kernel writes them, and a scanner that types a text on a layout."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from evdev import ecodes

from drivers.scanners.input_events import RECORD
from drivers.wire.messages import FromDriver, Scan

SHIFT, ALT_GR, ALT, CTRL = ecodes.KEY_LEFTSHIFT, ecodes.KEY_RIGHTALT, ecodes.KEY_LEFTALT, ecodes.KEY_LEFTCTRL

Stroke = tuple[int, int]


def record(kind: int, code: int, value: int) -> bytes:
    """One `struct input_event`."""
    return RECORD.pack(1_700_000_000, 123_456, kind, code, value)


def written(strokes: Iterable[Stroke]) -> bytes:
    """Each stroke as the kernel writes it: the scan code, the key, the report."""
    return b"".join(
        record(ecodes.EV_MSC, ecodes.MSC_SCAN, 0x70000 + code)
        + record(ecodes.EV_KEY, code, value)
        + record(ecodes.EV_SYN, ecodes.SYN_REPORT, 0)
        for code, value in strokes
    )


def tap(*codes: int) -> Iterator[Stroke]:
    """Press these in order, the last being the key and the rest its modifiers, and let go in reverse."""
    yield from ((code, 1) for code in codes)
    yield from ((code, 0) for code in reversed(codes))


def keys(*names: str) -> bytes:
    """Taps of keys by their names: `A`, `LEFTSHIFT+A`."""
    codes = ([ecodes.ecodes[f"KEY_{one}"] for one in name.split("+")] for name in names)
    return written(stroke for chord in codes for stroke in tap(*chord))


def alt_code(digits: str) -> bytes:
    """Hold Alt and type a number on the keypad."""
    strokes = [(ALT, 1), *(s for digit in digits for s in tap(ecodes.ecodes[f"KEY_KP{digit}"])), (ALT, 0)]
    return written(strokes)


def contents(said: list[FromDriver]) -> list[bytes]:
    """Of the scans among these messages, in order."""
    return [code.content.reveal() for message in said if isinstance(message, Scan) for code in message.codes]
