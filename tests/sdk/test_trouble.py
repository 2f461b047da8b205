"""What Microsoft's SDK makes of throttling, of failures, of batches, and of being told no."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest

pytest.importorskip("msgraph_beta", reason="Microsoft's SDK is not installed here: make test-sdk")

from msgraph_beta.generated.models.o_data_errors.o_data_error import ODataError
from msgraph_core.requests.batch_request_builder import BatchRequestBuilder
from msgraph_core.requests.batch_request_content import BatchRequestContent
from msgraph_core.requests.batch_request_item import BatchRequestItem

from tests.sdk.microsoft import asking, no_pin

pytestmark = pytest.mark.anyio


Arm = Callable[..., None]


@pytest.fixture
def arm(doors: httpx.Client) -> Arm:
    """Orders a fault for requests whose path has `path` in it."""

    def ordered(path: str, times: int | None = 1, **fault: Any) -> None:
        rule = {"fault": fault, "match": {"path": path}, "times": times}
        assert doors.post("/faults", json=rule).status_code == 201

    return ordered


def statuses(doors: httpx.Client) -> list[int]:
    """Of Graph's answers since the box was put back to its seeds."""
    entries = doors.get("/requests").json()["requests"]
    return [entry["status"] for entry in entries if entry["path"].startswith("/beta/")]


@pytest.mark.parametrize("status", [429, 503])
async def test_retry_after_is_waited_for(
    graph: Any, doors: httpx.Client, people: dict[str, Any], arm: Arm, status: int
) -> None:
    """The SDK's own middleware finds the header and comes again."""
    arm("/users/", status=status, retry_after=1)
    began = time.monotonic()
    user = await graph.users.by_user_id(people["ada"]["id"]).get()
    assert user.display_name == "Ada Okafor"
    assert time.monotonic() - began >= 1
    assert statuses(doors) == [status, 200]


@pytest.mark.parametrize(
    ("status", "code"), [(500, "InternalServerError"), (403, "Authorization_RequestDenied"), (401, None)]
)
async def test_failures_are_mapped(
    graph: Any, people: dict[str, Any], arm: Arm, status: int, code: str | None
) -> None:
    """To ODataError with the status and Graph's code."""
    arm("/users/", None, status=status)
    with pytest.raises(ODataError) as failed:
        await graph.users.by_user_id(people["ada"]["id"]).get()
    assert failed.value.response_status_code == status
    assert failed.value.error.code == (code or "InvalidAuthenticationToken")


async def test_the_clients_own_request_id_comes_back(graph: Any, people: dict[str, Any]) -> None:
    """In the body and in the header."""
    mine = str(uuid4())
    method = graph.users.by_user_id(people["layla"]["id"]).authentication.qr_code_pin_method
    with pytest.raises(ODataError) as missing:
        await method.get(asking(client_request_id=mine))
    assert missing.value.error.inner_error.client_request_id == mine


async def test_a_batch(graph: Any, people: dict[str, Any], arm: Arm) -> None:
    """Each part is answered by itself, with headers the SDK can read.

    It reads no part's body: msgraph-core 1.5.2 wants bytes where Graph's reference has JSON objects. tests/tenant
    reads them as the reference has them.
    """
    ada, layla = (graph.users.by_user_id(people[name]["id"]) for name in ("ada", "layla"))
    method = ada.authentication.qr_code_pin_method
    arm("/temporaryQRCode", status=429, retry_after=7)
    parts = [
        BatchRequestItem(ada.to_get_request_information(), "person"),
        BatchRequestItem(layla.authentication.qr_code_pin_method.to_get_request_information(), "no method"),
        BatchRequestItem(method.pin.to_patch_request_information(no_pin()), "reset"),
        BatchRequestItem(method.temporary_q_r_code.to_get_request_information(), "throttled"),
    ]
    asked = BatchRequestContent({part.id: part for part in parts})
    answered = await BatchRequestBuilder(graph.request_adapter).post(asked)
    expected = {"person": 200, "no method": 404, "reset": 201, "throttled": 429}
    assert answered.get_response_status_codes() == expected
    assert answered.get_response_by_id("throttled").headers["Retry-After"] == "7"
