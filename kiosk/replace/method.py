"""The changes that are not to a slot: a code's life extended, the PIN reset, the whole method taken away."""

from __future__ import annotations

import secrets
import uuid
from datetime import datetime, timedelta

from drivers.wire.secret import Secret
from kiosk.graph.errors import MethodNotFound, OutcomeUnknown
from kiosk.registry import CodeState
from kiosk.registry.states import ENDED_CODES
from kiosk.replace.assignment import Assignment
from kiosk.replace.code import Attempt, CodeChangedError, Done
from kiosk.replace.issuer import NewCode
from kiosk.replace.plan import extended


class MethodSteps:
    """`changed`: the method may not be what it was. `pin` is the new one; `instead`: a code Graph made unasked."""

    def __init__(self, asked: Assignment) -> None:
        self.changed = False
        self.pin: Secret | None = None
        self.instead: NewCode | None = None
        self._user_id = asked.plan.user_id
        self._old = asked.plan.old
        self._reason = asked.plan.reason
        self._use = asked.use

    async def extension(self) -> Attempt:
        """A try at having the standard code last longer. Raises CodeChangedError where that is not possible now."""
        person, now = await self._use.issuer.person(self._user_id), self._use.clock.now()
        until = extended(person.standard, self._use.policy.standard_days, now) if person.standard else None
        if until is None or person.standard is None or person.standard.code_id != self._old:
            raise CodeChangedError("the code can no longer be extended", hint="scan the badge again")
        # Its last minutes at random: by them a code that Graph makes instead is known for this station's.
        expire, request = until - timedelta(seconds=secrets.randbelow(600) + 1), str(uuid.uuid4())
        details: Done = {"extends": self._old, "expire": expire.isoformat(), "request_id": request}
        return Attempt(details, lambda: self._extend(expire, request))

    def reset(self) -> Attempt:
        """A try at giving the person a new PIN."""
        request = str(uuid.uuid4())
        return Attempt({"request_id": request}, lambda: self._reset(request))

    def removal(self) -> Attempt:
        """A try at taking the method away, as long as it has the code it had."""
        request = str(uuid.uuid4())
        return Attempt({"code_id": self._old, "request_id": request}, lambda: self._remove(request))

    async def _extend(self, expire: datetime, request: str) -> Done:
        try:
            self.instead = await self._use.issuer.extend(self._user_id, expire=expire, request_id=request)
        except OutcomeUnknown:
            self.changed = True
            raise
        if self.instead:
            # The old code had just ended: whoever asked for more days gets a new badge.
            self.changed = True
            return {"code_id": self.instead.code_id}
        registry, now = self._use.registry, self._use.clock.now()
        if self._old and await registry.code(self._old):
            await registry.change_expiry(self._old, expire, at=now, reason=self._reason)
        return {"extends": self._old}

    async def _reset(self, request: str) -> Done:
        # Also where the answer is lost: the PIN the worker knew may be gone.
        self.changed = True
        self.pin = await self._use.issuer.reset_pin(self._user_id, request_id=request)
        return {}

    async def _remove(self, request: str) -> Done:
        person = await self._use.issuer.person(self._user_id)
        if person.enrolled:
            if (person.standard.code_id if person.standard else None) != self._old:
                raise CodeChangedError("the person has another code than when this was asked for", hint="ask again")
            await self._delete_method(request)
        self.changed = True
        await self._note_revoked()
        return {"code_id": self._old}

    async def _note_revoked(self) -> None:
        """No code outlives its method."""
        registry, now = self._use.registry, self._use.clock.now()
        for code in await registry.codes_of(self._user_id):
            if code.state not in ENDED_CODES:
                await registry.change_state(code.code_id, CodeState.REVOKED, at=now, reason=self._reason)

    async def _delete_method(self, request: str) -> None:
        try:
            await self._use.issuer.delete_method(self._user_id, request_id=request)
        except MethodNotFound:
            return
        except OutcomeUnknown:
            self.changed = True
            raise
