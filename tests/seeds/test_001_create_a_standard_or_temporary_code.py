"""Page 001, "Create a Standard or Temporary QR code": PATCH of one of a person's two slots."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import datetime, timedelta

import httpx
import pytest

from kiosk.badge.kind import CodeKind
from kiosk.graph import errors
from kiosk.graph.client import GraphClient
from kiosk.graph.paths import MethodOwner
from kiosk.tenant.seed import ADA
from kiosk.tenant.serve import RunningTenant

pytestmark = pytest.mark.anyio

OWNER = MethodOwner.user(ADA.id)
SLOTS = [(CodeKind.STANDARD, timedelta(days=395)), (CodeKind.TEMPORARY, timedelta(hours=12))]
NEVER = "0001-01-01T00:00:00Z"


@pytest.mark.parametrize("slot", ["standardQRCode", "temporaryQRCode"])
def test_the_pages_request_has_the_pages_answer(
    tenant: RunningTenant, raw: Callable[[RunningTenant], httpx.Client], now: datetime, slot: str
) -> None:
    web = raw(tenant)
    # The page writes the method without capitals.
    address = f"/v1.0/users/{ADA.id}/authentication/qrcodepinmethod/{slot}"
    web.delete(address)
    life = timedelta(days=30) if slot == "standardQRCode" else timedelta(hours=3)
    sent = {
        "@odata.type": "#microsoft.graph.qrCode",
        "expireDateTime": (now + life).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "startDateTime": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    answer = web.patch(address, json=sent)
    assert answer.status_code == 201
    said = answer.json()
    assert {key: said[key] for key in sent} == sent
    assert (said["lastUsedDateTime"], said["image"]["version"], said["image"]["errorCorrectionLevel"]) == (
        NEVER,
        1,
        "l",
    )
    assert said["createdDateTime"].partition(".")[2].rstrip("Z").isdigit()
    assert base64.b64decode(said["image"]["rawContent"]).startswith(b"ms-qrpin:v1|")
    # The page's own sample begins with the same words.
    begins = b'<svg version="1.1" baseProfile="full" shape-rendering="crispEdges" width="195" height="195" '
    assert base64.b64decode(said["image"]["binaryValue"]).startswith(begins)


@pytest.mark.parametrize(("kind", "most"), SLOTS)
async def test_the_client_makes_one_where_none_is_active(
    graph: GraphClient, now: datetime, kind: CodeKind, most: timedelta
) -> None:
    if kind is CodeKind.STANDARD:
        await graph.delete_code(OWNER, kind)
    code = await graph.create_code(OWNER, kind, start=now, expire=now + most)
    assert code.image is not None
    assert code.last_used is None
    assert code.image.raw_content.reveal().split(b"|")[1:3] == [ADA.user_principal_name.encode(), code.id.encode()]
    with pytest.raises(errors.ActiveCodeExists):
        await graph.create_code(OWNER, kind, start=now, expire=now + most)
    assert (await graph.get_code(OWNER, kind)).image is None


@pytest.mark.parametrize(("kind", "most"), SLOTS)
async def test_the_pages_lifetimes_hold_before_anything_is_sent(
    graph: GraphClient, tenant: RunningTenant, now: datetime, kind: CodeKind, most: timedelta
) -> None:
    with pytest.raises(errors.LifetimeExceeded):
        await graph.create_code(OWNER, kind, start=now, expire=now + most + timedelta(seconds=1))
    assert not tenant.box.journal.entries


@pytest.mark.parametrize(("slot", "life"), [("standardQRCode", {"days": 396}), ("temporaryQRCode", {"hours": 13})])
def test_the_pages_lifetimes_hold_at_the_tenant(
    tenant: RunningTenant,
    raw: Callable[[RunningTenant], httpx.Client],
    now: datetime,
    slot: str,
    life: dict[str, float],
) -> None:
    web = raw(tenant)
    address = f"/beta/users/{ADA.id}/authentication/qrcodepinmethod/{slot}"
    web.delete(address)
    sent = {"startDateTime": now.isoformat(), "expireDateTime": (now + timedelta(**life)).isoformat()}
    assert web.patch(address, json=sent).status_code == 400


async def test_a_temporary_code_cannot_be_modified(
    tenant: RunningTenant, raw: Callable[[RunningTenant], httpx.Client], graph: GraphClient, now: datetime
) -> None:
    await graph.create_code(OWNER, CodeKind.TEMPORARY, start=now, expire=now + timedelta(hours=2))
    address = f"/beta/users/{ADA.id}/authentication/qrCodePinMethod/temporaryQRCode"
    answer = raw(tenant).patch(address, json={"expireDateTime": (now + timedelta(hours=3)).isoformat()})
    assert answer.status_code == 400
