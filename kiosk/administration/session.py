"""Somebody signed in to the configured tenant: the app by itself, or a person by device code."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from kiosk.clock import Clock
from kiosk.config import Config
from kiosk.graph.auth import DevicePrompt, SupervisorSignIn
from kiosk.graph.client import GraphClient
from kiosk.graph.errors import InsufficientPermissions
from kiosk.graph.exchange import Exchange
from kiosk.graph.models import Policy, User
from kiosk.graph.settings import GraphSettings
from kiosk.graph_settings import app_credential, graph_settings

#: Where a person is asked to sign in; None signs in as the app.
Prompt = Callable[[DevicePrompt], None]


@dataclass(frozen=True)
class Session:
    """`graph` calls on behalf of whoever signed in; `person` tells whether that is a person and no app."""

    graph: GraphClient
    clock: Clock
    person: bool = False

    async def user(self, id_or_upn: str) -> User:
        """The person meant. Raises UserNotFound.

        Where people may not be read, what was typed stands for the person: Graph resolves either in a method's path.
        """
        try:
            return await self.graph.get_user(id_or_upn)
        except InsufficientPermissions:
            return User(id=id_or_upn, user_principal_name=id_or_upn)

    async def policy(self) -> Policy | None:
        """The tenant's policy, or None where it may not be read."""
        try:
            return await self.graph.get_policy()
        except InsufficientPermissions:
            return None

    def require_right_clock(self) -> None:
        """A code's life is counted by Graph's clock. Raises ClockWrong when ours is too far from it."""
        wrong = self.graph.clock_warning
        if wrong:
            raise wrong


@asynccontextmanager
async def open_session(
    config: Config,
    clock: Clock,
    prompt: Prompt | None = None,
    exchange: Callable[[GraphSettings], Exchange] = Exchange,
) -> AsyncIterator[Session]:
    """A session that ends with the block, and with it the token. Raises UsageError, GraphError."""
    settings = graph_settings(config)
    if prompt is None:
        app = app_credential(config, settings, clock)
        async with GraphClient(settings, app, clock=clock, exchange=exchange(settings)) as graph:
            yield Session(graph, clock)
        return
    person = SupervisorSignIn(settings, clock=clock)
    try:
        prompt(await person.begin())
        await person.wait()
        async with GraphClient(settings, person, clock=clock, exchange=exchange(settings)) as graph:
            yield Session(graph, clock, person=True)
    finally:
        person.sign_out()
