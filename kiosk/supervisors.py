"""Supervisors at the station: signed in with their own phone, one at a time, for as long as a visit."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

from kiosk.administration.reach import extent
from kiosk.clock import Clock
from kiosk.config import Config
from kiosk.graph.auth import SupervisorSignIn
from kiosk.graph.client import GraphClient
from kiosk.graph.errors import GraphError, ServiceUnavailable, SignInFailed
from kiosk.graph.reach import Reach
from kiosk.graph.roles import METHOD_WRITERS
from kiosk.graph.settings import GraphSettings
from kiosk.graph_settings import graph_settings
from kiosk.replace.issuer import GraphIssuer
from kiosk.state import SignInView, SupervisorView

_ROLE: Final = (
    "Sign in with an account that holds the role Authentication Administrator over this site's administrative unit."
)

#: Looks in a row that may go unanswered before the sign-in is given up (RFC 8628, 3.5: go on after a timeout).
_UNANSWERED: Final = 4


class Supervisors:
    """The way a supervisor signs in, and what can then be done in their name. Make one with `open_supervisors`.

    `issuer` reaches Graph as whoever is signed in; with nobody signed in each of its calls raises SignInFailed.
    """

    def __init__(self, settings: GraphSettings, clock: Clock, seconds: float) -> None:
        """`seconds`: the longest a code is shown. Entra's own lives a quarter of an hour."""
        self._credential = SupervisorSignIn(settings, clock=clock)
        self.graph = GraphClient(settings, self._credential, clock=clock)
        self.issuer = GraphIssuer(self.graph, self._credential.seconds_left)
        self._clock = clock
        self._seconds = seconds

    async def begin(self) -> SignInView:
        """A code to sign in with; whoever was signed in is so no longer. Raises SignInFailed, ServiceUnavailable."""
        prompt = await self._credential.begin()
        left = (prompt.expires - self._clock.now()).total_seconds()
        return SignInView(prompt.user_code, prompt.verification_uri, min(left, self._seconds))

    async def wait(self) -> SupervisorView:
        """Who signed in. Raises SignInFailed when declined, blocked or too late, or when they may change nothing.

        May be cancelled at any time. Raises GraphError when Graph does not say who they are.
        """
        try:
            async with asyncio.timeout(self._seconds):
                await self._completed()
            return await self._who()
        except TimeoutError:
            failed: GraphError = SignInFailed("nobody signed in in time", hint="Ask for a new code.")
        except GraphError as wrong:
            failed = wrong
        self.sign_out()
        raise failed

    def sign_out(self) -> None:
        """Forget the token, and any sign-in that has begun."""
        self._credential.sign_out()

    async def _completed(self) -> None:
        for _ in range(_UNANSWERED - 1):
            with suppress(ServiceUnavailable):
                return await self._credential.wait()
        return await self._credential.wait()

    async def _who(self) -> SupervisorView:
        reach = await self.graph.reach()
        claims = reach.claims
        if claims.app_only or not claims.principal_id:
            # Without an id nobody could tell that somebody replaces their own badge.
            raise SignInFailed("Entra does not say who signed in", hint=_ROLE)
        if reach.scopes_known and not (reach.whole_tenant or reach.units):
            raise SignInFailed(f"{claims.name} {extent(reach)}", hint=_ROLE)
        roles = tuple(dict.fromkeys(role.name for role in reach.roles if role.template_id in METHOD_WRITERS))
        name = await self._name(reach)
        return SupervisorView(claims.principal_id, name, roles, reach.whole_tenant, reach.units)

    async def _name(self, reach: Reach) -> str:
        try:
            user = await self.graph.get_user(reach.claims.principal_id)
        except GraphError:
            return reach.claims.name
        return user.display_name or reach.claims.name


@asynccontextmanager
async def open_supervisors(config: Config, clock: Clock) -> AsyncIterator[Supervisors | None]:
    """The way in for supervisors; None where the policy wants none. Nobody is signed in after the block."""
    if config.policy.replacement != "supervisor":
        yield None
        return
    supervisors = Supervisors(graph_settings(config), clock, config.ui.sign_in_seconds)
    try:
        async with supervisors.graph:
            yield supervisors
    finally:
        supervisors.sign_out()
