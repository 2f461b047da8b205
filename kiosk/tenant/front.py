"""What every request passes first: identifiers, faults, the Date header, the journal."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import format_datetime
from typing import Any, Final, Protocol
from uuid import UUID, uuid4

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kiosk.clock import Clock
from kiosk.tenant.entra_error import EntraError
from kiosk.tenant.faults import GRAPH_CODES, Fault, Faults
from kiosk.tenant.journal import Entry, Journal
from kiosk.tenant.refusal import GraphError
from kiosk.tenant.tokens import when

DOORS: Final = "/_tenant"
_LARGEST: Final = 4 * 1024 * 1024
_IDENTIFIERS: Final = "kiosk.identifiers"
#: Where `dropping` puts the way to close the connection without an answer.
ABORT: Final = "kiosk.abort"


class State(Protocol):
    """What of the box the front uses; it may be replaced by a reset between two requests."""

    clock: Clock
    faults: Faults
    journal: Journal


@dataclass(frozen=True, slots=True)
class Identifiers:
    """The names of one request: Graph's, and the client's own where it gave one."""

    request_id: str
    client_request_id: str | None


def identifiers(scope: Scope) -> Identifiers:
    """The identifiers of a request that came through the front."""
    ids = scope[_IDENTIFIERS]
    assert isinstance(ids, Identifiers)
    return ids


def graph_error(refusal: GraphError, ids: Identifiers, clock: Clock) -> dict[str, Any]:
    """Graph's error body."""
    return {
        "error": {
            "code": refusal.code,
            "message": refusal.message,
            "innerError": {
                "date": clock.now().strftime("%Y-%m-%dT%H:%M:%S"),
                "request-id": ids.request_id,
                "client-request-id": ids.client_request_id or ids.request_id,
            },
        }
    }


@dataclass(slots=True)
class _Answer:
    status: int = 500
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""

    async def collect(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], list(message["headers"])
        else:
            self.body += message.get("body", b"")


class Front:
    """The outermost ASGI application. Answers are small, so each is whole before a byte of it is sent."""

    def __init__(self, app: ASGIApp, state: State) -> None:
        self._app = app
        self._state = state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        assert scope["type"] == "http"
        body = await _whole_body(receive)
        if body is None:
            return
        scope[_IDENTIFIERS] = _identify(scope)
        if scope["path"].startswith(DOORS):
            await self._send(await self._run(scope, body), scope, send, Fault())
            return
        # The one there is now: a request that is still under way at a reset is none of the next journal's.
        journal = self._state.journal
        await self._catch_up()
        fault = self._state.faults.take(scope["method"], scope["path"])
        answer = await self._meet(fault, scope, body)
        self._note(journal, scope, answer.status if answer else None)
        if answer is None:
            await _drop(scope, receive)
        else:
            await self._send(answer, scope, send, fault)

    async def _meet(self, fault: Fault, scope: Scope, body: bytes) -> _Answer | None:
        """The answer under `fault`, or None for a dropped connection."""
        if fault.delay_ms:
            await asyncio.sleep(fault.delay_ms / 1000)
        if fault.late is not None:
            self._state.faults.postpone(fault.late, lambda: self._run(scope, body))
            return _Answer(204)
        spared = fault.drop == "before" or (fault.status is not None and not fault.after)
        answer = None if spared else await self._run(scope, body)
        if fault.drop:
            return None
        return self._failure(fault, scope) if fault.status is not None else answer

    async def _catch_up(self) -> None:
        for run in self._state.faults.due():
            await run()

    def _failure(self, fault: Fault, scope: Scope) -> _Answer:
        assert fault.status is not None
        ids, clock = identifiers(scope), self._state.clock
        if "/oauth2/" in scope["path"]:
            entra = EntraError(90033).body(ids.request_id, ids.request_id, when(clock.now()))
            return _json(fault, entra)
        code, message = GRAPH_CODES.get(fault.status, ("UnknownError", ""))
        return _json(fault, graph_error(GraphError(fault.status, code, message), ids, clock))

    async def _run(self, scope: Scope, body: bytes) -> _Answer:
        answer = _Answer()

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        await self._app(scope, receive, answer.collect)
        return answer

    async def _send(self, answer: _Answer, scope: Scope, send: Send, fault: Fault) -> None:
        ids = identifiers(scope)
        date = self._state.clock.now() + timedelta(seconds=fault.skew_seconds)
        headers = [
            *answer.headers,
            (b"date", format_datetime(date, usegmt=True).encode()),
            (b"request-id", ids.request_id.encode()),
            (b"client-request-id", (ids.client_request_id or ids.request_id).encode()),
            (b"x-ms-ags-diagnostic", b'{"ServerInfo":{"DataCenter":"Box","Slice":"E","Ring":"0"}}'),
        ]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body})

    def _note(self, journal: Journal, scope: Scope, status: int | None) -> None:
        ids = identifiers(scope)
        now = self._state.clock.now()
        entry = Entry(scope["method"], scope["path"], status, ids.request_id, ids.client_request_id, now)
        journal.note(entry)


def _json(fault: Fault, body: dict[str, Any]) -> _Answer:
    assert fault.status is not None
    headers = [(b"content-type", b"application/json")]
    if fault.retry_after is not None:
        headers.append((b"retry-after", f"{fault.retry_after:g}".encode()))
    return _Answer(fault.status, headers, json.dumps(body).encode())


def _identify(scope: Scope) -> Identifiers:
    given = dict(scope["headers"]).get(b"client-request-id", b"").decode("latin-1")
    return Identifiers(str(uuid4()), given if _is_guid(given) else None)


def _is_guid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


async def _whole_body(receive: Receive) -> bytes | None:
    """The request's body; None when the client left, or sent more than 4 MiB."""
    body, more = b"", True
    while more and len(body) <= _LARGEST:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body if len(body) <= _LARGEST else None


async def _drop(scope: Scope, receive: Receive) -> None:
    scope[ABORT]()
    while (await receive())["type"] != "http.disconnect":
        pass
