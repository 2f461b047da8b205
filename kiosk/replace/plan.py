"""From the reason and the facts to a list of steps, or a refusal. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from kiosk.badge.kind import CodeKind
from kiosk.badge.verdict import Account


class Reason(StrEnum):
    """Why a badge is made."""

    WORN = "worn"
    LOST = "lost"
    STOLEN = "stolen"
    NEW_HERE = "new_here"


class Step(StrEnum):
    """One step of a plan; the value is what the journal calls it."""

    PREFLIGHT = "preflight"
    CREATE_METHOD = "create_method"
    DELETE = "delete"
    CREATE = "create"
    PREPARE = "prepare"
    PRINT = "print"
    SCAN_BACK = "scan_back"
    CLOSE = "close"


#: Before these nothing has changed, and giving up costs nothing.
HARMLESS: Final = frozenset({Step.PREFLIGHT})

_PAPER: Final = (Step.PREPARE, Step.PRINT, Step.SCAN_BACK, Step.CLOSE)
#: An old standard code must go before Graph makes a new one.
REISSUE: Final = (Step.PREFLIGHT, Step.DELETE, Step.CREATE, *_PAPER)
#: After an expiry or a deletion elsewhere there is nothing to delete.
ISSUE: Final = (Step.PREFLIGHT, Step.CREATE, *_PAPER)
ENROL: Final = (Step.PREFLIGHT, Step.CREATE_METHOD, *_PAPER)


@dataclass(frozen=True)
class Plan:
    """What will be done for one person. `remove` is the id of the code that goes, None where none does."""

    user_id: str
    reason: Reason
    steps: tuple[Step, ...]
    remove: str | None


@dataclass(frozen=True)
class Refusal:
    """Why nothing will be done; `key` is the key of its words."""

    key: str


def plan(user_id: str, reason: Reason, account: Account, *, enrolled: bool) -> Plan | Refusal:
    """The steps for `reason`. `account` is the person as Graph has them now; `enrolled`: they have the method."""
    if not account.enabled:
        return Refusal("account_disabled")
    if not account.policy_allows:
        return Refusal("policy_disallows")
    if reason is Reason.NEW_HERE:
        return Refusal("enrolled_already") if enrolled else Plan(user_id, reason, ENROL, None)
    if not enrolled:
        return Refusal("not_enrolled")
    old = next((life for life in account.codes if life.kind is CodeKind.STANDARD), None)
    return Plan(user_id, reason, REISSUE, old.code_id) if old else Plan(user_id, reason, ISSUE, None)
