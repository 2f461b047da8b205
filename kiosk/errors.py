"""The root of everything the station raises on purpose."""

from __future__ import annotations


class KioskError(Exception):
    """A job could not be done. `str` says what was wrong in one line; `hint` says what to do about it.

    Neither ever holds a secret: both are shown, logged and audited.
    """

    #: What the process exits with when nothing catches it: 1, or 2 when the words typed or the settings are wrong.
    exit_code = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class UsageError(KioskError):
    """What was asked for makes no sense as asked: a command line, a setting."""

    exit_code = 2
