"""The port to Graph: what a replacement asks of whoever holds the credential."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from drivers.wire.secret import Secret
from kiosk.badge.kind import CodeKind
from kiosk.badge.verdict import Account, Life
from kiosk.graph import operations as op
from kiosk.graph.auth import MARGIN
from kiosk.graph.client import GraphClient
from kiosk.graph.errors import (
    InsufficientPermissions,
    MethodNotFound,
    OutcomeUnknown,
    SignInFailed,
    UnexpectedCodeCreated,
)
from kiosk.graph.models import Policy, QrCode, QrCodePinMethod, User
from kiosk.graph.paths import MethodOwner


@dataclass(frozen=True)
class Person:
    """One worker, as Graph has them now."""

    user_id: str
    display_name: str
    enrolled: bool
    account: Account
    pin_length: int
    language: str = ""
    role: str = ""

    def code(self, kind: CodeKind) -> Life | None:
        """Their code of this kind, if there is one, expired or not."""
        return next((life for life in self.account.codes if life.kind is kind), None)

    @property
    def standard(self) -> Life | None:
        """Their standard code, if there is one, expired or not."""
        return self.code(CodeKind.STANDARD)


@dataclass(frozen=True)
class NewCode:
    """A code just created. Its image and content were given this once and exist nowhere else."""

    code_id: str
    start: datetime
    expire: datetime
    image: Secret
    content: Secret

    def forget(self) -> None:
        """Drop both."""
        self.image.forget()
        self.content.forget()


class Issuer(Protocol):
    """Every method raises GraphError; see each of its kinds for what the caller may do then."""

    async def person(self, id_or_upn: str) -> Person:
        """The worker of this id or UPN. Raises UserNotFound."""

    def skew(self) -> float | None:
        """Seconds our clock is ahead of Graph's, None when Graph has not been asked yet."""

    async def allowed(self) -> bool:
        """Whether the tenant's policy allows the method, as far as may be read."""

    async def permitted(self) -> None:
        """Raise InsufficientPermissions, which says what is lacking, unless codes may be changed at all.

        Raises SignInFailed where that would end too soon to begin anything.
        """

    async def photo(self, user_id: str) -> bytes | None:
        """The worker's picture, as it was uploaded; None where there is none."""

    async def enabled(self, user_id: str) -> bool | None:
        """Whether this account may sign in; None where Graph will not say. Raises UserNotFound."""

    async def holds_a_role(self, user_id: str) -> bool:
        """Whether this person administers the directory. Raises InsufficientPermissions where nobody may say."""

    async def belongs_to(self, user_id: str, where: str) -> bool:
        """Whether this person is in the group or administrative unit of the id `where`."""

    async def delete_code(self, user_id: str, kind: CodeKind, *, request_id: str) -> None:
        """Revoke the code of this kind, whichever it is: read first. Raises CodeNotFound, OutcomeUnknown."""

    async def create_code(
        self, user_id: str, kind: CodeKind, *, start: datetime, expire: datetime, request_id: str
    ) -> NewCode:
        """Create a code. Raises ActiveCodeExists, OutcomeUnknown."""

    async def extend(self, user_id: str, *, expire: datetime, request_id: str) -> NewCode | None:
        """Have the standard code last until `expire`.

        Gives a code where Graph created one instead, the old one having ended meanwhile. Raises OutcomeUnknown.
        """

    async def reset_pin(self, user_id: str, *, request_id: str) -> Secret:
        """A new PIN, to be changed at first use. Raises OutcomeUnknown: a lost one can be reset again."""

    async def create_method(
        self, user_id: str, *, start: datetime, expire: datetime, pin: Secret, request_id: str
    ) -> NewCode:
        """Create the method with a standard code and a PIN. Raises MethodExists, OutcomeUnknown."""

    async def delete_method(self, user_id: str, *, request_id: str) -> None:
        """Take the method away, codes and PIN. Raises MethodNotFound, OutcomeUnknown."""


