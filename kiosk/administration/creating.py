"""Creates whose answer may be lost, and an extension that may create: no secret is left that nobody holds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final, TypeVar

from drivers.wire.secret import Secret
from kiosk.administration.deleting import delete_code, delete_method
from kiosk.administration.lifetime import Lifetime, marked
from kiosk.badge.kind import CodeKind
from kiosk.clock import Clock
from kiosk.errors import KioskError
from kiosk.graph.client import GraphClient
from kiosk.graph.errors import (
    ActiveCodeExists,
    CodeNotFound,
    ExistingCodeEdited,
    MethodExists,
    MethodNotFound,
    OutcomeUnknown,
    UnexpectedCodeCreated,
)
from kiosk.graph.models import QrCode, QrCodePinMethod
from kiosk.graph.paths import MethodOwner

T = TypeVar("T")
#: Tries at a create whose answer was lost, each after taking away what the one before left.
_TRIES: Final = 3


class CodeExpiredError(KioskError):
    """There is nothing to extend any more."""


async def create_code(graph: GraphClient, owner: MethodOwner, kind: CodeKind, life: Lifetime, clock: Clock) -> QrCode:
    """A new code with its content, given this once. Raises ActiveCodeExists, MethodNotFound, GraphError.

    An active code is seen before anything is sent: a create that met it might change its dates.
    """
    await _require_room(graph, owner, kind, clock.now())

    async def create(marked_life: Lifetime) -> QrCode:
        return await graph.create_code(owner, kind, start=marked_life.start, expire=marked_life.expire)

    async def clear(lost: set[Lifetime]) -> bool:
        return await _clear_code(graph, owner, kind, lost)

    return await _create(create, clear, kind, life)


async def create_method(graph: GraphClient, owner: MethodOwner, life: Lifetime, pin: Secret) -> QrCodePinMethod:
    """A new method with a standard code. Raises MethodExists, PolicyDisallows, PinRejected, GraphError."""

    async def create(marked_life: Lifetime) -> QrCodePinMethod:
        return await graph.create_method(owner, start=marked_life.start, expire=marked_life.expire, pin=pin)

    async def clear(lost: set[Lifetime]) -> bool:
        return await _clear_method(graph, owner, lost)

    return await _create(create, clear, CodeKind.STANDARD, life)


async def extend_code(graph: GraphClient, owner: MethodOwner, code: QrCode, expire: datetime, clock: Clock) -> QrCode:
    """The standard code `code` with another expiry. Raises CodeExpiredError, GraphError.

    Where it expired on the way and Graph made a new one, that one, which nobody has, is deleted again.
    """
    if code.expire <= clock.now():
        raise CodeExpiredError(
            f"this code expired {code.expire:%Y-%m-%d}; it cannot be extended", hint="create a new one"
        )
    try:
        return await graph.extend_code(owner, expire=expire)
    except UnexpectedCodeCreated as surprise:
        if surprise.created is None:
            raise
        made = surprise.created
    if made.image:
        made.image.raw_content.forget()
        made.image.binary_value.forget()
    await delete_code(graph, owner, CodeKind.STANDARD, made.id)
    raise CodeExpiredError(
        "the code had gone meanwhile; Graph made a new one, which was deleted again", hint="create a new one"
    )


async def _create(
    create: Callable[[Lifetime], Awaitable[T]],
    clear: Callable[[set[Lifetime]], Awaitable[bool]],
    kind: CodeKind,
    life: Lifetime,
) -> T:
    lost: set[Lifetime] = set()
    failure: KioskError = OutcomeUnknown()
    for _ in range(_TRIES):
        own = marked(kind, life)
        try:
            return await create(own)
        except OutcomeUnknown as unknown:
            failure = unknown
            lost.add(own)
        except ExistingCodeEdited:
            raise
        except (ActiveCodeExists, MethodExists) as taken:
            failure = taken
        if not await clear(lost):
            raise failure
    raise failure


async def _require_room(graph: GraphClient, owner: MethodOwner, kind: CodeKind, now: datetime) -> None:
    try:
        there = await graph.get_code(owner, kind)
    except CodeNotFound:
        return
    if there.expire > now:
        raise ActiveCodeExists


async def _clear_code(graph: GraphClient, owner: MethodOwner, kind: CodeKind, lost: set[Lifetime]) -> bool:
    """Take away what a lost answer left behind; False where the code that is there is somebody else's."""
    try:
        there = await graph.get_code(owner, kind)
    except (CodeNotFound, MethodNotFound):
        return True
    if Lifetime(there.start, there.expire) not in lost:
        return False
    await delete_code(graph, owner, kind, there.id)
    return True


async def _clear_method(graph: GraphClient, owner: MethodOwner, lost: set[Lifetime]) -> bool:
    try:
        there = await graph.get_method(owner)
    except MethodNotFound:
        return True
    if there.standard is None or Lifetime(there.standard.start, there.standard.expire) not in lost:
        return False
    await delete_method(graph, owner, there)
    return True
