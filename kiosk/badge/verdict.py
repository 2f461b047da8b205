"""The verdict on a scan: exactly one, from what was read, what was issued, what Graph says, and the time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from kiosk.badge.content import Badge, Unreadable
from kiosk.badge.kind import CodeKind

#: A standard code is `expiring` when this little of its life is left.
EXPIRING: Final = timedelta(days=30)


class Severity(StrEnum):
    """How a verdict is shown."""

    GOOD = "good"
    ATTENTION = "attention"
    BAD = "bad"


class Verdict(StrEnum):
    """What a scan is. The value is also the key of its words."""

    ACTIVE = "active"
    ACTIVE_TEMPORARY = "active_temporary"
    EXPIRING = "expiring"
    WORN = "worn"
    NOT_YET_VALID = "not_yet_valid"
    EXPIRED = "expired"
    REPLACED = "replaced"
    REVOKED = "revoked"
    BLOCKED = "blocked"
    CONTENT_MISMATCH = "content_mismatch"
    KNOWN_TO_TENANT = "known_to_tenant"
    OTHER_TENANT = "other_tenant"
    SEVERAL_BADGES = "several_badges"
    UNKNOWN = "unknown"
    NOT_A_BADGE = "not_a_badge"

    @property
    def severity(self) -> Severity:
        """How it is shown."""
        if self in _GOOD:
            return Severity.GOOD
        return Severity.ATTENTION if self in _ATTENTION else Severity.BAD


#: Verdicts on a badge that signs in.
WORKING: Final = frozenset({Verdict.ACTIVE, Verdict.ACTIVE_TEMPORARY, Verdict.EXPIRING, Verdict.WORN})
_GOOD: Final = frozenset({Verdict.ACTIVE, Verdict.ACTIVE_TEMPORARY})
_ATTENTION: Final = frozenset(
    {
        Verdict.EXPIRING,
        Verdict.WORN,
        Verdict.NOT_YET_VALID,
        Verdict.KNOWN_TO_TENANT,
        Verdict.SEVERAL_BADGES,
        Verdict.NOT_A_BADGE,
    }
)


class Basis(StrEnum):
    """What a verdict rests on."""

    SCAN = "scan"
    REGISTRY = "registry"
    GRAPH = "graph"


@dataclass(frozen=True)
class Issued:
    """What the registry knows of the code: its digest, its life, and whether it was replaced or revoked since.

    `expired`: it was found to be over, whatever the clock says now.
    """

    digest: bytes
    kind: CodeKind
    start: datetime
    expire: datetime
    replaced: bool
    revoked: bool
    as_of: datetime
    expired: bool = False


@dataclass(frozen=True)
class Life:
    """One code of a person as Graph has it now."""

    code_id: str
    kind: CodeKind
    start: datetime
    expire: datetime


@dataclass(frozen=True)
class Account:
    """What Graph says of the person now. `upn` is today's; the one in the code is that of the day it was made."""

    upn: str
    enabled: bool
    policy_allows: bool
    codes: tuple[Life, ...]

    def code(self, code_id: str) -> Life | None:
        """Their code of this id, if Graph still has it."""
        return next((life for life in self.codes if life.code_id == code_id), None)


@dataclass(frozen=True)
class Judgement:
    """A verdict with its grounds. `reasons` are message keys; `as_of` is how old the basis is."""

    verdict: Verdict
    basis: Basis
    as_of: datetime
    reasons: tuple[str, ...] = ()
    badge: Badge | None = None


def single_badge(read: Iterable[Badge | Unreadable]) -> Badge | Verdict | Unreadable:
    """The one badge among the codes in view; other codes beside it do not count."""
    seen = list(read)
    badges = {code.digest: code for code in seen if isinstance(code, Badge)}
    if len(badges) > 1:
        return Verdict.SEVERAL_BADGES
    if badges:
        return next(iter(badges.values()))
    odd = [code for code in seen if isinstance(code, Unreadable) and code is not Unreadable.NOT_A_BADGE]
    return odd[0] if odd else Unreadable.NOT_A_BADGE


