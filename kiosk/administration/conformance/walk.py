"""Every operation in turn, on one throw-away person, who is left without a method."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from kiosk.administration.conformance import expected as expect
from kiosk.administration.conformance.expected import done, refused
from kiosk.administration.conformance.looking import Looking, Places
from kiosk.administration.conformance.stepping import Outcome, Steps
from kiosk.administration.conformance.transcript import Mask, Recording
from kiosk.administration.deleting import delete_method
from kiosk.administration.lifetime import Lifetime, marked
from kiosk.administration.session import Session
from kiosk.badge.kind import CodeKind
from kiosk.graph.batch import DeleteCode, ExtendCode, Part, ReadCode, ReadMethod, ReadUser
from kiosk.graph.errors import (
    ActiveCodeExists,
    CodeNotFound,
    GraphError,
    MethodExists,
    MethodNotFound,
    UnexpectedCodeCreated,
)
from kiosk.graph.models import QrCode, QrCodePinMethod, QrPin, User
from kiosk.graph.paths import MethodOwner, quoted
from kiosk.graph.pin import generate_pin

_STANDARD, _TEMPORARY = CodeKind.STANDARD, CodeKind.TEMPORARY
_DAYS: Final = 2


class StoppedError(Exception):
    """A step failed without which the rest means nothing."""


class Walk:
    """One walk. `tell` hears of each step; `pause` is the seconds after each change, for a slow directory."""

    def __init__(
        self,
        session: Session,
        recording: Recording,
        user: User,
        *,
        pause: float,
        tell: Callable[[Outcome], None],
        places: Places | None = None,
    ) -> None:
        self._steps = Steps(recording, session.clock, pause=pause, tell=tell)
        self._looking = Looking(self._steps, session, user, places or Places())
        self._session = session
        self._graph = session.graph
        self._user = user
        self._owner = MethodOwner.user(user.id)

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """The steps so far."""
        return tuple(self._steps.outcomes)

    @property
    def version(self) -> str:
        """The version of Graph that has the method; empty while that is not known."""
        return self._graph.version or ""

    @property
    def mask(self) -> Mask:
        """For whatever is said of this walk: the person stays unnamed."""
        user = self._user
        upn = user.user_principal_name
        return Mask({user.id: "{id}", upn: "{upn}", quoted(upn): "{upn}", user.display_name or "": "{name}"})

    async def run(self) -> None:
        """All steps. Whatever happens, the person has no method afterwards; raises GraphError where that failed."""
        try:
            await self._looking.people()
            await self._looking.groups()
            await self._looking.without()
            made = await self._created()
            await self._refused_twice(made)
            await self._extended(made)
            await self._temporary()
            await self._pin()
            await self._replaced()
            await self._own_pin()
            await self._deleted()
        except StoppedError:
            return
        finally:
            await self._clean_up()

    async def _created(self) -> QrCodePinMethod:
        user, graph, owner = self._user, self._graph, self._owner
        life, pin = self._life(_STANDARD), generate_pin(await self._pin_length())
        made = await self._steps.take(
            "create the method",
            done(201, lambda said: expect.new_method(said, user, life.start, life.expire, pin)),
            lambda: graph.create_method(owner, start=life.start, expire=life.expire, pin=pin),
            changes=True,
        )
        if not isinstance(made, QrCodePinMethod) or made.standard is None:
            raise StoppedError
        self._code, self._first_pin = made.standard, pin
        await self._steps.take(
            "read the method", done(200, lambda said: expect.old_method(said, made)), lambda: graph.get_method(owner)
        )
        read = done(200, lambda said: expect.old_code(said, self._code, self._code.expire))
        await self._steps.take("read the standard code", read, lambda: graph.get_code(owner, _STANDARD))
        await self._steps.take("read the PIN's state", done(200, expect.no_digits), lambda: graph.get_pin(owner))
        none = refused(404, CodeNotFound)
        await self._steps.take("read an empty slot", none, lambda: graph.get_code(owner, _TEMPORARY))
        return made

    async def _refused_twice(self, made: QrCodePinMethod) -> None:
        graph, owner, life = self._graph, self._owner, self._life(_STANDARD)
        await self._steps.take(
            "create a second method",
            refused(400, MethodExists),
            lambda: graph.create_method(
                owner, start=life.start, expire=life.expire, pin=generate_pin(len(self._first_pin.reveal()))
            ),
        )
        await self._steps.take(
            "create a second standard code",
            refused(400, ActiveCodeExists),
            lambda: graph.create_code(owner, _STANDARD, start=life.start, expire=life.expire),
        )
        parts: list[Part] = [ReadMethod(owner), ReadCode(owner, _STANDARD), ReadUser(self._user.id)]
        await self._steps.take(
            "read three at once", done(200, lambda said: expect.three_parts(said, made)), lambda: graph.batch(parts)
        )

    async def _extended(self, made: QrCodePinMethod) -> None:
        graph, owner = self._graph, self._owner
        assert made.standard is not None, "looked at when it was created"
        expire, code = made.standard.expire + timedelta(days=1), made.standard
        await self._steps.take(
            "extend the standard code",
            done(200, lambda said: expect.old_code(said, code, expire)),
            lambda: graph.extend_code(owner, expire=expire),
            changes=True,
        )
        later = expire + timedelta(days=1)
        await self._steps.take(
            "extend it in a batch",
            done(200, expect.none_refused),
            lambda: graph.batch([ExtendCode(owner, later)]),
            changes=True,
        )
        await self._looking.by_oath_device(code)

    async def _temporary(self) -> None:
        await self._make(_TEMPORARY, "create a temporary code")
        graph, owner, life = self._graph, self._owner, self._life(_TEMPORARY)
        await self._steps.take(
            "create a second temporary code",
            refused(400, ActiveCodeExists),
            lambda: graph.create_code(owner, _TEMPORARY, start=life.start, expire=life.expire),
        )
        await self._delete_code(_TEMPORARY)

    async def _pin(self) -> None:
        before = self._first_pin
        new = await self._steps.take(
            "reset the PIN",
            done(201, lambda said: expect.new_pin(said, before)),
            lambda: self._graph.reset_pin(self._owner),
            changes=True,
        )
        if isinstance(new, QrPin) and new.code:
            new.code.forget()
        before.forget()

    async def _replaced(self) -> None:
        """The standard code goes and another comes; and an extension of nothing makes a secret nobody asked for."""
        await self._delete_code(_STANDARD)
        expire = self._life(_STANDARD).expire
        await self._steps.take(
            "extend a code that is not there",
            refused(201, UnexpectedCodeCreated),
            lambda: self._graph.extend_code(self._owner, expire=expire),
            changes=True,
        )
        await self._delete_code(_STANDARD)
        code = await self._make(_STANDARD, "create a standard code")
        if code:
            part = DeleteCode(self._owner, _STANDARD, code.id)
            one = done(200, expect.none_refused)
            await self._steps.take("delete it in a batch", one, lambda: self._graph.batch([part]), changes=True)

    async def _own_pin(self) -> None:
        name = "change one's own PIN, as an app"
        if self._session.person:
            self._steps.skip(name, "a person is signed in, whose own PIN is left alone")
            return
        both = generate_pin(), generate_pin()
        await self._steps.take(name, refused(400, GraphError), lambda: self._graph.update_own_pin(*both))

    async def _deleted(self) -> None:
        graph, owner = self._graph, self._owner
        await self._steps.take("delete the method", done(204), lambda: graph.delete_method(owner), changes=True)
        gone = refused(404, MethodNotFound)
        await self._steps.take("read the method that was deleted", gone, lambda: graph.get_method(owner))

    async def _make(self, kind: CodeKind, name: str) -> QrCode | None:
        user, life = self._user, self._life(kind)
        made = await self._steps.take(
            name,
            done(201, lambda said: expect.new_code(said, user, life.start, life.expire)),
            lambda: self._graph.create_code(self._owner, kind, start=life.start, expire=life.expire),
            changes=True,
        )
        if not isinstance(made, QrCode):
            return None
        _forget(made)
        return made

    async def _delete_code(self, kind: CodeKind) -> None:
        graph, owner = self._graph, self._owner
        await self._steps.take(
            f"delete the {kind} code", done(204), lambda: graph.delete_code(owner, kind), changes=True
        )
        gone = refused(404, CodeNotFound)
        await self._steps.take(f"read the {kind} code that was deleted", gone, lambda: graph.get_code(owner, kind))
        await self._steps.take(f"delete the {kind} code again", gone, lambda: graph.delete_code(owner, kind))

    async def _clean_up(self) -> None:
        try:
            left = await self._graph.get_method(self._owner)
        except MethodNotFound:
            return
        await delete_method(self._graph, self._owner, left)

    async def _pin_length(self) -> int:
        policy = await self._session.policy()
        return policy.pin_length if policy else 8

    def _life(self, kind: CodeKind) -> Lifetime:
        start = self._session.clock.now().replace(microsecond=0)
        length = timedelta(days=_DAYS) if kind is _STANDARD else timedelta(hours=2)
        return marked(kind, Lifetime(start, start + length))


def _forget(code: QrCode) -> None:
    if code.image:
        code.image.raw_content.forget()
        code.image.binary_value.forget()
