"""Who is signed in: the app, the machine, or a supervisor by device code. Tokens are held in memory only."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypeVar

from kiosk.clock import Clock, SystemClock
from kiosk.graph.certificate import CertificateFiles
from kiosk.graph.entra import DeviceFlow, Grant, app_grant, machine_grant
from kiosk.graph.errors import ServiceUnavailable, SignInFailed
from kiosk.graph.thread import in_thread

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from drivers.wire.secret import Secret
    from kiosk.graph.settings import GraphSettings

T = TypeVar("T")

#: Seconds before its end at which nothing is begun with a token any more. What was begun is gone on with.
MARGIN = 300.0


@dataclass(frozen=True, slots=True)
class _Held:
    token: Secret
    until: float

    @classmethod
    def of(cls, grant: Grant, clock: Clock) -> Self:
        return cls(grant.token, clock.monotonic() + grant.seconds - min(MARGIN, grant.seconds / 2))


class _Renewed:
    """A Credential that fetches a token whenever there is none or the last is about to end."""

    def __init__(self, settings: GraphSettings, fetch: Callable[[], Grant], clock: Clock | None) -> None:
        self._settings = settings
        self._fetch = fetch
        self._clock = clock or SystemClock()
        self._one_at_a_time = asyncio.Lock()
        self._held: _Held | None = None

    async def token(self, *, refused: Secret | None = None) -> Secret:
        """See Credential."""
        async with self._one_at_a_time:
            held = self._held
            if held is None or self._clock.monotonic() >= held.until or held.token is refused:
                self._held = None
                grant = await _off_the_loop(self._fetch, self._settings)
                held = self._held = _Held.of(grant, self._clock)
            return held.token

    def sign_out(self) -> None:
        """Forget the token; the next call fetches another."""
        if self._held is not None:
            self._held.token.forget()
        self._held = None


class AppSignIn(_Renewed):
    """A Credential: the app itself, by certificate or client secret (OAuth client credentials)."""

    def __init__(
        self, settings: GraphSettings, proof: Path | CertificateFiles | Secret, *, clock: Clock | None = None
    ) -> None:
        """`proof`: a PEM file with private key and certificate, the two apart, or the client secret."""
        super().__init__(settings, lambda: app_grant(settings, proof), clock)


class MachineSignIn(_Renewed):
    """A Credential: the machine's own managed identity, of Azure Arc or an Azure machine. No secret is configured."""

    def __init__(self, settings: GraphSettings, *, clock: Clock | None = None) -> None:
        super().__init__(settings, lambda: machine_grant(settings), clock)


@dataclass(frozen=True, slots=True)
class DevicePrompt:
    """What the supervisor needs: the address to open on a phone, the code to type there, and until when."""

    user_code: str
    verification_uri: str
    expires: datetime


class SupervisorSignIn:
    """A Credential: a person, signed in with their own phone for the length of a visit (OAuth device code)."""

    def __init__(self, settings: GraphSettings, *, clock: Clock | None = None) -> None:
        self._settings = settings
        self._clock = clock or SystemClock()
        self._flow: DeviceFlow | None = None
        self._give_up = 0.0
        self._held: _Held | None = None

    async def begin(self) -> DevicePrompt:
        """Start a sign-in, in place of any before it. Raises SignInFailed, ServiceUnavailable."""
        self.sign_out()
        flow = await _off_the_loop(lambda: DeviceFlow(self._settings), self._settings)
        self._flow, self._give_up = flow, self._clock.monotonic() + flow.seconds
        expires = self._clock.now() + timedelta(seconds=flow.seconds)
        return DevicePrompt(flow.user_code, flow.verification_uri, expires)

    async def wait(self) -> None:
        """Return when the person has signed in. Raises SignInFailed when declined, blocked or too late.

        May be cancelled at any time.
        """
        flow = self._flow
        while flow is not None and self._clock.monotonic() < self._give_up:
            await self._clock.sleep(flow.interval)
            grant = await _off_the_loop(flow.poll, self._settings)
            if self._flow is not flow:  # signed out, or begun anew, meanwhile
                break
            if grant is not None:
                self._flow, self._held = None, _Held(grant.token, self._clock.monotonic() + grant.seconds)
                return
        raise SignInFailed("nobody signed in in time", hint="Start again and sign in within the time shown.")

    def seconds_left(self) -> float:
        """How long the sign-in still holds; nothing where nobody is signed in."""
        return max(0.0, self._held.until - self._clock.monotonic()) if self._held else 0.0

    def sign_out(self) -> None:
        """Forget the token and any sign-in that has begun."""
        if self._held is not None:
            self._held.token.forget()
        self._held = self._flow = None

    async def token(self, *, refused: Secret | None = None) -> Secret:
        """See Credential. Raises SignInFailed when nobody is signed in, or no longer: there is nothing to renew."""
        held = self._held
        if held is None or self._clock.monotonic() >= held.until or held.token is refused:
            self.sign_out()
            raise SignInFailed("no supervisor is signed in, or no longer", hint="Sign in again.")
        return held.token


async def _off_the_loop(work: Callable[[], T], settings: GraphSettings) -> T:
    try:
        return await in_thread(work, seconds=settings.timeouts.sign_in)
    except TimeoutError:
        pass
    raise ServiceUnavailable("the sign-in authority did not answer in time", hint="Check the network and the proxy.")