def judge(
    read: Badge | Verdict | Unreadable,
    *,
    helped: bool,
    issued: Issued | None,
    account: Account | None,
    domains: frozenset[str],
    now: datetime,
) -> Judgement:
    """The verdict. `helped`: the decoder needed help. `account` is None when Graph could not be asked.

    `domains` are the tenant's; empty when not known, and then no badge is another tenant's.
    """
    if not isinstance(read, Badge):
        return _no_badge(read, now)
    if domains and read.upn.rpartition("@")[2].lower() not in domains:
        return Judgement(Verdict.OTHER_TENANT, Basis.SCAN, now, badge=read)
    if issued is None:
        return _never_issued(read, account, now)
    if issued.digest != read.digest:
        return Judgement(Verdict.CONTENT_MISMATCH, Basis.REGISTRY, issued.as_of, badge=read)
    if account is None:
        return _offline(read, issued, helped=helped, now=now)
    return _online(read, issued, account, helped=helped, now=now)


def _no_badge(read: Verdict | Unreadable, now: datetime) -> Judgement:
    if isinstance(read, Verdict):
        return Judgement(read, Basis.SCAN, now)
    if read is Unreadable.NOT_A_BADGE:
        return Judgement(Verdict.NOT_A_BADGE, Basis.SCAN, now)
    return Judgement(Verdict.UNKNOWN, Basis.SCAN, now, (read.value,))


def _never_issued(badge: Badge, account: Account | None, now: datetime) -> Judgement:
    if account and account.code(badge.code_id):
        return Judgement(Verdict.KNOWN_TO_TENANT, Basis.GRAPH, now, badge=badge)
    return Judgement(Verdict.UNKNOWN, Basis.GRAPH if account else Basis.REGISTRY, now, badge=badge)


def _offline(badge: Badge, issued: Issued, *, helped: bool, now: datetime) -> Judgement:
    life = Life(badge.code_id, issued.kind, issued.start, issued.expire)
    if issued.replaced or issued.revoked:
        return Judgement(_gone(issued), Basis.REGISTRY, issued.as_of, badge=badge)
    if issued.expired:
        return Judgement(Verdict.EXPIRED, Basis.REGISTRY, issued.as_of, badge=badge)
    verdict, reasons = _by_life(life, helped=helped, now=now)
    return Judgement(verdict, Basis.REGISTRY, issued.as_of, reasons, badge)


def _online(badge: Badge, issued: Issued, account: Account, *, helped: bool, now: datetime) -> Judgement:
    life = account.code(badge.code_id)
    if life is None:
        return Judgement(_gone(issued), Basis.GRAPH, now, badge=badge)
    if issued.replaced or issued.revoked:
        # A deletion may take effect late: what was taken back works no more, whatever Graph still lists.
        return Judgement(_gone(issued), Basis.REGISTRY, issued.as_of, badge=badge)
    verdict, reasons = _by_life(life, helped=helped, now=now)
    blocked = _blocks(badge, account)
    if blocked and verdict not in (Verdict.EXPIRED, Verdict.NOT_YET_VALID):
        return Judgement(Verdict.BLOCKED, Basis.GRAPH, now, blocked, badge)
    return Judgement(verdict, Basis.GRAPH, now, reasons, badge)


def _gone(issued: Issued) -> Verdict:
    return Verdict.REPLACED if issued.replaced else Verdict.REVOKED


def _blocks(badge: Badge, account: Account) -> tuple[str, ...]:
    blocks = {
        "account_disabled": not account.enabled,
        "policy_disallows": not account.policy_allows,
        "upn_changed": badge.upn.lower() != account.upn.lower(),
    }
    return tuple(reason for reason, holds in blocks.items() if holds)


def _by_life(life: Life, *, helped: bool, now: datetime) -> tuple[Verdict, tuple[str, ...]]:
    if now >= life.expire:
        return Verdict.EXPIRED, ()
    if now < life.start:
        return Verdict.NOT_YET_VALID, ()
    expiring = life.kind is CodeKind.STANDARD and life.expire - now <= EXPIRING
    if helped:
        return Verdict.WORN, ("expiring",) if expiring else ()
    if life.kind is CodeKind.TEMPORARY:
        return Verdict.ACTIVE_TEMPORARY, ()
    return (Verdict.EXPIRING if expiring else Verdict.ACTIVE), ()
