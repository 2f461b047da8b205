"""What was issued, what was done and by whom: one SQLite file, the only one who speaks to the database.

`Registry` is the way in. It holds digests of what codes say, ids, names, dates and states; never content, never a
PIN. Times are the caller's: there is no clock here.
"""

from __future__ import annotations

from kiosk.registry.approvals import Approval
from kiosk.registry.audit import AuditEntry
from kiosk.registry.codes import CodeChange, IssuedCode
from kiosk.registry.details import Detail, Details
from kiosk.registry.elsewhere import CodeElsewhere
from kiosk.registry.erasure import Dropped, Erased, Stays
from kiosk.registry.errors import DamagedError, DuplicateError, NotFoundError, RegistryError
from kiosk.registry.journal import JournalEntry, OpenReplacement, Order
from kiosk.registry.leases import Lease, LeaseHeldError, LeaseLostError, this_process
from kiosk.registry.states import CodeState, ListKind, Phase, RowState
from kiosk.registry.store import Registry
from kiosk.registry.transaction import Transaction
from kiosk.registry.verification import Anchor, Broken, Verified

__all__ = [
    "Anchor",
    "Approval",
    "AuditEntry",
    "Broken",
    "CodeChange",
    "CodeElsewhere",
    "CodeState",
    "DamagedError",
    "Detail",
    "Details",
    "Dropped",
    "DuplicateError",
    "Erased",
    "IssuedCode",
    "JournalEntry",
    "Lease",
    "LeaseHeldError",
    "LeaseLostError",
    "ListKind",
    "NotFoundError",
    "OpenReplacement",
    "Order",
    "Phase",
    "Registry",
    "RegistryError",
    "RowState",
    "Stays",
    "Transaction",
    "Verified",
    "this_process",
]
