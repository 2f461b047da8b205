"""Page 000, "Create Standard QRCode": POST behind the OATH device a person is assigned."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import httpx
import pytest

from kiosk.badge.kind import CodeKind
from kiosk.errors import UsageError
from kiosk.graph import errors
from kiosk.graph.client import GraphClient
from kiosk.graph.paths import MethodOwner
from kiosk.tenant.seed import ADA, ADA_DEVICE, LAYLA_DEVICE
from kiosk.tenant.serve import RunningTenant

pytestmark = pytest.mark.anyio

PATH = f"/beta/authenticationMethodDevices/hardware/hardwareOathDevices/{ADA_DEVICE}/assignTo"
OWNERS = [MethodOwner.oath_device("hardware", ADA_DEVICE), MethodOwner.oath_device(None, ADA_DEVICE)]
SLOTS = {CodeKind.STANDARD: timedelta(days=30), CodeKind.TEMPORARY: timedelta(hours=3)}
#: What the page's answer has.
FIELDS = {"id", "expireDateTime", "startDateTime", "createdDateTime", "lastUsedDateTime", "image"}


def body(now: datetime) -> dict[str, object]:
    """The page's, with times in the place of "String (timestamp)"."""
    return {
        "@odata.type": "#microsoft.graph.qrCode",
        "expireDateTime": (now + timedelta(days=30)).isoformat(),
        "startDateTime": now.isoformat(),
        "lastUsedDateTime": now.isoformat(),
        "image": {"@odata.type": "microsoft.graph.qrCodeImageDetails"},
    }


def test_the_pages_request_has_the_pages_answer(
    drafts: RunningTenant, raw: Callable[[RunningTenant], httpx.Client], now: datetime
) -> None:
    web = raw(drafts)
    address = f"{PATH}/authentication/qrCodePinMethod/standardQRCode"
    assert web.delete(address).status_code == 204
    answer = web.post(address, json=body(now))
    assert answer.status_code == 201
    said = answer.json()
    assert said["@odata.type"] == "#microsoft.graph.qrCode"
    assert set(said) >= FIELDS
    assert said["image"]["@odata.type"] == "#microsoft.graph.qrCodeImageDetails"


def test_a_second_one_is_refused(
    drafts: RunningTenant, raw: Callable[[RunningTenant], httpx.Client], now: datetime
) -> None:
    answer = raw(drafts).post(f"{PATH}/authentication/qrCodePinMethod/standardQRCode", json=body(now))
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "ActiveQRCodeExisted")


@pytest.mark.parametrize("owner", OWNERS, ids=["by both ids", "in the directory"])
@pytest.mark.parametrize("kind", SLOTS)
async def test_the_client_makes_a_code_or_says_one_is_active(
    graph: GraphClient, now: datetime, owner: MethodOwner, kind: CodeKind
) -> None:
    if kind is CodeKind.STANDARD:
        with pytest.raises(errors.ActiveCodeExists):
            await graph.create_code(owner, kind, start=now, expire=now + SLOTS[kind])
        await graph.delete_code(owner, kind)
    code = await graph.create_code(owner, kind, start=now, expire=now + SLOTS[kind])
    assert code.image is not None
    assert (code.start, code.expire) == (now, now + SLOTS[kind])
    assert (await graph.get_code(MethodOwner.user(ADA.id), kind)).id == code.id


async def test_by_which_address_the_client_speaks(graph: GraphClient, tenant: RunningTenant, now: datetime) -> None:
    """The drafts' where the tenant has them, else the person's own."""
    owner = MethodOwner.oath_device(None, ADA_DEVICE)
    await graph.create_code(owner, CodeKind.TEMPORARY, start=now, expire=now + timedelta(hours=3))
    last = [entry.to_json() for entry in tenant.box.journal.entries][-1]
    expected = ("POST", "assignTo") if tenant.box.drafts else ("PATCH", f"/users/{ADA.id}")
    assert last["method"] == expected[0]
    assert expected[1] in last["path"]


async def test_somebody_without_a_method(graph: GraphClient, now: datetime) -> None:
    owner = MethodOwner.oath_device(None, LAYLA_DEVICE)
    with pytest.raises(errors.MethodNotFound):
        await graph.create_code(owner, CodeKind.STANDARD, start=now, expire=now + timedelta(days=30))


async def test_a_device_nobody_has(graph: GraphClient) -> None:
    with pytest.raises(errors.GraphError) as caught:
        await graph.get_method(MethodOwner.oath_device(None, "00000000-0000-4000-8000-000000000000"))
    assert caught.value.status == 404


@pytest.mark.parametrize("wrong", ["", "..", "a/b", "a?b", "ä", "x" * 121])
def test_what_can_be_no_device(wrong: str) -> None:
    with pytest.raises(UsageError):
        MethodOwner.oath_device(None, wrong)
    with pytest.raises(UsageError):
        MethodOwner.oath_device(wrong, ADA_DEVICE)
