"""One request, one answer: the only file that knows httpx."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from uuid import uuid4

import httpx

from drivers.wire.secret import Secret
from kiosk.errors import UsageError
from kiosk.graph.answer import Answer
from kiosk.graph.settings import GraphSettings

#: Bytes of one answer, unpacked. Graph's largest here is a code's image, some 60 KB.
LARGEST_ANSWER = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Request:
    """`path` begins with the version; it is percent-encoded already. `body` is JSON and may hold a PIN.

    `headers` are added to those every request has, and replace them.
    """

    verb: str
    path: str
    body: Secret | None = None
    client_request_id: str = ""
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Lost:
    """No answer. `sent` is False only where the request cannot have reached Graph. `reason` is a word for logs."""

    sent: bool
    reason: str
    client_request_id: str = ""


class Exchange:
    """Connections to Graph. Nothing is followed, repeated or remembered, and the environment is not asked.

    `transport` takes the place of the network in tests. Raises UsageError for a `ca_file` that cannot be used.
    """

    def __init__(self, settings: GraphSettings, transport: httpx.AsyncBaseTransport | None = None) -> None:
        wait = settings.timeouts
        self._longest = wait.answer
        self._http = httpx.AsyncClient(
            base_url=settings.base_url.rstrip("/"),
            transport=transport or _network(settings),
            timeout=httpx.Timeout(wait.read, connect=wait.connect),
            trust_env=False,
            follow_redirects=False,
            headers={"Accept": "application/json", "User-Agent": "kiosk"},
        )

    async def __aenter__(self) -> Self:
        await self._http.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, frames: TracebackType | None
    ) -> None:
        await self._http.__aexit__(kind, value, frames)

    async def send(self, request: Request, token: Secret) -> Answer | Lost:
        """Send it once. Never raises for what the network or the other side does.

        That is a value and no exception on purpose: httpx's exceptions hold the request, and with it the token and
        a PIN.
        """
        name = request.client_request_id or str(uuid4())
        try:
            async with asyncio.timeout(self._longest):
                return await self._send(request, token, name)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError) as fault:
            return Lost(sent=False, reason=type(fault).__name__, client_request_id=name)
        except (httpx.HTTPError, httpx.StreamError, TimeoutError, OSError, ValueError) as fault:
            return Lost(sent=True, reason=type(fault).__name__, client_request_id=name)

    async def _send(self, request: Request, token: Secret, name: str) -> Answer | Lost:
        headers = {"Authorization": f"Bearer {token.reveal_text()}", "client-request-id": name}
        if request.body is not None:
            headers["Content-Type"] = "application/json"
        headers.update(request.headers)
        content = None if request.body is None else request.body.reveal()
        async with self._http.stream(request.verb, request.path, content=content, headers=headers) as response:
            body = await _read(response)
            if body is None:
                return Lost(sent=True, reason="TooLarge", client_request_id=name)
            said = {key.lower(): value for key, value in response.headers.items()}
            return Answer(response.status_code, said, body, name)


async def _read(response: httpx.Response) -> Secret | None:
    body = bytearray()
    async for piece in response.aiter_bytes():
        body += piece
        if len(body) > LARGEST_ANSWER:
            return None
    return Secret(body)


def _network(settings: GraphSettings) -> httpx.AsyncHTTPTransport:
    proxy = None if settings.proxy is None else httpx.Proxy(settings.proxy)
    return httpx.AsyncHTTPTransport(verify=_trust(settings.ca_file), proxy=proxy, trust_env=False)


def _trust(ca_file: str | None) -> ssl.SSLContext:
    if ca_file is None:
        return httpx.create_ssl_context(trust_env=False)
    try:
        return ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError):
        raise UsageError(
            "graph.ca_file cannot be read or holds no certificate", hint="Give a PEM file that the station may read."
        ) from None
