"""The steps that change what Graph has: delete the old code, create the new, each so that a lost answer is safe."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from drivers.wire.secret import Secret
from kiosk.errors import KioskError
from kiosk.graph.errors import (
    ActiveCodeExists,
    CodeNotFound,
    GraphError,
    MethodExists,
    MethodNotFound,
    OutcomeUnknown,
)
from kiosk.registry import CodeState, Detail
from kiosk.replace.facilities import Facilities
from kiosk.replace.issuer import NewCode
from kiosk.replace.plan import Plan, Step

#: Tries at a change whose answer was lost, each after reading what is there.
_TRIES: Final = 3


class CodeChangedError(KioskError):
    """Somebody else changed the person's codes meanwhile."""


@dataclass(frozen=True)
class Attempt:
    """One try at a step: what the journal says before it, and the doing."""

    details: Mapping[str, Detail]
    work: Callable[[], Awaitable[Mapping[str, Detail]]]


class CodeSteps:
    """`new` is the code once it is there; `changed` whether the person's codes may no longer be what they were."""

    def __init__(self, plan: Plan, use: Facilities, pin: Secret | None) -> None:
        self.new: NewCode | None = None
        self.changed = False
        self._plan = plan
        self._use = use
        self._issuer = use.issuer
        self._pin = pin
        #: Start and expiry of each create whose answer was lost: what has them is this station's own.
        self._lost: set[tuple[datetime, datetime]] = set()

    def forget(self) -> None:
        """Drop the content."""
        if self.new:
            self.new.forget()

    def attempt(self, step: Step) -> Attempt:
        """A try at DELETE, CREATE or CREATE_METHOD."""
        if self.new:
            return Attempt({"code_id": self.new.code_id}, self._received)
        request_id = str(uuid.uuid4())
        if step is Step.DELETE:
            details: dict[str, Detail] = {"code_id": self._plan.remove, "request_id": request_id}
            return Attempt(details, lambda: self._delete(request_id))
        start, expire = self._life()
        details = {"request_id": request_id, "start": start.isoformat(), "expire": expire.isoformat()}
        return Attempt(details, lambda: self._create(step, start, expire, request_id))

    async def _delete(self, request_id: str) -> Mapping[str, Detail]:
        # Graph's delete names no id, so what is there is read before every try.
        for _ in range(_TRIES):
            standard = (await self._issuer.person(self._plan.user_id)).standard
            if standard is None:
                break
            if standard.code_id != self._plan.remove:
                raise CodeChangedError(
                    "the person has another code than the one to be replaced; nothing was deleted",
                    hint="someone else issued it just now: scan the badge again",
                )
            try:
                await self._issuer.delete_standard(self._plan.user_id, request_id=request_id)
            except CodeNotFound:
                pass
            except OutcomeUnknown:
                # From here on nobody may say that nothing has changed, whatever is read next.
                self.changed = True
                continue
            break
        else:
            raise OutcomeUnknown("the old code may be deleted or not: Graph's answers were lost")
        self.changed = True
        await self._note_revoked()
        return {"code_id": self._plan.remove}

    async def _note_revoked(self) -> None:
        registry, now = self._use.registry, self._use.clock.now()
        if self._plan.remove and await registry.code(self._plan.remove):
            await registry.change_state(self._plan.remove, CodeState.REVOKED, at=now, reason=self._plan.reason)

    async def _received(self) -> Mapping[str, Detail]:
        """The code is there already; what failed was noting it down."""
        assert self.new is not None, "asked for only then"
        return {"code_id": self.new.code_id}

    async def _create(self, step: Step, start: datetime, expire: datetime, request_id: str) -> Mapping[str, Detail]:
        failure: GraphError
        for _ in range(_TRIES):
            try:
                self.new = await self._send(step, start, expire, request_id)
            except OutcomeUnknown as unknown:
                failure, self.changed = unknown, True
                self._lost.add((start, expire))
            except (ActiveCodeExists, MethodExists) as taken:
                failure = taken
            else:
                self.changed = True
                return await self._received()
            await self._make_room(step)
        raise failure

    async def _send(self, step: Step, start: datetime, expire: datetime, request_id: str) -> NewCode:
        user = self._plan.user_id
        if step is Step.CREATE:
            return await self._issuer.create_standard(user, start=start, expire=expire, request_id=request_id)
        assert self._pin is not None, "an enrolment has a PIN"
        return await self._issuer.create_method(
            user, start=start, expire=expire, pin=self._pin, request_id=request_id
        )

    async def _make_room(self, step: Step) -> None:
        """Delete the code a lost answer left behind: ours only if it has the very dates that were sent."""
        standard = (await self._issuer.person(self._plan.user_id)).standard
        if standard is None:
            return
        if (standard.start, standard.expire) not in self._lost:
            raise _not_ours(still_old=standard.code_id == self._plan.remove)
        request_id = str(uuid.uuid4())
        try:
            if step is Step.CREATE_METHOD:
                await self._issuer.delete_method(self._plan.user_id, request_id=request_id)
            else:
                await self._issuer.delete_standard(self._plan.user_id, request_id=request_id)
        except (CodeNotFound, MethodNotFound):
            return

    def _life(self) -> tuple[datetime, datetime]:
        start = self._use.clock.now().replace(microsecond=0)
        # Its last seconds at random: by them a code whose answer was lost is known for this station's.
        spare = timedelta(seconds=secrets.randbelow(3600) + 1)
        return start, start + timedelta(days=self._use.policy.standard_days) - spare


def _not_ours(*, still_old: bool) -> CodeChangedError:
    if still_old:
        return CodeChangedError(
            "Graph still shows the old code: its deletion has not taken effect yet",
            hint="wait a moment, then try again",
        )
    return CodeChangedError(
        "the person has a new code this station did not create; it was left alone",
        hint="someone else issued it just now: ask them for the badge",
    )
