"""What was issued, and the journal of replacements: one SQLite file, the only one who speaks to the database.

`Registry` is the way in. It holds digests of what codes say, ids, names, dates and states; never content, never a
PIN. Times are the caller's: there is no clock here.
"""

from __future__ import annotations

from kiosk.registry.codes import IssuedCode
from kiosk.registry.errors import DuplicateError, NotFoundError, RegistryError
from kiosk.registry.journal import Detail, Details, JournalEntry, OpenReplacement
from kiosk.registry.states import CodeState, Phase
from kiosk.registry.store import Registry
from kiosk.registry.transaction import Transaction

__all__ = [
    "CodeState",
    "Detail",
    "Details",
    "DuplicateError",
    "IssuedCode",
    "JournalEntry",
    "NotFoundError",
    "OpenReplacement",
    "Phase",
    "Registry",
    "RegistryError",
    "Transaction",
]
