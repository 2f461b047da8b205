"""Page 002, "Create qrPin": POST of a PIN behind the OATH device a person is assigned resets it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import httpx
import pytest

from kiosk.graph import errors
from kiosk.graph.client import GraphClient
from kiosk.graph.paths import MethodOwner
from kiosk.tenant.seed import ADA, ADA_DEVICE, LAYLA_DEVICE
from kiosk.tenant.serve import RunningTenant

pytestmark = pytest.mark.anyio

OWNERS = [MethodOwner.oath_device("hardware", ADA_DEVICE), MethodOwner.oath_device(None, ADA_DEVICE)]
ADDRESSES = [f"/beta{owner.pin}" for owner in OWNERS]


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_pages_request_has_the_pages_answer(
    drafts: RunningTenant, raw: Callable[[RunningTenant], httpx.Client], now: datetime, address: str
) -> None:
    sent = {
        "@odata.type": "#microsoft.graph.qrPin",
        "code": "09599786",
        "forceChangePinNextSignIn": True,
        "updatedDateTime": now.isoformat(),
    }
    answer = raw(drafts).post(address, json=sent)
    assert answer.status_code == 201
    said = answer.json()
    assert said["@odata.type"] == "#microsoft.graph.qrPin"
    assert set(said) >= {"code", "forceChangePinNextSignIn", "createdDateTime", "updatedDateTime"}
    assert said["forceChangePinNextSignIn"] is True
    assert said["code"].isdigit()
    # A reset is the tenant's own PIN, whatever was sent.
    assert said["code"] != "09599786"


@pytest.mark.parametrize("owner", OWNERS, ids=["by both ids", "in the directory"])
async def test_the_client_resets_it(graph: GraphClient, tenant: RunningTenant, owner: MethodOwner) -> None:
    before = tenant.tenant.methods[ADA.id].pin
    pin = await graph.reset_pin(owner)
    assert pin.code is not None
    assert pin.force_change is True
    after = tenant.tenant.methods[ADA.id].pin
    assert after.is_right(pin.code.reveal_text())
    assert after.id == before.id
    assert (await graph.get_pin(owner)).code is None


async def test_somebody_without_a_method(graph: GraphClient) -> None:
    with pytest.raises(errors.MethodNotFound):
        await graph.reset_pin(MethodOwner.oath_device(None, LAYLA_DEVICE))
