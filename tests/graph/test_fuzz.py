"""Whatever bytes come back, nothing but a GraphError comes out, and a secret in them does not."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.wire.secret import Secret
from kiosk.clock import ManualClock
from kiosk.graph.client import GraphClient
from kiosk.graph.errors import GraphError
from kiosk.graph.exchange import Exchange
from kiosk.graph.settings import GraphSettings, Timeouts

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
PIN, OTHER_PIN = "09599786", "56745755"

Call = Callable[[GraphClient], Awaitable[Any]]

OPERATIONS = (
    "get_user",
    "get_policy",
    "get_method",
    "create_method",
    "delete_method",
    "get_code",
    "create_code",
    "extend_code",
    "delete_code",
    "get_pin",
    "reset_pin",
    "update_own_pin",
    "get_me",
    "find_people",
    "unit_members",
    "group_members",
    "directory_roles",
    "memberships",
    "role_assignments",
    "photo",
    "reach",
    "batch",
)

json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["value", "error", "code", "innerError", "id", "image", "pin", "standardQRCode", "state"])
            | st.sampled_from(["responses", "status", "@odata.nextLink", "roleTemplateId", "body"])
            | st.text(max_size=5),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)
bodies = st.binary(max_size=200) | json.map(msgspec.json.encode)
headers = st.dictionaries(
    st.sampled_from(["Date", "Retry-After", "request-id", "Content-Encoding", "WWW-Authenticate", "Content-Type"]),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30)
    | st.sampled_from(
        ["gzip", "deflate", "Fri, 20 Nov 2026 08:00:00 GMT", "-1", "99999999999", "Mon, 99 Foo 0 -0000"]
    ),
    max_size=3,
)


class Token:
    async def token(self, *, refused: Secret | None = None) -> Secret:
        return Secret("eyJ0b2tlbiI6MX0.eyJvaWQiOiJ4Iiwic2NwIjoiVXNlci5SZWFkIn0.x")


def ask(call: Call, version: Any, status: int, said: dict[str, str], body: bytes) -> None:
    async def answer(request: httpx.Request) -> httpx.Response:
        # A stream, as from a network: what cannot be unpacked fails while it is read.
        return httpx.Response(status, headers=said, stream=httpx.ByteStream(body))

    async def run() -> None:
        where = GraphSettings(
            tenant_id="t", client_id="c", base_url="https://graph.example", version=version, timeouts=Timeouts()
        )
        exchange = Exchange(where, httpx.MockTransport(answer))
        async with GraphClient(where, Token(), clock=ManualClock(NOW), exchange=exchange) as graph:
            await call(graph)

    try:
        asyncio.run(run())
    except GraphError as error:
        told = f"{error} {error!r} {error.hint} {error.trace!r} {error.reason}"
        assert PIN not in told
        assert OTHER_PIN not in told
        assert "eyJ0b2tlbiI6MX0" not in told


@pytest.mark.parametrize("name", OPERATIONS)
@settings(deadline=None, max_examples=25)  # the machine may be busy
@given(
    version=st.sampled_from(["v1.0", "beta", "auto"]),
    answer=st.tuples(
        st.sampled_from([200, 201, 202, 204, 301, 400, 401, 403, 404, 405, 409, 418, 429, 500, 503]), headers, bodies
    ),
)
def test_no_answer_raises_anything_but_a_graph_error(
    calls: dict[str, Call], name: str, version: Any, answer: tuple[int, dict[str, str], bytes]
) -> None:
    ask(calls[name], version, *answer)


@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize("body", [b'{"error":' * 100_000, b'{"x":' * 100_000, b"[" * 100_000, b'{"id":"\\ud800"}'])
def test_an_answer_nested_without_end(calls: dict[str, Call], name: str, body: bytes) -> None:
    for status in (200, 400):
        ask(calls[name], "v1.0", status, {}, body)


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_answer_without_end(calls: dict[str, Call], name: str) -> None:
    ask(calls[name], "v1.0", 200, {}, b" " * (5 * 1024 * 1024))


def test_every_operation_is_among_them(calls: dict[str, Call]) -> None:
    values = {"version", "last_date_skew", "clock_warning"}
    public = {name for name in dir(GraphClient) if not name.startswith("_")} - values
    assert public == set(calls) == set(OPERATIONS)
