"""The QR code + PIN method through Microsoft Graph: one method here for each operation there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Self

from drivers.wire.secret import Secret
from kiosk.badge.kind import CodeKind
from kiosk.clock import Clock, SystemClock
from kiosk.graph import operations as op
from kiosk.graph import reading, writing
from kiosk.graph.calls import Calls
from kiosk.graph.errors import CodeNotFound, GraphError, MethodNotFound, OutcomeUnknown
from kiosk.graph.exchange import Exchange, Request
from kiosk.graph.lifetimes import check_expiry, check_lifetime
from kiosk.graph.paths import POLICY, USER_FIELDS, MethodOwner
from kiosk.graph.pin import check_pin
from kiosk.graph.version import VersionChoice

if TYPE_CHECKING:
    from datetime import datetime
    from types import TracebackType

    from kiosk.graph.answer import Answer
    from kiosk.graph.credential import Credential
    from kiosk.graph.models import Policy, QrCode, QrCodePinMethod, QrPin, User
    from kiosk.graph.operations import Operation
    from kiosk.graph.settings import GraphSettings, Version


class GraphClient:
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
        """Seconds our clock is ahead of Graph's, by the last answer; None before there was one."""
        return self._calls.last_date_skew

    @property
    def version(self) -> Version | None:
        """The version of Graph that has the method, or None while that is not known."""
        return self._versions.known

    # People and policy

    async def get_user(self, id_or_upn: str) -> User:
        """A person. Raises UserNotFound."""
        path = f"/{self._versions.of_the_rest}{MethodOwner.user(id_or_upn).path}?$select={USER_FIELDS}"
        return reading.read_user(await self._calls.call(op.GET_USER, Request("GET", path)))

    async def get_policy(self) -> Policy:
        """The tenant's policy for the method."""
        request = Request("GET", f"/{self._versions.of_the_rest}{POLICY}")
        return reading.read_policy(await self._calls.call(op.GET_POLICY, request))

    # The method

    async def get_method(self, owner: MethodOwner) -> QrCodePinMethod:
        """The method, without image or PIN. Raises MethodNotFound."""
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
        request = Request("PUT", owner.method, writing.method_body(start, expire, pin), client_request_id)
        return writing.created_method(await self._call(op.CREATE_METHOD, owner, request))

    async def delete_method(self, owner: MethodOwner, *, client_request_id: str = "") -> None:
        """Both codes and the PIN are gone for good. Raises MethodNotFound."""
        await self._call(op.DELETE_METHOD, owner, Request("DELETE", owner.method, None, client_request_id))

    # The codes

    async def get_code(self, owner: MethodOwner, kind: CodeKind) -> QrCode:
        """The code in a slot, without image. Raises CodeNotFound."""
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
        request = Request("PATCH", owner.code(kind), writing.code_body(start, expire), client_request_id)
        return writing.created_code(await self._call(op.CREATE_CODE, owner, request))

    async def extend_code(self, owner: MethodOwner, *, expire: datetime, client_request_id: str = "") -> QrCode:
        """The standard code with a new expiry, which Graph counts from its start: at most 395 days.

        Raises UnexpectedCodeCreated when there was no active code and Graph made one; LifetimeExceeded.
        """
        check_expiry(expire, now=self._clock.now())
        path = owner.code(CodeKind.STANDARD)
        request = Request("PATCH", path, writing.expiry_body(expire), client_request_id)
        code = writing.extended_code(await self._call(op.EXTEND_CODE, owner, request))
        return code or await self._read_back(owner)

    async def delete_code(self, owner: MethodOwner, kind: CodeKind, *, client_request_id: str = "") -> None:
        """Whatever code is in the slot is revoked for good. Raises CodeNotFound."""
        await self._call(op.DELETE_CODE, owner, Request("DELETE", owner.code(kind), None, client_request_id))

    # The PIN

    async def get_pin(self, owner: MethodOwner) -> QrPin:
        """The PIN's state, without the PIN. Raises MethodNotFound."""
        return reading.read_pin(await self._call(op.GET_PIN, owner, Request("GET", owner.pin)))

    async def reset_pin(self, owner: MethodOwner, *, client_request_id: str = "") -> QrPin:
        """A new PIN, made by Entra and given this once, to be changed at the next sign-in. Raises MethodNotFound."""
        request = Request("PATCH", owner.pin, writing.reset_body(), client_request_id)
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

    async def _read_back(self, owner: MethodOwner) -> QrCode:
        try:
            return await self.get_code(owner, CodeKind.STANDARD)
        except GraphError as fault:
            raise OutcomeUnknown("the code was extended, but reading it back failed", trace=fault.trace) from None
