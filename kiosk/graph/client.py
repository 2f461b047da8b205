"""The QR code + PIN method through Microsoft Graph: one method here for each operation there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import quote

from drivers.wire.secret import Secret
from kiosk.badge.kind import CodeKind
from kiosk.clock import Clock, SystemClock
from kiosk.graph import operations as op
from kiosk.graph import reading, writing
from kiosk.graph.batch import ExtendCode, Part, PartResult
from kiosk.graph.batching import Batches, addressed, check_parts
from kiosk.graph.calls import Calls
from kiosk.graph.directory import read_assignments
from kiosk.graph.errors import (
    ClockWrong,
    CodeNotFound,
    GraphError,
    InsufficientPermissions,
    MethodNotFound,
    OutcomeUnknown,
    UnexpectedAnswer,
)
from kiosk.graph.exchange import Exchange, Request
from kiosk.graph.lifetimes import check_expiry, check_lifetime
from kiosk.graph.paths import MethodOwner
from kiosk.graph.people import PeopleCalls
from kiosk.graph.pin import check_pin
from kiosk.graph.reach import Reach, judge, read_claims
from kiosk.graph.version import VersionChoice

if TYPE_CHECKING:
    from datetime import datetime
    from types import TracebackType

    from kiosk.graph.answer import Answer
    from kiosk.graph.credential import Credential
    from kiosk.graph.models import DirectoryRole, QrCode, QrCodePinMethod, QrPin
    from kiosk.graph.operations import Operation
    from kiosk.graph.settings import GraphSettings, Version

#: Seconds our clock may be off Graph's before it is reported.
MOST_SKEW: Final = 120.0


class GraphClient(PeopleCalls):
    """Calls on behalf of one credential, inside `async with`. Every method raises GraphError.

    Times are sent in whole seconds (a fraction is dropped) and must have their zone. `client_request_id` is a GUID
    by which Microsoft finds the request; one is made where none is given. What changes something is sent once; when
    its answer is lost that is OutcomeUnknown, and the caller reads before doing anything else.
    """

    def __init__(
        self,
        settings: GraphSettings,
        credential: Credential,
        *,
        clock: Clock | None = None,
        exchange: Exchange | None = None,
    ) -> None:
        self._clock = clock or SystemClock()
        self._exchange = exchange or Exchange(settings)
        self._calls = Calls(self._exchange, credential, self._clock, read_budget=settings.timeouts.read_budget)
        self._read_budget = settings.timeouts.read_budget
        self._versions = VersionChoice(settings.version, self._calls)

    async def __aenter__(self) -> Self:
        await self._exchange.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, frames: TracebackType | None
    ) -> None:
        await self._exchange.__aexit__(kind, value, frames)

    @property
    def last_date_skew(self) -> float | None:
        """Seconds our clock is ahead of Graph's, by its last answer; None before there was one."""
        return self._calls.last_date_skew

    @property
    def version(self) -> Version | None:
        """The version of Graph that has the method, or None while that is not known."""
        return self._versions.known

    @property
    def clock_warning(self) -> ClockWrong | None:
        """By Graph's last answer; None while our clock is at most two minutes off, or before there was an answer."""
        skew = self.last_date_skew
        return None if skew is None or abs(skew) <= MOST_SKEW else ClockWrong(skew)

    async def reach(self) -> Reach:
        """What this sign-in may do and to whom, by its token and, for a person, by the roles Graph lists.

        Raises UnexpectedAnswer for a token that cannot be read.
        """
        claims = read_claims(await self._calls.token())
        return judge(claims, None if claims.app_only else await self.role_assignments(claims.principal_id))

    async def batch(self, parts: Sequence[Part]) -> list[PartResult]:
        """Up to twenty reads, extensions and reviewed deletions in a few requests; see `kiosk.graph.batch`.

        The results stand in the parts' order: a value, None, or the GraphError a part came to. Reads that are
        throttled are repeated; a change is sent once. Raises UsageError.
        """
        check_parts(parts)
        now = self._clock.now()
        for part in parts:
            if isinstance(part, ExtendCode):
                check_expiry(part.expire, now=now)
        reached = [addressed(part, await self._versions.reachable(part.owner)) for part in parts]
        if not reached:
            return []
        # One batch is in one version; an OATH device's address is beta's.
        by_device = next((part.owner for part in reached if part.owner.device), reached[0].owner)
        version = await self._versions.of_the_method(by_device)
        return await Batches(self._calls, self._clock, version, self._read_budget).run(reached)

    # The method

    async def get_method(self, owner: MethodOwner) -> QrCodePinMethod:
        """The method, without image or PIN. Raises MethodNotFound."""
        owner = await self._versions.reachable(owner)
        answer = await self._call(op.GET_METHOD, owner, Request("GET", owner.method))
        method = reading.read_method(answer)
        if method is None:
            raise MethodNotFound(trace=answer.trace)
        return method

    async def create_method(
        self, owner: MethodOwner, *, start: datetime, expire: datetime, pin: Secret, client_request_id: str = ""
    ) -> QrCodePinMethod:
        """The method with a standard code, whose image comes this once, and a PIN to be changed at first use.

        Raises LifetimeExceeded and PinRejected before anything is sent; MethodExists, PolicyDisallows.
        """
        check_lifetime(CodeKind.STANDARD, start=start, expire=expire, now=self._clock.now())
        check_pin(pin)
        owner = await self._versions.reachable(owner)
        request = Request("PUT", owner.method, writing.method_body(start, expire, pin), client_request_id)
        return writing.created_method(await self._call(op.CREATE_METHOD, owner, request))

    async def delete_method(self, owner: MethodOwner, *, client_request_id: str = "") -> None:
        """Both codes and the PIN are gone for good. Raises MethodNotFound."""
        owner = await self._versions.reachable(owner)
        await self._call(op.DELETE_METHOD, owner, Request("DELETE", owner.method, None, client_request_id))

    # The codes

    async def get_code(self, owner: MethodOwner, kind: CodeKind) -> QrCode:
        """The code in a slot, without image. Raises CodeNotFound."""
        owner = await self._versions.reachable(owner)
        answer = await self._call(op.GET_CODE, owner, Request("GET", owner.code(kind)))
        code = reading.read_code(answer)
        if code is None:
            raise CodeNotFound(trace=answer.trace)
        return code

    async def create_code(
        self, owner: MethodOwner, kind: CodeKind, *, start: datetime, expire: datetime, client_request_id: str = ""
    ) -> QrCode:
        """A new code, with its image, which comes this once.

        Raises LifetimeExceeded before anything is sent; ActiveCodeExists; ExistingCodeEdited, when Graph changed an
        active code instead; MethodNotFound; PolicyDisallows.
        """
        check_lifetime(kind, start=start, expire=expire, now=self._clock.now())
        owner = await self._versions.reachable(owner)
        body = writing.code_body(start, expire)
        request = Request(owner.creating_verb, owner.code(kind), body, client_request_id)
        return writing.created_code(await self._call(op.CREATE_CODE, owner, request))

    async def extend_code(self, owner: MethodOwner, *, expire: datetime, client_request_id: str = "") -> QrCode:
        """The standard code with a new expiry, which Graph counts from its start: at most 395 days.

        Raises UnexpectedCodeCreated when there was no active code and Graph made one; LifetimeExceeded.
        """
        check_expiry(expire, now=self._clock.now())
        owner = await self._versions.reachable(owner)
        path = owner.code(CodeKind.STANDARD)
        request = Request("PATCH", path, writing.expiry_body(expire), client_request_id)
        code = writing.extended_code(await self._call(op.EXTEND_CODE, owner, request))
        return code or await self._read_back(owner)

    async def delete_code(self, owner: MethodOwner, kind: CodeKind, *, client_request_id: str = "") -> None:
        """Whatever code is in the slot is revoked for good. Raises CodeNotFound."""
        owner = await self._versions.reachable(owner)
        await self._call(op.DELETE_CODE, owner, Request("DELETE", owner.code(kind), None, client_request_id))

    # The PIN

    async def get_pin(self, owner: MethodOwner) -> QrPin:
        """The PIN's state, without the PIN. Raises MethodNotFound."""
        owner = await self._versions.reachable(owner)
        return reading.read_pin(await self._call(op.GET_PIN, owner, Request("GET", owner.pin)))

    async def reset_pin(self, owner: MethodOwner, *, client_request_id: str = "") -> QrPin:
        """A new PIN, made by Entra and given this once, to be changed at the next sign-in. Raises MethodNotFound."""
        owner = await self._versions.reachable(owner)
        request = Request(owner.creating_verb, owner.pin, writing.reset_body(), client_request_id)
        return writing.reset_pin(await self._call(op.RESET_PIN, owner, request))

    async def update_own_pin(self, current: Secret, new: Secret, *, client_request_id: str = "") -> None:
        """The signed-in person changes their PIN. Raises PinRejected, also for a wrong `current`.

        Microsoft's pages say PATCH, its libraries POST.
        """
        check_pin(new)
        me = MethodOwner.me()
        request = Request("PATCH", me.update_pin, writing.own_pin_body(current, new), client_request_id)
        try:
            await self._call(op.UPDATE_OWN_PIN, me, request)
        except GraphError as fault:
            if not writing.verb_unknown(fault):
                raise
        else:
            return
        await self._call(op.UPDATE_OWN_PIN, me, replace(request, verb="POST"))

    async def _call(self, operation: Operation, owner: MethodOwner, request: Request) -> Answer:
        version = await self._versions.of_the_method(owner)
        return await self._calls.call(operation, replace(request, path=f"/{version}{request.path}"))

    async def role_assignments(self, principal_id: str) -> tuple[DirectoryRole, ...] | None:
        """The roles assigned to a person or app (its id), with their units; None where Graph will not say."""
        principal = principal_id.replace("'", "''")
        condition = quote(f"principalId eq '{principal}'", safe="")
        path = f"/{self._versions.of_the_rest}/roleManagement/directory/roleAssignments?$filter={condition}"
        try:
            return read_assignments(await self._calls.call(op.ROLE_ASSIGNMENTS, Request("GET", path)))
        except (InsufficientPermissions, UnexpectedAnswer):
            return None

    async def _read_back(self, owner: MethodOwner) -> QrCode:
        try:
            return await self.get_code(owner, CodeKind.STANDARD)
        except GraphError as fault:
            raise OutcomeUnknown("the code was extended, but reading it back failed", trace=fault.trace) from None