class GraphIssuer:
    """The issuer of a station that holds its own credential, or of who is signed in there.

    `seconds_left`: how long that sign-in still holds, where it cannot be renewed.
    """

    def __init__(self, graph: GraphClient, seconds_left: Callable[[], float] | None = None) -> None:
        self._graph = graph
        self._seconds_left = seconds_left

    def skew(self) -> float | None:
        return self._graph.last_date_skew

    async def allowed(self) -> bool:
        return (await self._tenant_policy()).enabled

    async def person(self, id_or_upn: str) -> Person:
        user = await self._graph.get_user(id_or_upn)
        try:
            method = await self._graph.get_method(MethodOwner.user(user.id))
        except MethodNotFound:
            method = None
        return _person(user, method, await self._tenant_policy())

    async def _tenant_policy(self) -> Policy:
        try:
            return await self._graph.get_policy()
        except InsufficientPermissions:
            # Reading it needs a permission of its own, which a site may not have granted; Graph then says no itself.
            return Policy(enabled=True)

    async def permitted(self) -> None:
        left = self._seconds_left() if self._seconds_left else MARGIN
        if left < MARGIN:
            # Once begun it is gone on with to the very end; a code deleted and none made is what must not happen.
            raise SignInFailed(f"the sign-in ends in {left:.0f} s: too soon to begin", hint="Sign in again.")
        reach = await self._graph.reach()
        # All that changes a method needs the same permission.
        lack = next((lack for lack in reach.missing if lack.operation == op.DELETE_CODE.name), None)
        if lack:
            what = " and ".join(filter(None, (lack.permission, lack.role)))
            raise InsufficientPermissions("this sign-in may not change anybody's codes", hint=f"Missing: {what}.")

    async def photo(self, user_id: str) -> bytes | None:
        return await self._graph.photo(user_id)

    async def enabled(self, user_id: str) -> bool | None:
        return (await self._graph.get_user(user_id)).account_enabled

    async def holds_a_role(self, user_id: str) -> bool:
        # A role over a unit alone is among the assignments only, which takes a permission that a site may not grant.
        return bool(await self._graph.directory_roles(user_id) or await self._graph.role_assignments(user_id))

    async def belongs_to(self, user_id: str, where: str) -> bool:
        return where.lower() in await self._graph.memberships(user_id)

    async def delete_code(self, user_id: str, kind: CodeKind, *, request_id: str) -> None:
        await self._graph.delete_code(MethodOwner.user(user_id), kind, client_request_id=request_id)

    async def create_code(
        self, user_id: str, kind: CodeKind, *, start: datetime, expire: datetime, request_id: str
    ) -> NewCode:
        code = await self._graph.create_code(
            MethodOwner.user(user_id), kind, start=start, expire=expire, client_request_id=request_id
        )
        return _new(code)

    async def extend(self, user_id: str, *, expire: datetime, request_id: str) -> NewCode | None:
        try:
            await self._graph.extend_code(MethodOwner.user(user_id), expire=expire, client_request_id=request_id)
        except UnexpectedCodeCreated as instead:
            if instead.created is None or instead.created.image is None:
                raise OutcomeUnknown("a code was created, and its content is lost", trace=instead.trace) from None
            return _new(instead.created)
        return None

    async def reset_pin(self, user_id: str, *, request_id: str) -> Secret:
        pin = await self._graph.reset_pin(MethodOwner.user(user_id), client_request_id=request_id)
        assert pin.code is not None, "the client raises for a reset PIN without its digits"
        return pin.code

    async def create_method(
        self, user_id: str, *, start: datetime, expire: datetime, pin: Secret, request_id: str
    ) -> NewCode:
        owner = MethodOwner.user(user_id)
        method = await self._graph.create_method(
            owner, start=start, expire=expire, pin=pin, client_request_id=request_id
        )
        assert method.standard is not None, "the client raises for a created method without its code"
        return _new(method.standard)

    async def delete_method(self, user_id: str, *, request_id: str) -> None:
        await self._graph.delete_method(MethodOwner.user(user_id), client_request_id=request_id)


def _new(code: QrCode) -> NewCode:
    assert code.image is not None, "the client raises for a created code without an image"
    return NewCode(code.id.lower(), code.start, code.expire, code.image.binary_value, code.image.raw_content)


def _person(user: User, method: QrCodePinMethod | None, policy: Policy) -> Person:
    slots = ((CodeKind.STANDARD, method and method.standard), (CodeKind.TEMPORARY, method and method.temporary))
    codes = tuple(Life(code.id.lower(), kind, code.start, code.expire) for kind, code in slots if code)
    account = Account(
        upn=user.user_principal_name,
        # Graph says nothing where the app may not read it; the account is then taken for usable.
        enabled=user.account_enabled is not False,
        policy_allows=policy.enabled,
        codes=codes,
    )
    name = user.display_name or user.user_principal_name
    return Person(
        user.id,
        name,
        method is not None,
        account,
        policy.pin_length,
        language=user.preferred_language or "",
        role=user.job_title or "",
    )
