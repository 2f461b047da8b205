"""What Graph's refusals mean, by status and `error.code` alone, and what each error tells the operator."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from kiosk.badge.kind import CodeKind
from kiosk.graph import errors
from kiosk.graph.errors import GraphError
from kiosk.graph.paths import MethodOwner

pytestmark = pytest.mark.anyio

ADA = MethodOwner.user("ada@contoso.example")


@pytest.fixture
def refused_call(scripted: Any, refuses: Any, calls: Any) -> Callable[..., Awaitable[GraphError]]:
    """Makes the named call, has it refused, and gives what was raised."""

    async def make(name: str, *refusal: Any, **headers: str) -> GraphError:
        with pytest.raises(GraphError) as caught:
            await calls[name](scripted(refuses(*refusal, **headers)).client)
        return caught.value

    return make


@pytest.mark.parametrize(
    ("name", "refused", "expected"),
    [
        ("create_method", (400, "tooManyQRCodePinMethod"), errors.MethodExists),
        ("create_method", (400, "TOOMANYQRCODEPINMETHOD"), errors.MethodExists),
        ("create_method", (400, "pinTooShort"), errors.PinRejected),
        ("create_method", (400, "standardQRCodeRequired"), errors.UnexpectedAnswer),
        ("create_method", (400, "badRequest"), errors.PolicyDisallows),
        ("create_method", (404, "Request_ResourceNotFound"), errors.UserNotFound),
        ("create_code", (400, "ActiveQRCodeExisted"), errors.ActiveCodeExists),
        ("create_code", (400, "qrCodeLifeTimeExceedLimit"), errors.LifetimeExceeded),
        ("create_code", (404, "resourceNotFound"), errors.MethodNotFound),
        ("create_code", (400, "badRequest"), errors.PolicyDisallows),
        ("extend_code", (400, "qrCodeLifeTimeExceedLimit"), errors.LifetimeExceeded),
        ("extend_code", (400, "badRequest"), errors.UnexpectedAnswer),
        ("extend_code", (404, "resourceNotFound"), errors.CodeNotFound),
        ("get_method", (404, "resourceNotFound"), errors.MethodNotFound),
        ("get_method", (404, ""), errors.MethodNotFound),
        ("get_method", (404, "Request_ResourceNotFound"), errors.UserNotFound),
        ("get_code", (404, "itemNotFound"), errors.CodeNotFound),
        ("delete_code", (404, "resourceNotFound"), errors.CodeNotFound),
        ("delete_method", (404, "resourceNotFound"), errors.MethodNotFound),
        ("get_pin", (404, "resourceNotFound"), errors.MethodNotFound),
        ("reset_pin", (404, "resourceNotFound"), errors.MethodNotFound),
        ("get_user", (404, "Request_ResourceNotFound"), errors.UserNotFound),
        ("get_policy", (404, "Request_ResourceNotFound"), errors.UnexpectedAnswer),
        ("update_own_pin", (400, "badRequest"), errors.PinRejected),
        ("get_method", (403, "Authorization_RequestDenied"), errors.InsufficientPermissions),
        ("create_code", (403, "accessDenied"), errors.InsufficientPermissions),
        ("create_code", (403, "insufficient_claims"), errors.StepUpRequired),
        ("create_code", (429, "TooManyRequests"), errors.Throttled),
        ("delete_code", (429, "TooManyRequests"), errors.Throttled),
        ("create_method", (500, "InternalServerError"), errors.OutcomeUnknown),
        ("create_code", (503, "serviceNotAvailable"), errors.OutcomeUnknown),
        ("delete_code", (504, "gatewayTimeout"), errors.OutcomeUnknown),
        ("reset_pin", (408, ""), errors.OutcomeUnknown),
        ("get_method", (301, ""), errors.UnexpectedAnswer),
        ("get_method", (409, "conflict"), errors.UnexpectedAnswer),
    ],
)
async def test_a_refusal_by_status_and_code(
    refused_call: Any, name: str, refused: tuple[int, str], expected: type[GraphError]
) -> None:
    error = await refused_call(name, *refused, "a message that says active, exists, throttled and policy")
    assert type(error) is expected
    assert error.hint
    assert error.key.startswith("graph.")
    assert "\n" not in str(error)
    assert "a message" not in str(error)


async def test_a_code_nested_under_inner_error_counts(scripted: Any, says: Any, calls: Any) -> None:
    nested = {"error": {"code": "somethingOuter", "innererror": {"code": "ActiveQRCodeExisted"}}}
    with pytest.raises(errors.ActiveCodeExists):
        await calls["create_code"](scripted(says(400, nested)).client)


async def test_an_error_is_found_again_by_what_it_carries(scripted: Any, refuses: Any) -> None:
    refusal = refuses(403, "accessDenied", request_id="abc-1", Date="Fri, 20 Nov 2026 07:59:00 GMT")
    graph = scripted(refusal)
    with pytest.raises(GraphError) as caught:
        await graph.client.delete_code(ADA, CodeKind.STANDARD, client_request_id="our-name")
    error = caught.value
    assert (error.status, error.code, error.request_id) == (403, "accessDenied", "abc-1")
    assert (error.client_request_id, error.date) == ("our-name", datetime(2026, 11, 20, 7, 59, tzinfo=UTC))
    assert graph.asked[0].headers["client-request-id"] == "our-name"


async def test_the_request_id_may_be_in_the_body_alone(refused_call: Any) -> None:
    assert (await refused_call("get_method", 403, "accessDenied")).request_id == "r-1"


@pytest.mark.parametrize(
    ("name", "permission", "role"),
    [
        ("get_method", "UserAuthMethod-QR.Read.All", "Global Reader"),
        ("create_code", "UserAuthMethod-QR.ReadWrite.All", "Authentication Administrator"),
        ("get_policy", "Policy.Read.AuthenticationMethod", "Authentication Policy Administrator"),
        ("get_user", "User.Read.All", "Directory Readers"),
    ],
)
async def test_a_missing_permission_is_named(refused_call: Any, name: str, permission: str, role: str) -> None:
    error = await refused_call(name, 403, "accessDenied")
    assert permission in error.hint
    assert role in error.hint


async def test_a_code_that_looks_like_no_code_is_left_out(refused_call: Any) -> None:
    assert "09599786" not in str(await refused_call("get_method", 403, "PIN 09599786 of ada\n"))


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("7", 7.0), ("Fri, 20 Nov 2026 08:00:09 GMT", 9.0), ("Fri, 20 Nov 2026 07:00:00 GMT", 0.0), ("soon", None)],
)
async def test_how_long_to_wait_is_passed_on(refused_call: Any, said: str, seconds: float | None) -> None:
    error = await refused_call("delete_code", 429, "TooManyRequests", Retry_After=said)
    assert isinstance(error, errors.Throttled)
    assert error.retry_after == seconds


def test_every_error_has_its_own_key_and_words() -> None:
    tree = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, GraphError)]
    assert len({kind.key for kind in tree}) == len(tree)
    assert len({kind.title for kind in tree}) == len(tree)
