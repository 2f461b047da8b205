"""From the reason and the facts to a list of steps, or a refusal. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from kiosk.badge.kind import CodeKind
from kiosk.badge.verdict import Account, Life


class Reason(StrEnum):
    """Why something is done for a person."""

    WORN = "worn"
    LOST = "lost"
    STOLEN = "stolen"
    EXPIRES = "expires"  # the standard code ends soon
    RENAMED = "renamed"  # the UPN inside the code is no longer the person's
    FORGOTTEN = "forgotten"  # the badge is at home
    NEW_HERE = "new_here"
    PIN_FORGOTTEN = "pin_forgotten"
    FOUND = "found"  # somebody handed the badge in, and it is to be revoked
    LEAVES = "leaves"
    COPY = "copy"  # the same content once more, on fresh paper


class Step(StrEnum):
    """One step of a plan; the value is what the journal calls it."""

    PREFLIGHT = "preflight"
    BRIDGE = "bridge"  # a temporary code, held in memory in case Graph goes away after the delete
    DELETE = "delete"
    CREATE = "create"
    CREATE_TEMPORARY = "create_temporary"
    CREATE_METHOD = "create_method"
    DELETE_METHOD = "delete_method"
    EXTEND = "extend"
    RESET_PIN = "reset_pin"
    PREPARE = "prepare"
    PRINT = "print"
    SCAN_BACK = "scan_back"
    TELL_PIN = "tell_pin"
    UNBRIDGE = "unbridge"
    CLOSE = "close"


#: Before anything but these nothing has changed for the worker, and giving up costs nothing.
HARMLESS: Final = frozenset({Step.PREFLIGHT})
#: A badge in the hand, of a code that is there.
PAPER: Final = (Step.PREPARE, Step.PRINT, Step.SCAN_BACK)
#: Graph's longest life of a standard code, from its start (Graph documentation, "qrCode").
LONGEST_STANDARD: Final = timedelta(days=395)
#: An extension by less than this is not worth a badge that says another day: a new code is made.
_WORTH_EXTENDING: Final = timedelta(days=7)


@dataclass(frozen=True)
class Plan:
    """What will be done for one person.

    `old` is the id of the standard code it is about, which goes, is extended or is copied; None where there is none.
    `bridge` is the id of a temporary code of this station's own that an earlier run left behind, to be taken back.
    """

    user_id: str
    reason: Reason
    steps: tuple[Step, ...]
    old: str | None = None
    bridge: str | None = None

    @property
    def kind(self) -> CodeKind:
        """The kind of the code that the worker is to have in the end."""
        return CodeKind.TEMPORARY if self.reason is Reason.FORGOTTEN else CodeKind.STANDARD

    @property
    def prints(self) -> bool:
        """Whether there is paper in it."""
        return Step.PRINT in self.steps


@dataclass(frozen=True)
class Refusal:
    """Why nothing will be done; `key` is the key of its words."""

    key: str


def plan(  # noqa: PLR0911 - one for each row of the table
    user_id: str, reason: Reason, account: Account, *, enrolled: bool, now: datetime
) -> Plan | Refusal:
    """The steps for `reason`. `account` is the person as Graph has them `now`; `enrolled`: they have the method."""
    refusal = _refusal(reason, account, enrolled=enrolled)
    if refusal:
        return Refusal(refusal)
    match reason:
        case Reason.NEW_HERE:
            return enrolment(user_id)
        case Reason.FORGOTTEN:
            return Refusal("temporary_exists") if _temporary(account, now) else temporary(user_id)
        case Reason.PIN_FORGOTTEN:
            return Plan(user_id, reason, (Step.PREFLIGHT, Step.RESET_PIN, Step.TELL_PIN, Step.CLOSE))
        case Reason.FOUND | Reason.LEAVES:
            return _ending(user_id, reason, account)
        case Reason.COPY:
            return _copy(user_id, account, now)
        case _:
            return _for_the_badge(user_id, reason, account, now)


def _refusal(reason: Reason, account: Account, *, enrolled: bool) -> str:
    """The key of why not, or empty. What should not be there may be taken away whatever the account is."""
    if reason not in (Reason.FOUND, Reason.LEAVES):
        if not account.enabled:
            return "account_disabled"
        if not account.policy_allows:
            return "policy_disallows"
    if reason is Reason.NEW_HERE:
        return "enrolled_already" if enrolled else ""
    return "" if enrolled else "not_enrolled"


def reissue(user_id: str, reason: Reason, *, old: str | None, bridge: bool) -> Plan:
    """A new standard code for whoever has the method; `old` is the one that must go first, if there is one."""
    if old is None:
        return Plan(user_id, reason, (Step.PREFLIGHT, Step.CREATE, *PAPER, Step.CLOSE))
    across = (Step.BRIDGE,) if bridge else ()
    back = (Step.UNBRIDGE,) if bridge else ()
    return Plan(user_id, reason, (Step.PREFLIGHT, *across, Step.DELETE, Step.CREATE, *PAPER, *back, Step.CLOSE), old)


def enrolment(user_id: str) -> Plan:
    """Method, standard code and first PIN."""
    return Plan(user_id, Reason.NEW_HERE, (Step.PREFLIGHT, Step.CREATE_METHOD, *PAPER, Step.TELL_PIN, Step.CLOSE))


def temporary(user_id: str) -> Plan:
    """A temporary code; the standard one stays alive."""
    return Plan(user_id, Reason.FORGOTTEN, (Step.PREFLIGHT, Step.CREATE_TEMPORARY, *PAPER, Step.CLOSE))


def extended(code: Life, days: int, now: datetime) -> datetime | None:
    """Until when `code` can be extended in place, `days` from now at most; None where a new code is better."""
    until = min(code.start + LONGEST_STANDARD, now + timedelta(days=days)).replace(microsecond=0)
    return until if now < code.expire and until - code.expire >= _WORTH_EXTENDING else None


def _for_the_badge(user_id: str, reason: Reason, account: Account, now: datetime) -> Plan:
    old = next((life for life in account.codes if life.kind is CodeKind.STANDARD), None)
    if reason is Reason.EXPIRES and old and extended(old, LONGEST_STANDARD.days, now):
        return Plan(user_id, reason, (Step.PREFLIGHT, Step.EXTEND, Step.CLOSE), old.code_id)
    return reissue(user_id, reason, old=old.code_id if old else None, bridge=_temporary(account, now) is None)


def _ending(user_id: str, reason: Reason, account: Account) -> Plan | Refusal:
    old = next((life for life in account.codes if life.kind is CodeKind.STANDARD), None)
    if reason is Reason.LEAVES:
        steps = (Step.PREFLIGHT, Step.DELETE_METHOD, Step.CLOSE)
        return Plan(user_id, reason, steps, old.code_id if old else None)
    if old is None:
        return Refusal("no_code")
    return Plan(user_id, reason, (Step.PREFLIGHT, Step.DELETE, Step.CLOSE), old.code_id)


def _copy(user_id: str, account: Account, now: datetime) -> Plan | Refusal:
    """Only of the code that stands, and only while it is valid."""
    old = next((life for life in account.codes if life.kind is CodeKind.STANDARD), None)
    if old is None or not old.start <= now < old.expire:
        return Refusal("no_code")
    return Plan(user_id, Reason.COPY, (Step.PREFLIGHT, *PAPER, Step.CLOSE), old.code_id)


def _temporary(account: Account, now: datetime) -> Life | None:
    """What takes the temporary slot. An expired code does not: Graph makes a new one in its place."""
    return next((life for life in account.codes if life.kind is CodeKind.TEMPORARY and now < life.expire), None)
