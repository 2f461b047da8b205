"""Running a tenant: for a while beside a test, or in the foreground for a command."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from drivers.wire.secret import Secret
from kiosk.clock import Clock, SystemClock
from kiosk.errors import KioskError
from kiosk.tenant.box import VERSIONS, Box
from kiosk.tenant.keys import TenantKeys
from kiosk.tenant.model import Tenant
from kiosk.tenant.people import User
from kiosk.tenant.seed import TENANT_ID
from kiosk.tenant.server import Server
from kiosk.tenant.site import HOST, Site, listen
from kiosk.tenant.tls import ThrowAwayAuthority

_START_SECONDS: Final = 20


@contextmanager
def _site(port: int, clock: Clock, keys: TenantKeys | None, **options: Any) -> Iterator[tuple[Site, Server]]:
    listener = listen(port)
    authority, secret = ThrowAwayAuthority(), Secret(secrets.token_urlsafe(30))
    url = f"https://{HOST}:{listener.getsockname()[1]}"
    box = Box(url, clock, keys or TenantKeys.generate(), secret, **options)
    site = Site(box, listener, authority, secret)
    try:
        yield site, Server(box, authority)
    finally:
        site.close()


class RunningTenant:
    """A tenant on a thread and an event loop of its own, for as long as the `with` block.

    `keys` made earlier save a few tenths of a second. The certificate is checked at sign-in by `clock`, so a
    ManualClock has to stand near the real time, by which MSAL dates its assertions.
    """

    def __init__(
        self,
        *,
        clock: Clock | None = None,
        keys: TenantKeys | None = None,
        port: int = 0,
        versions: Iterable[str] = VERSIONS,
        poll_seconds: int = 5,
        drafts: bool = True,
    ) -> None:
        self.clock = clock or SystemClock()
        self._context = _site(port, self.clock, keys, versions=versions, poll_seconds=poll_seconds, drafts=drafts)
        self._listening = threading.Event()

    def __enter__(self) -> Self:
        self._site, self._server = self._context.__enter__()
        self._server.on_listening = self._listening.set
        self._thread = threading.Thread(target=self._run, name="tenant", daemon=True)
        self._thread.start()
        if not self._listening.wait(_START_SECONDS):
            self.__exit__(None, None, None)
            raise KioskError("the tenant in a box did not start")
        return self

    def _run(self) -> None:
        asyncio.run(self._server.serve([self._site.listener]))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._context.__exit__(None, None, None)

    @property
    def box(self) -> Box:
        """Everything inside, for a test to look at."""
        return self._site.box

    def snapshot(self) -> str:
        """Take down the whole state, in memory; the name to restore it by."""
        return self.box.snapshot()

    def restore(self, snapshot: str) -> None:
        """Back to a snapshot, as often as one likes. Raises KeyError for one that is not kept."""
        self.box.restore(snapshot)

    @property
    def tenant(self) -> Tenant:
        """The state, for a test to look at or to change between requests."""
        return self.box.tenant

    @property
    def url(self) -> str:
        """Where all of it is: https://127.0.0.1 and a port."""
        return self.box.url

    @property
    def graph_url(self) -> str:
        """Graph, without a version."""
        return self.box.url

    @property
    def authority(self) -> str:
        """The sign-in authority."""
        return self.box.authority

    @property
    def ca_file(self) -> Path:
        """The certificate to trust, PEM."""
        return self._site.ca_file

    @property
    def certificate_file(self) -> Path:
        """The application's private key and certificate, PEM."""
        return self._site.certificate_file

    @property
    def tenant_id(self) -> str:
        """The tenant's id."""
        return TENANT_ID

    @property
    def client_id(self) -> str:
        """The registered application's id."""
        return self.box.app.client_id

    @property
    def client_secret(self) -> Secret:
        """The registered application's secret."""
        return self._site.client_secret

    @property
    def users(self) -> tuple[User, ...]:
        """The people, as they are now."""
        return tuple(self.tenant.users.values())


def serve_forever(
    port: int,
    announce: Callable[[dict[str, Any]], None],
    *,
    until_stdin_closes: bool = False,
    versions: Iterable[str] = VERSIONS,
) -> None:
    """Serve until SIGTERM or SIGINT, or until standard input ends where asked; `announce` is called once listening.

    Raises KioskError where the port cannot be used.
    """
    with _site(port, SystemClock(), None, versions=versions) as (site, server):
        server.on_listening = lambda: announce(site.announcement())
        asyncio.run(_until_told(site, server, until_stdin_closes=until_stdin_closes))


async def _until_told(site: Site, server: Server, *, until_stdin_closes: bool) -> None:
    def stop() -> None:
        server.should_exit = True

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    if until_stdin_closes:
        threading.Thread(target=_wait_for_end_of_input, args=(stop,), daemon=True).start()
    await server.serve([site.listener])


def _wait_for_end_of_input(stop: Callable[[], None]) -> None:
    # Raw reads: a buffered reader held by a daemon thread would abort the interpreter at its end.
    with suppress(OSError):
        while os.read(0, 4096):
            pass
    stop()
