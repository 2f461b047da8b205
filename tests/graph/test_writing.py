"""A code created, a code edited and a code made by mistake are never confused; nothing impossible is sent."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from drivers.wire.secret import Secret
from kiosk.badge.kind import CodeKind
from kiosk.graph.errors import (
    ActiveCodeExists,
    ExistingCodeEdited,
    LifetimeExceeded,
    OutcomeUnknown,
    PinRejected,
    UnexpectedCodeCreated,
)
from kiosk.graph.paths import MethodOwner

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=30, seconds=17)
ADA = MethodOwner.user("ada")
CODE = {
    "id": "c-1",
    "startDateTime": "2026-11-20T08:00:00Z",
    "expireDateTime": "2026-12-20T08:00:17Z",
    "image": None,
}
IMAGE = {
    "binaryValue": base64.b64encode(b"<svg></svg>").decode(),
    "rawContent": base64.b64encode(b"ms-qrpin:v1|ada").decode(),
}
NEW = CODE | {"image": IMAGE}
PIN = Secret("09599786")


def body(graph: Any) -> Any:
    return msgspec.json.decode(graph.asked[-1].content)


async def create(graph: Any) -> Any:
    return await graph.client.create_code(ADA, CodeKind.STANDARD, start=NOW, expire=LATER)


async def extend(graph: Any) -> Any:
    return await graph.client.extend_code(ADA, expire=LATER)


@pytest.mark.parametrize("status", [200, 201])
async def test_an_answer_with_an_image_created_the_code(scripted: Any, says: Any, status: int) -> None:
    graph = scripted(says(status, NEW))
    code = await create(graph)
    assert code.image.raw_content.reveal() == b"ms-qrpin:v1|ada"
    assert graph.lines == ["PATCH /v1.0/users/ada/authentication/qrCodePinMethod/standardQRCode"]
    assert body(graph) == {"startDateTime": "2026-11-20T08:00:00Z", "expireDateTime": "2026-12-20T08:00:17Z"}


async def test_a_create_that_edited_an_existing_code_is_told_apart(scripted: Any, says: Any) -> None:
    with pytest.raises(ExistingCodeEdited) as caught:
        await create(scripted(says(200, CODE)))
    assert caught.value.existing is not None
    assert caught.value.existing.id == "c-1"
    assert isinstance(caught.value, ActiveCodeExists)


@pytest.mark.parametrize("said", [CODE, NEW | {"image": {"binaryValue": "QQ=="}}, None, [], {"value": None}])
async def test_a_code_created_whose_content_did_not_come_is_lost(scripted: Any, says: Any, said: Any) -> None:
    with pytest.raises(OutcomeUnknown):
        await create(scripted(says(201, said)))


async def test_an_edit(scripted: Any, says: Any) -> None:
    graph = scripted(says(200, {"value": CODE}))
    code = await extend(graph)
    assert code.expire == LATER
    assert body(graph) == {"expireDateTime": "2026-12-20T08:00:17Z"}


async def test_an_edit_answered_without_a_body_is_read_back(scripted: Any, says: Any) -> None:
    graph = scripted(says(204), says(200, CODE))
    assert (await extend(graph)).id == "c-1"
    assert graph.lines[1].startswith("GET ")


async def test_an_edit_that_cannot_be_read_back_is_unknown(scripted: Any, says: Any, refuses: Any) -> None:
    with pytest.raises(OutcomeUnknown):
        await extend(scripted(says(204), refuses(403, "accessDenied")))


@pytest.mark.parametrize(("status", "said"), [(201, NEW), (200, NEW)])
async def test_an_edit_that_made_a_new_secret_hands_it_over(scripted: Any, says: Any, status: int, said: Any) -> None:
    with pytest.raises(UnexpectedCodeCreated) as caught:
        await extend(scripted(says(status, said)))
    assert caught.value.created is not None
    assert caught.value.created.image is not None


async def test_an_edit_that_made_a_new_secret_is_told_even_when_it_cannot_be_read(scripted: Any, says: Any) -> None:
    with pytest.raises(UnexpectedCodeCreated) as caught:
        await extend(scripted(says(201, {})))
    assert caught.value.created is None


async def test_creating_the_method_sends_dates_and_pin(scripted: Any, says: Any) -> None:
    graph = scripted(says(201, {"id": "m", "standardQRCode": NEW, "pin": {"code": "09599786"}}))
    method = await graph.client.create_method(ADA, start=NOW, expire=LATER, pin=PIN)
    assert method.pin.code == PIN
    assert graph.lines == ["PUT /v1.0/users/ada/authentication/qrCodePinMethod"]
    assert body(graph)["pin"] == {"code": "09599786"}
    assert graph.asked[0].headers["content-type"] == "application/json"


async def test_a_method_created_whose_code_did_not_come_is_lost(scripted: Any, says: Any) -> None:
    with pytest.raises(OutcomeUnknown):
        await scripted(says(201, {"id": "m", "standardQRCode": CODE})).client.create_method(
            ADA, start=NOW, expire=LATER, pin=PIN
        )


async def test_a_reset_gives_the_new_pin(scripted: Any, says: Any) -> None:
    graph = scripted(says(201, {"code": "56745755", "forceChangePinNextSignIn": True}))
    pin = await graph.client.reset_pin(ADA)
    assert pin.code == Secret("56745755")
    assert pin.force_change


async def test_a_reset_whose_pin_did_not_come_is_lost(scripted: Any, says: Any) -> None:
    with pytest.raises(OutcomeUnknown):
        await scripted(says(200, {"code": None})).client.reset_pin(ADA)


@pytest.mark.parametrize(("status", "code"), [(405, "Request_BadRequest"), (400, "BadRequest")])
async def test_the_own_pin_is_posted_where_patch_is_not_known(
    scripted: Any, says: Any, refuses: Any, status: int, code: str
) -> None:
    graph = scripted(refuses(status, code), says(204))
    await graph.client.update_own_pin(PIN, Secret("56745755"))
    assert graph.lines == [
        "PATCH /v1.0/me/authentication/qrCodePinMethod/pin/updatePin",
        "POST /v1.0/me/authentication/qrCodePinMethod/pin/updatePin",
    ]


async def test_a_wrong_current_pin_is_not_tried_twice(scripted: Any, refuses: Any) -> None:
    graph = scripted(refuses(400, "badRequest"))
    with pytest.raises(PinRejected):
        await graph.client.update_own_pin(PIN, Secret("56745755"))


@pytest.mark.parametrize(
    ("kind", "start", "life"),
    [
        (CodeKind.STANDARD, NOW, timedelta(days=395, seconds=1)),
        (CodeKind.STANDARD, NOW, timedelta(hours=23)),
        (CodeKind.STANDARD, NOW - timedelta(days=40), timedelta(days=40)),
        (CodeKind.TEMPORARY, NOW, timedelta(hours=12, seconds=1)),
        (CodeKind.TEMPORARY, NOW, timedelta(minutes=59)),
        (CodeKind.TEMPORARY, NOW, timedelta(hours=-1)),
    ],
)
async def test_a_lifetime_graph_would_refuse_is_not_sent(
    scripted: Any, kind: CodeKind, start: datetime, life: timedelta
) -> None:
    graph = scripted()
    with pytest.raises(LifetimeExceeded):
        await graph.client.create_code(ADA, kind, start=start, expire=start + life)
    assert graph.asked == []


@pytest.mark.parametrize(
    ("kind", "life"),
    [
        (CodeKind.STANDARD, timedelta(days=395)),
        (CodeKind.STANDARD, timedelta(days=1)),
        (CodeKind.TEMPORARY, timedelta(hours=12)),
        (CodeKind.TEMPORARY, timedelta(hours=1)),
    ],
)
async def test_both_ends_of_a_lifetime_are_allowed(scripted: Any, says: Any, kind: CodeKind, life: timedelta) -> None:
    start = NOW + timedelta(days=2)
    code = await scripted(says(201, NEW)).client.create_code(ADA, kind, start=start, expire=start + life)
    assert code.image


async def test_a_pin_graph_would_refuse_is_not_sent(scripted: Any) -> None:
    graph = scripted()
    with pytest.raises(PinRejected):
        await graph.client.create_method(ADA, start=NOW, expire=LATER, pin=Secret("12121212"))
    with pytest.raises(PinRejected):
        await graph.client.update_own_pin(PIN, Secret("1234567"))
    assert graph.asked == []


async def test_an_expiry_that_has_passed_is_not_sent(scripted: Any) -> None:
    graph = scripted()
    with pytest.raises(LifetimeExceeded):
        await graph.client.extend_code(ADA, expire=NOW)
    assert graph.asked == []
