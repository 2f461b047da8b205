"""One slot of one person: the code in it deleted or created, each so that a lost answer is safe.

Graph's delete names no id, so what is there is read before every try. A create is sent once; whether a code found
afterwards is this station's own is told by its start and expiry, which are journaled before they are sent.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from drivers.wire.secret import Secret
from kiosk.badge.kind import CodeKind
from kiosk.badge.verdict import Life
from kiosk.errors import KioskError
from kiosk.graph.errors import CodeNotFound, MethodNotFound, OutcomeUnknown
from kiosk.registry import CodeState, Detail
from kiosk.replace.assignment import Assignment
from kiosk.replace.history import Dates
from kiosk.replace.issuer import NewCode

#: Tries at a delete whose answer was lost, each after reading what is there.
_TRIES: Final = 3

Done = Mapping[str, Detail]


class CodeChangedError(KioskError):
    """Somebody else changed the person's codes meanwhile."""


class StillThereError(CodeChangedError):
    """A deletion that Graph accepted has not taken effect yet."""


@dataclass(frozen=True)
class Attempt:
    """One try at a step: what the journal says before it, and the doing."""

    details: Mapping[str, Detail]
    work: Callable[[], Awaitable[Done]]


class Slot:
    """The slot of a `kind`. `new` is the code made for it; `changed`: it may no longer hold what it did.

    `sent` are the dates of the creates whose answers were lost, here or in an earlier run.
    """

    def __init__(self, asked: Assignment, kind: CodeKind, sent: Iterable[Dates]) -> None:
        self.new: NewCode | None = None
        self.changed = False
        self.doubtful = False
        self.kind: Final = kind
        self._use = asked.use
        self._issuer = asked.use.issuer
        self._user_id = asked.plan.user_id
        self._reason = asked.plan.reason
        self._sent = set(sent)

    @property
    def latest_end(self) -> datetime | None:
        """When the last of the codes ends whose answers were lost."""
        return max((expire for _, expire in self._sent), default=None)

    def forget(self) -> None:
        """Drop the content."""
        if self.new:
            self.new.forget()

    def creation(self) -> Attempt:
        """A try at creating a code, with dates of its own."""
        if self.new:
            return Attempt({"code_id": self.new.code_id}, self._received)
        request_id = str(uuid.uuid4())
        start, expire = self._life()
        details: Done = {"request_id": request_id, "start": start.isoformat(), "expire": expire.isoformat()}
        return Attempt(details, lambda: self._create(start, expire, request_id))

    def deletion(self, code_id: str | None) -> Attempt:
        """A try at deleting the code with this id; another one is left alone."""
        request_id = str(uuid.uuid4())
        return Attempt(
            {"code_id": code_id, "kind": self.kind, "request_id": request_id},
            lambda: self._delete(code_id, request_id),
        )

    async def orphan(self, old: str | None) -> str | None:
        """The id of a code this station made and whose content is lost; None for an empty slot.

        Raises StillThereError for `old`, and CodeChangedError for a code somebody else made.
        """
        there = await self._there()
        if there is None:
            return None
        if (there.start, there.expire) in self._sent:
            return there.code_id
        if there.code_id == old:
            raise StillThereError(
                "Graph still shows the old code: its deletion has not taken effect yet",
                hint="wait a moment, then try again",
            )
        raise CodeChangedError(
            "the person has a new code this station did not create; it was left alone",
            hint="someone else issued it just now: ask them for the badge",
        )

    async def _create(self, start: datetime, expire: datetime, request_id: str) -> Done:
        try:
            self.new = await self._send(start, expire, request_id)
        except OutcomeUnknown:
            self.changed = True
            self._sent.add((start, expire))
            raise
        self.changed = True
        return await self._received()

    async def _send(self, start: datetime, expire: datetime, request_id: str) -> NewCode:
        return await self._issuer.create_code(
            self._user_id, self.kind, start=start, expire=expire, request_id=request_id
        )

    async def _received(self) -> Done:
        """The code is there already; what failed was noting it down."""
        assert self.new is not None, "asked for only then"
        return {"code_id": self.new.code_id}

    async def _delete(self, code_id: str | None, request_id: str) -> Done:
        for _ in range(_TRIES):
            there = await self._there()
            if there is None:
                break
            if there.code_id != code_id:
                raise CodeChangedError(
                    "the person has another code than the one to be deleted; nothing was deleted",
                    hint="someone else issued it just now: scan the badge again",
                )
            try:
                await self._take_away(request_id)
            except (CodeNotFound, MethodNotFound):
                pass
            except OutcomeUnknown:
                # From here on nobody may say that nothing has changed, whatever is read next.
                self.changed = self.doubtful = True
                continue
            break
        else:
            raise OutcomeUnknown("the code may be deleted or not: Graph's answers were lost")
        self.changed = True
        await self._note_revoked(code_id)
        return {"code_id": code_id}

    async def _take_away(self, request_id: str) -> None:
        await self._issuer.delete_code(self._user_id, self.kind, request_id=request_id)

    async def _there(self) -> Life | None:
        return (await self._issuer.person(self._user_id)).code(self.kind)

    async def _note_revoked(self, code_id: str | None) -> None:
        registry, now = self._use.registry, self._use.clock.now()
        if code_id and await registry.code(code_id):
            await registry.change_state(code_id, CodeState.REVOKED, at=now, reason=self._reason)

    def _life(self) -> Dates:
        # Valid at once by Graph's clock, too, should ours be ahead of it.
        ahead = max(0.0, self._issuer.skew() or 0.0)
        start = (self._use.clock.now() - timedelta(seconds=ahead)).replace(microsecond=0)
        # Its last seconds at random: by them a code whose answer was lost is known for this station's.
        if self.kind is CodeKind.STANDARD:
            spare = timedelta(seconds=secrets.randbelow(3600) + 1)
            return start, start + timedelta(days=self._use.policy.standard_days) - spare
        return start, start + timedelta(hours=self._use.policy.temporary_hours, seconds=-secrets.randbelow(600) - 1)


class Enrolment(Slot):
    """The standard slot of somebody who has no method yet: the code comes with the method and a PIN."""

    def __init__(self, asked: Assignment, pin: Secret, sent: Iterable[Dates]) -> None:
        super().__init__(asked, CodeKind.STANDARD, sent)
        self._pin = pin

    async def _send(self, start: datetime, expire: datetime, request_id: str) -> NewCode:
        return await self._issuer.create_method(
            self._user_id, start=start, expire=expire, pin=self._pin, request_id=request_id
        )

    async def _take_away(self, request_id: str) -> None:
        # The PIN of a lost answer is lost, too: the whole method goes.
        await self._issuer.delete_method(self._user_id, request_id=request_id)
