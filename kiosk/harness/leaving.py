"""Leaving on a signal, with everything put away."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType
from typing import Final

_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)


@contextlib.contextmanager
def until_signalled() -> Iterator[contextlib.ExitStack]:
    """A stack for the block to fill; then SIGTERM and SIGINT end the process with 0 by way of that stack.

    Signals wait while the block runs its set-up (see `open_to_signals`) and while the stack unwinds, so that nothing
    is left half made. For the main thread of a process only.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    for each in _SIGNALS:
        signal.signal(each, _leave)
    with contextlib.ExitStack() as stack:
        try:
            yield stack
        finally:
            for each in _SIGNALS:
                signal.signal(each, signal.SIG_IGN)


def open_to_signals() -> None:
    """The set-up is done: leave when told to, from now on."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)


def _leave(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)
