"""Reads are repeated politely; what changes something is sent once; a lost answer is unknown, not failed."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from kiosk.badge.kind import CodeKind
from kiosk.graph.backoff import ATTEMPTS
from kiosk.graph.errors import (
    MethodNotFound,
    OutcomeUnknown,
    SegmentNotFound,
    ServiceUnavailable,
    SignInFailed,
    StepUpRequired,
    Throttled,
)
from kiosk.graph.paths import MethodOwner

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
ADA = MethodOwner.user("ada")
METHOD = {"id": "m", "standardQRCode": None}
SEGMENT = ("BadRequest", "Resource not found for the segment 'qrCodePinMethod'.")


async def create(graph: Any) -> Any:
    return await graph.client.create_code(ADA, CodeKind.TEMPORARY, start=NOW, expire=NOW + timedelta(hours=3))


async def test_a_read_is_repeated_after_as_long_as_graph_asks(scripted: Any, refuses: Any, says: Any) -> None:
    graph = scripted(refuses(429, "TooManyRequests", Retry_After="7"), says(200, METHOD))
    await graph.client.get_method(ADA)
    assert len(graph.asked) == 2
    assert 7 <= graph.clock.monotonic() <= 8


@pytest.mark.parametrize("fault", [httpx.ReadError("x"), httpx.ConnectError("x"), httpx.RemoteProtocolError("x")])
async def test_a_read_is_repeated_after_a_broken_connection(scripted: Any, says: Any, fault: Exception) -> None:
    graph = scripted(fault, says(200, METHOD))
    assert (await graph.client.get_method(ADA)).id == "m"
    assert 0 < graph.clock.monotonic() < 2


async def test_a_read_gives_up_after_some_attempts(scripted: Any, refuses: Any) -> None:
    graph = scripted(*[refuses(503, "serviceNotAvailable")] * 20)
    with pytest.raises(ServiceUnavailable):
        await graph.client.get_method(ADA)
    assert len(graph.asked) == ATTEMPTS


async def test_a_read_does_not_wait_beyond_its_budget(scripted: Any, refuses: Any) -> None:
    graph = scripted(refuses(429, "TooManyRequests", Retry_After="3600"))
    with pytest.raises(Throttled) as caught:
        await graph.client.get_method(ADA)
    assert caught.value.retry_after == 3600
    assert graph.clock.monotonic() == 0


async def test_a_refused_read_is_not_repeated(scripted: Any, refuses: Any) -> None:
    graph = scripted(refuses(404, "resourceNotFound"))
    with pytest.raises(MethodNotFound):
        await graph.client.get_method(ADA)


@pytest.mark.parametrize(
    "fault",
    [
        httpx.ReadTimeout("x"),
        httpx.ReadError("x"),
        httpx.WriteError("x"),
        httpx.WriteTimeout("x"),
        httpx.RemoteProtocolError("x"),
    ],
)
async def test_a_write_that_got_no_answer_is_unknown_and_sent_once(scripted: Any, fault: Exception) -> None:
    for do in (create, lambda graph: graph.client.delete_code(ADA, CodeKind.STANDARD)):
        graph = scripted(fault)
        with pytest.raises(OutcomeUnknown) as caught:
            await do(graph)
        assert len(graph.asked) == 1
        assert caught.value.client_request_id == graph.asked[0].headers["client-request-id"]


@pytest.mark.parametrize("fault", [httpx.ConnectError("x"), httpx.ConnectTimeout("x"), httpx.PoolTimeout("x")])
async def test_a_write_that_was_never_sent_changed_nothing(scripted: Any, fault: Exception) -> None:
    graph = scripted(fault)
    with pytest.raises(ServiceUnavailable):
        await create(graph)
    assert len(graph.asked) == 1


async def test_no_exception_of_httpx_hangs_on_ours(scripted: Any) -> None:
    graph = scripted(httpx.ReadError("x"))
    with pytest.raises(OutcomeUnknown) as caught:
        await create(graph)
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None


async def test_a_throttled_write_is_reported_at_once(scripted: Any, refuses: Any) -> None:
    graph = scripted(refuses(429, "TooManyRequests", Retry_After="7"))
    with pytest.raises(Throttled):
        await create(graph)
    assert graph.clock.monotonic() == 0


async def test_a_refused_token_is_renewed_once(scripted: Any, refuses: Any, says: Any) -> None:
    graph = scripted(refuses(401, "InvalidAuthenticationToken"), says(200, METHOD))
    await graph.client.get_method(ADA)
    assert [request.headers["authorization"] for request in graph.asked] == ["Bearer token-1", "Bearer token-2"]


async def test_a_token_refused_twice_is_a_failed_sign_in(scripted: Any, refuses: Any) -> None:
    graph = scripted(refuses(401, "InvalidAuthenticationToken"), refuses(401, "InvalidAuthenticationToken"))
    with pytest.raises(SignInFailed):
        await create(graph)
    assert graph.tokens.refusals == 1


async def test_a_claims_challenge_asks_for_a_stronger_sign_in(scripted: Any, refuses: Any) -> None:
    challenge = refuses(401, "InvalidAuthenticationToken", WWW_Authenticate='Bearer claims="eyJ9"')
    graph = scripted(challenge, challenge)
    with pytest.raises(StepUpRequired):
        await graph.client.get_method(ADA)


async def test_auto_uses_v1_where_it_has_the_method(scripted: Any, refuses: Any, says: Any) -> None:
    graph = scripted(refuses(404, "resourceNotFound"), says(204), says(204), version="auto")
    await graph.client.delete_code(ADA, CodeKind.STANDARD)
    await graph.client.delete_method(ADA)
    assert graph.client.version == "v1.0"
    assert graph.lines == [
        "GET /v1.0/users/ada/authentication/qrCodePinMethod",
        "DELETE /v1.0/users/ada/authentication/qrCodePinMethod/standardQRCode",
        "DELETE /v1.0/users/ada/authentication/qrCodePinMethod",
    ]


async def test_auto_falls_back_to_beta_and_remembers(scripted: Any, refuses: Any, says: Any) -> None:
    graph = scripted(refuses(400, *SEGMENT), says(204), says(204), version="auto")
    await graph.client.delete_code(ADA, CodeKind.STANDARD)
    await graph.client.delete_method(ADA)
    assert graph.client.version == "beta"
    assert [line.split("/")[1] for line in graph.lines] == ["v1.0", "beta", "beta"]


@pytest.mark.parametrize(("status", "code"), [(400, "BadRequest"), (403, "accessDenied")])
async def test_auto_does_not_take_another_refusal_for_a_missing_version(
    scripted: Any, refuses: Any, status: int, code: str
) -> None:
    graph = scripted(refuses(status, code, "Something else"), version="auto")
    with pytest.raises(Exception, match=str(status)):
        await graph.client.delete_method(ADA)
    assert graph.client.version is None


async def test_a_fixed_version_without_the_method_says_which_setting_to_change(scripted: Any, refuses: Any) -> None:
    with pytest.raises(SegmentNotFound) as caught:
        await scripted(refuses(400, *SEGMENT)).client.get_method(ADA)
    assert "version" in caught.value.hint


async def test_the_distance_to_graphs_clock(scripted: Any, says: Any) -> None:
    graph = scripted(says(200, METHOD, Date="Fri, 20 Nov 2026 07:57:00 GMT"), says(200, METHOD))
    assert graph.client.last_date_skew is None
    await graph.client.get_method(ADA)
    await graph.client.get_method(ADA)
    assert graph.client.last_date_skew == 180


@pytest.mark.parametrize("call", [lambda graph: graph.client.get_method(ADA), create], ids=["read", "create"])
async def test_a_call_that_is_cancelled_ends_there(scripted: Any, says: Any, call: Any) -> None:
    """Nothing is sent again behind the caller's back, and the client goes on."""
    graph, arrived = scripted(), asyncio.Event()

    async def never(request: httpx.Request) -> httpx.Response:
        graph.asked.append(request)
        arrived.set()
        await asyncio.Event().wait()
        raise AssertionError("nobody sets it")

    async def answers(request: httpx.Request) -> httpx.Response:
        graph.asked.append(request)
        found: httpx.Response = says(200, METHOD)
        return found

    exchange = graph.client._calls._exchange
    exchange._http._transport = httpx.MockTransport(never)
    task = asyncio.create_task(call(graph))
    await arrived.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert len(graph.asked) == 1
    exchange._http._transport = httpx.MockTransport(answers)
    assert (await graph.client.get_method(ADA)).id == "m"
    assert len(graph.asked) == 2
