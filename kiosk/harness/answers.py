"""Answers as they leave a printer that has something wrong with them, in whichever language."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from kiosk.harness.faults import Condition

_GARBAGE: Final = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"


def spoiled(answer: bytes, now: Condition, wrong: Callable[[bytes], bytes]) -> bytes:
    """The answer as it goes out; `wrong` makes of it one of the right length that is not to be believed."""
    if now.silent or now.dead or not answer:
        return b""
    if now.garbage_answers:
        return _GARBAGE
    return wrong(answer) if now.wrong_answers else answer
