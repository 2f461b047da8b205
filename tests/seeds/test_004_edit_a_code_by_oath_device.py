"""Page 004, "Update qrCode": PATCH behind the OATH device a person is assigned edits, and never creates."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import httpx
import pytest

from kiosk.badge.kind import CodeKind
from kiosk.graph import errors
from kiosk.graph.client import GraphClient
from kiosk.graph.paths import MethodOwner
from kiosk.tenant.seed import ADA, ADA_DEVICE, JOERG
from kiosk.tenant.serve import RunningTenant

pytestmark = pytest.mark.anyio

Raw = Callable[[RunningTenant], httpx.Client]
OWNERS = [MethodOwner.oath_device("hardware", ADA_DEVICE), MethodOwner.oath_device(None, ADA_DEVICE)]
ADDRESSES = [f"/beta{owner.code(CodeKind.STANDARD)}" for owner in OWNERS]


def body(now: datetime) -> dict[str, object]:
    """The page's, with times in the place of "String (timestamp)"."""
    return {
        "@odata.type": "#microsoft.graph.qrCode",
        "expireDateTime": (now + timedelta(days=200)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "startDateTime": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "lastUsedDateTime": now.isoformat(),
        "image": {"@odata.type": "microsoft.graph.qrCodeImageDetails"},
    }


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_pages_request_has_the_pages_answer(drafts: RunningTenant, raw: Raw, now: datetime, address: str) -> None:
    web = raw(drafts)
    before = web.get(address).json()
    answer = web.patch(address, json=body(now))
    assert answer.status_code == 200
    said = answer.json()
    assert said["@odata.type"] == "#microsoft.graph.qrCode"
    assert set(said) >= {"id", "expireDateTime", "startDateTime", "createdDateTime", "lastUsedDateTime", "image"}
    # Only the expiry is new, and there is no second picture.
    assert said["expireDateTime"] == body(now)["expireDateTime"]
    assert (said["id"], said["startDateTime"], said["image"]) == (before["id"], before["startDateTime"], None)


@pytest.mark.parametrize("address", ADDRESSES)
def test_it_never_creates(drafts: RunningTenant, raw: Raw, now: datetime, address: str) -> None:
    web = raw(drafts)
    assert web.delete(address).status_code == 204
    assert web.patch(address, json=body(now)).status_code == 404


@pytest.mark.parametrize("owner", OWNERS, ids=["by both ids", "in the directory"])
async def test_the_client_changes_the_expiry(graph: GraphClient, now: datetime, owner: MethodOwner) -> None:
    before = await graph.get_code(owner, CodeKind.STANDARD)
    after = await graph.extend_code(owner, expire=now + timedelta(days=200))
    assert (after.id, after.start, after.expire) == (before.id, before.start, now + timedelta(days=200))
    assert after.image is None


async def test_where_there_is_none_no_secret_goes_unnoticed(
    graph: GraphClient, tenant: RunningTenant, now: datetime
) -> None:
    """The draft says 404. A person's own address makes a code, which the client then reports with its content."""
    owner = MethodOwner.oath_device(None, ADA_DEVICE)
    await graph.delete_code(owner, CodeKind.STANDARD)
    if tenant.box.drafts:
        with pytest.raises(errors.CodeNotFound):
            await graph.extend_code(owner, expire=now + timedelta(days=200))
    else:
        with pytest.raises(errors.UnexpectedCodeCreated) as caught:
            await graph.extend_code(owner, expire=now + timedelta(days=200))
        assert caught.value.created is not None


async def test_a_device_given_to_somebody_else_is_theirs_at_once(graph: GraphClient, tenant: RunningTenant) -> None:
    owner = MethodOwner.oath_device(None, ADA_DEVICE)
    assert f"{ADA.id[-12:]}" in (await graph.get_code(owner, CodeKind.STANDARD)).id
    tenant.tenant.oath_devices[ADA_DEVICE] = JOERG.id
    assert f"{JOERG.id[-12:]}" in (await graph.get_code(owner, CodeKind.STANDARD)).id
