"""From a scan to its verdict: what was issued and what Graph says, gathered for the judge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from drivers.wire.messages import Code
from kiosk.badge.content import Badge, Unreadable, parse
from kiosk.badge.grade import letter
from kiosk.badge.verdict import Account, Issued, Judgement, Verdict, judge, single_badge
from kiosk.clock import Clock
from kiosk.errors import KioskError
from kiosk.graph.errors import GraphError, UserNotFound
from kiosk.registry import CodeState, IssuedCode, Registry, RegistryError
from kiosk.replace.issuer import Issuer, Person

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Checked:
    """A judged scan. `person` is there when Graph was asked and knows them; `offline` says why it could not be.

    `badge` is what the judgement is about, without the code's content; None where the scan gave not just one.
    `grade` is that of its print, see State.
    """

    judgement: Judgement
    badge: Badge | None = None
    helped: bool = False
    grade: str = ""
    person: Person | None = None
    issued: IssuedCode | None = None
    offline: KioskError | None = None

    @property
    def name(self) -> str:
        """Whose badge it is, as far as Graph or the registry knows; empty otherwise."""
        if self.person:
            return self.person.display_name
        return self.issued.display_name if self.issued else ""

    @property
    def expire(self) -> datetime | None:
        """When the code ends by itself; None where it is not known, or it ended before."""
        ended = self.judgement.verdict in (Verdict.REPLACED, Verdict.REVOKED)
        return None if ended or self.issued is None else self.issued.expire_at


@dataclass(frozen=True)
class _Known:
    issued: IssuedCode | None = None
    person: Person | None = None
    account: Account | None = None
    offline: KioskError | None = None


class Checker:
    """Judges scans. Without an `issuer` (no `[graph]` in the configuration) the registry alone is asked."""

    def __init__(
        self, registry: Registry | None, issuer: Issuer | None, clock: Clock, domains: tuple[str, ...] = ()
    ) -> None:
        self.registry = registry
        self._issuer = issuer
        self._clock = clock
        self._domains = frozenset(domain.lower() for domain in domains)

    async def check(self, codes: Sequence[Code], issuer: Issuer | None = None) -> Checked:
        """The verdict on the codes of one scan. Raises RegistryError; a Graph that cannot be asked is no error.

        `issuer` is asked in place of the station's own, on behalf of whoever is signed in there.
        """
        parsed = [(code, parse(code.content)) for code in codes]
        read = single_badge(badge for _, badge in parsed)
        helped = all(code.step for code, badge in parsed if badge == read)
        grades = [letter(code.quality) for code, badge in parsed if badge == read]
        return await self._judge(read, issuer, helped=helped, grade=grades[0] if grades else "")

    async def misread(self) -> Checked:
        """The verdict on what a scanner could not deliver whole."""
        return await self._judge(Unreadable.MISREAD, None, helped=False, grade="")

    async def count(self, checked: Checked) -> None:
        """Count a scan, without a name. One that cannot be counted is none the worse for it."""
        if self.registry:
            try:
                await self.registry.count_scan(checked.judgement.verdict, at=self._clock.now())
            except RegistryError as wrong:
                log.warning("scan not counted", reason=str(wrong))

    async def look_again(self, checked: Checked, issuer: Issuer) -> Checked:
        """The verdict on the badge checked before, as `issuer` sees its owner now. Raises RegistryError."""
        return (
            checked
            if checked.badge is None
            else await self._judge(checked.badge, issuer, helped=checked.helped, grade=checked.grade)
        )

    async def _judge(
        self, read: Badge | Verdict | Unreadable, issuer: Issuer | None, *, helped: bool, grade: str
    ) -> Checked:
        badge = read if isinstance(read, Badge) else None
        known = await self._ask(badge, issuer or self._issuer) if badge else _Known()
        judgement = judge(
            read,
            helped=helped,
            issued=_as_issued(known.issued) if known.issued else None,
            account=known.account,
            domains=self._domains,
            now=self._clock.now(),
        )
        return Checked(judgement, badge, helped, grade, known.person, known.issued, known.offline)

    async def _ask(self, badge: Badge, issuer: Issuer | None) -> _Known:
        issued = await self.registry.code(badge.code_id) if self.registry else None
        if issuer is None:
            return _Known(issued=issued)
        try:
            person = await issuer.person((issued and issued.user_id) or badge.upn)
        except UserNotFound:
            # Graph did answer: with the person all of their codes are gone.
            return _Known(issued=issued, account=Account(badge.upn, enabled=False, policy_allows=False, codes=()))
        except GraphError as wrong:
            log.warning("graph not asked", error=type(wrong).__name__, client_request_id=wrong.client_request_id)
            return _Known(issued=issued, offline=wrong)
        return _Known(issued, person, person.account)


def _as_issued(code: IssuedCode) -> Issued:
    return Issued(
        digest=code.digest,
        kind=code.kind,
        start=code.start_at,
        expire=code.expire_at,
        replaced=code.state is CodeState.REPLACED,
        revoked=code.state is CodeState.REVOKED,
        expired=code.state is CodeState.EXPIRED,
        as_of=code.changed_at,
    )
