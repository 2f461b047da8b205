"""The facts an approval is judged by, read at the moment it is asked for; and the audit of what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from kiosk.config import Policy
from kiosk.graph.errors import GraphError, UserNotFound
from kiosk.registry import Detail, Registry
from kiosk.registry.approvals import Approval as Noted
from kiosk.replace.approval import (
    APART,
    QUOTA,
    Approval,
    Approver,
    Asked,
    Granted,
    Made,
    Past,
    Target,
    approve,
    take_up,
)
from kiosk.replace.facilities import Facilities
from kiosk.replace.issuer import Issuer
from kiosk.replace.plan import Reason, Refusal
from kiosk.state import SupervisorView


class _NotKnownError(Exception):
    """A fact that could not be read; `key` is the refusal it comes to."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


class Approving:
    """Says yes or no for one station. `use.issuer` is asked about people: it acts for whoever is signed in."""

    def __init__(self, use: Facilities) -> None:
        self._use = use

    async def ask(
        self,
        reason: Reason,
        user_id: str,
        supervisors: Sequence[SupervisorView],
        *,
        code_id: str | None = None,
        visiting: bool = False,
    ) -> Granted | Refusal:
        """Whether `reason` may be done for this person on these supervisors' word. Raises RegistryError.

        `code_id`: the standard code it is about. `visiting`: they say that the person is from another site.
        A fact that Graph does not give is a refusal, not a guess. Both answers are in the audit when this returns.
        """
        try:
            answer = await self._judged(reason, user_id, supervisors, code_id, visiting=visiting)
        except _NotKnownError as wrong:
            answer = Refusal(wrong.key)
        await self._note(reason, user_id, supervisors, answer)
        return answer

    async def refuse(
        self, reason: Reason, user_id: str, supervisors: Sequence[SupervisorView], refusal: Refusal
    ) -> None:
        """Write down a refusal whose reason is not the policy's. Raises RegistryError."""
        await self._note(reason, user_id, supervisors, refusal)

    async def take_up(
        self, replacement: str, reason: Reason, user_id: str, supervisors: Sequence[SupervisorView]
    ) -> Refusal | None:
        """Why what was begun may not be finished on these supervisors' word, or None. Raises RegistryError.

        See `approval.take_up`. Who finishes it must be somebody who may, and not the one it is for.
        """
        policy, now = self._use.policy, self._use.clock.now()
        try:
            approvers = await _approvers(supervisors, policy, self._use.issuer)
        except _NotKnownError as wrong:
            answer: Granted | Refusal = Refusal(wrong.key)
        else:
            # Nothing more is printed of a copy: it is only closed, and takes away as little as a badge found.
            what = Reason.FOUND if reason is Reason.COPY else reason
            asked = Asked(reason=what, target=Target(user_id, privileged=False), approvers=approvers)
            made = await self._use.registry.approvals_of(user_id, now - APART, besides=replacement)
            answer = take_up(policy, asked, Past(_approvals(made)), now)
        await self._note(reason, user_id, supervisors, answer, resumed=True)
        return answer if isinstance(answer, Refusal) else None

    async def _judged(
        self,
        reason: Reason,
        user_id: str,
        supervisors: Sequence[SupervisorView],
        code_id: str | None,
        *,
        visiting: bool,
    ) -> Granted | Refusal:
        use, now = self._use, self._use.clock.now()
        target = await _target(user_id, use.policy, use.issuer)
        approvers = await _approvers(supervisors, use.policy, use.issuer)
        past = await _past(user_id, use.stationery.station.name, use.registry, now)
        if reason is Reason.COPY and code_id:
            past = replace(past, copied=await use.registry.was_copied(code_id))
        asked = Asked(reason=reason, target=target, approvers=approvers, visiting=visiting)
        return approve(use.policy, asked, past, now)

    async def _note(
        self,
        reason: Reason,
        user_id: str,
        supervisors: Sequence[SupervisorView],
        answer: Granted | Refusal,
        *,
        resumed: bool = False,
    ) -> None:
        refused = isinstance(answer, Refusal)
        why = answer.key if isinstance(answer, Refusal) else " ".join(answer.exceptions)
        details: dict[str, Detail] = {
            "reason": reason,
            "refusal" if refused else "exceptions": why,
            "resumed": resumed,
        }
        actors: list[str | None] = [each.user_id for each in supervisors]
        for actor in actors or [None]:
            await self._use.registry.note(
                "refused" if refused else "approved",
                at=self._use.clock.now(),
                actor=actor,
                subject=user_id,
                details=details,
            )


async def _target(user_id: str, policy: Policy, issuer: Issuer) -> Target:
    try:
        privileged = await issuer.holds_a_role(user_id)
    except GraphError:
        raise _NotKnownError("roles_unknown") from None
    if not policy.administrative_unit:
        return Target(user_id, privileged)
    try:
        return Target(user_id, privileged, await issuer.belongs_to(user_id, policy.administrative_unit))
    except GraphError:
        raise _NotKnownError("unit_unknown") from None


async def _approvers(supervisors: Sequence[SupervisorView], policy: Policy, issuer: Issuer) -> tuple[Approver, ...]:
    return tuple([Approver(each.user_id, each.name, await _is_active(each, policy, issuer)) for each in supervisors])


async def _is_active(supervisor: SupervisorView, policy: Policy, issuer: Issuer) -> bool:
    """Of who signed in with a phone Entra has just said so; a badge and a PIN are this station's word alone."""
    try:
        enabled = await issuer.enabled(supervisor.user_id)
        if not supervisor.by_badge:
            return enabled is not False
        group = policy.supervisors_group
        return enabled is True and bool(group) and await issuer.belongs_to(supervisor.user_id, group)
    except UserNotFound:
        return False
    except GraphError:
        raise _NotKnownError("approver_unknown") from None


async def _past(user_id: str, station: str, registry: Registry, now: datetime) -> Past:
    made = await registry.approvals_of(user_id, now - APART)
    return Past(
        _approvals(made),
        by_station=await registry.replacements_since(now - QUOTA, station=station),
        for_person=await registry.replacements_since(now - QUOTA, user_id=user_id),
    )


def _approvals(noted: Sequence[Noted]) -> tuple[Approval, ...]:
    return tuple(Approval(each.approver, Made(each.what), each.at) for each in noted)
