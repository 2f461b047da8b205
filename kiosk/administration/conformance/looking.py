"""The steps that only look: at the person, where they belong, and at what is not there yet."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from kiosk.administration.conformance import expected as expect
from kiosk.administration.conformance.expected import Expected, done, refused
from kiosk.administration.conformance.stepping import Steps
from kiosk.administration.session import Session
from kiosk.badge.kind import CodeKind
from kiosk.graph.client import GraphClient
from kiosk.graph.errors import CodeNotFound, MethodNotFound
from kiosk.graph.models import QrCode, User
from kiosk.graph.paths import MethodOwner


@dataclass(frozen=True)
class Places:
    """Ids of a unit, a group and a hardware OATH device to ask about too; empty to leave that out."""

    unit: str = ""
    group: str = ""
    oath_device: str = ""


@dataclass(frozen=True)
class Looking:
    """Steps that change nothing, about `user`."""

    steps: Steps
    session: Session
    user: User
    places: Places

    @property
    def _graph(self) -> GraphClient:
        return self.session.graph

    @property
    def _owner(self) -> MethodOwner:
        return MethodOwner.user(self.user.id)

    async def people(self) -> None:
        """The person, the policy, and what else the station reads of somebody."""
        user, graph = self.user, self._graph
        await self.steps.take("read the person", done(200, expect.whole_person), lambda: graph.get_user(user.id))
        await self.steps.take("read the policy", done(200, expect.enabled), graph.get_policy, optional=True)
        text = user.user_principal_name
        found = done(200, lambda said: [] if user.id in [one.id for one in said.people] else ["not found by UPN"])
        await self.steps.take("find the person", found, lambda: graph.find_people(text), optional=True)
        roles = done(200, lambda said: ["holds a directory role"] if said else [])
        await self.steps.take("read the roles held", roles, lambda: graph.directory_roles(user.id), optional=True)

        photo = Expected(frozenset({200, 404}))
        await self.steps.take("read the person's photo", photo, lambda: graph.photo(user.id), optional=True)
        if self.session.person:
            await self.steps.take("read the signed-in person", done(200), graph.get_me)

    async def groups(self) -> None:
        """The members of a unit and of a group."""
        graph, at = self._graph, self.places
        for name, place, call in (
            ("list the unit", at.unit, graph.unit_members),
            ("list the group", at.group, graph.group_members),
        ):
            if place:
                await self.steps.take(name, done(200, expect.somebody), partial(call, place), optional=True)
            else:
                self.steps.skip(name, "its id was not given")

    async def without(self) -> None:
        """Reading and deleting what is not there."""
        graph, owner = self._graph, self._owner
        for name, call, error in (
            ("read a method that is not there", lambda: graph.get_method(owner), MethodNotFound),
            ("delete a method that is not there", lambda: graph.delete_method(owner), MethodNotFound),
            ("read a code that is not there", lambda: graph.get_code(owner, CodeKind.STANDARD), CodeNotFound),
        ):
            await self.steps.take(name, refused(404, error), call)

    async def by_oath_device(self, code: QrCode) -> None:
        """The drafts' other address of the same method."""
        name, device = "read the standard code by an OATH device", self.places.oath_device
        if not device:
            self.steps.skip(name, "the id of a device assigned to this person was not given")
            return
        same = done(200, lambda said: [] if said.id == code.id else ["it is another code"])
        owner = MethodOwner.oath_device(None, device)
        await self.steps.take(name, same, lambda: self._graph.get_code(owner, CodeKind.STANDARD), optional=True)
