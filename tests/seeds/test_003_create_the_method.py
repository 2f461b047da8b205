"""Page 003, "Create qrCodePinAuthenticationMethod": PUT of the whole method, one's own or somebody else's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import httpx
import pytest

from drivers.wire.secret import Secret
from kiosk.graph import errors
from kiosk.graph.client import GraphClient
from kiosk.graph.paths import MethodOwner
from kiosk.tenant.people import User
from kiosk.tenant.seed import ADA, LAYLA, LAYLA_DEVICE
from kiosk.tenant.serve import RunningTenant

pytestmark = pytest.mark.anyio

Raw = Callable[..., httpx.Client]
#: The page's.
PIN = "09599786"
NEVER = "0001-01-01T00:00:00Z"


def body(now: datetime) -> dict[str, object]:
    """The page's, with dates that are not over."""
    return {
        "@odata.type": "#microsoft.graph.qrCodePinAuthenticationMethod",
        "standardQRCode": {
            "expireDateTime": (now + timedelta(days=352)).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "startDateTime": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        },
        "pin": {"code": PIN},
    }


@pytest.mark.parametrize("version", ["v1.0", "beta"])
@pytest.mark.parametrize("where", ["/users/{id}", "/me"])
def test_the_pages_request_has_the_pages_answer(
    tenant: RunningTenant, raw: Raw, now: datetime, version: str, where: str
) -> None:
    web = raw(tenant, LAYLA) if where == "/me" else raw(tenant)
    answer = web.put(f"/{version}{where.format(id=LAYLA.id)}/authentication/qrCodePinMethod", json=body(now))
    assert answer.status_code == 201
    said = answer.json()
    assert said["@odata.type"] == "#microsoft.graph.qrCodePinAuthenticationMethod"
    assert set(said) >= {"id", "isUsable", "methodUsabilityReason", "standardQRCode", "temporaryQRCode", "pin"}
    assert said["temporaryQRCode"] is None
    code, pin = said["standardQRCode"], said["pin"]
    assert (code["lastUsedDateTime"], code["@odata.type"]) == (NEVER, "#microsoft.graph.qrCode")
    assert set(code["image"]) == {"@odata.type", "binaryValue", "version", "errorCorrectionLevel", "rawContent"}
    assert (pin["code"], pin["forceChangePinNextSignIn"]) == (PIN, True)
    assert set(pin) >= {"id", "createdDateTime", "updatedDateTime"}


def test_only_one_and_only_a_standard_code(tenant: RunningTenant, raw: Raw, now: datetime) -> None:
    web, address = raw(tenant), "/v1.0/users/{}/authentication/qrCodePinMethod"
    twice = web.put(address.format(ADA.id), json=body(now))
    assert (twice.status_code, twice.json()["error"]["code"]) == (400, "tooManyQRCodePinMethod")
    without = web.put(address.format(LAYLA.id), json={"pin": {"code": PIN}})
    assert (without.status_code, without.json()["error"]["code"]) == (400, "standardQRCodeRequired")


async def test_the_client_enrols_somebody(graph: GraphClient, now: datetime) -> None:
    owner, expire = MethodOwner.user(LAYLA.user_principal_name), now + timedelta(days=352)
    method = await graph.create_method(owner, start=now, expire=expire, pin=Secret(PIN))
    assert method.standard is not None
    assert method.standard.image is not None
    assert method.temporary is None
    assert method.pin is not None
    assert method.pin.code == Secret(PIN)
    assert method.pin.force_change is True
    with pytest.raises(errors.MethodExists):
        await graph.create_method(owner, start=now, expire=expire, pin=Secret(PIN))


async def test_the_client_enrols_whoever_is_signed_in(
    signed_in: Callable[[User], GraphClient], tenant: RunningTenant, now: datetime
) -> None:
    async with signed_in(LAYLA) as graph:
        await graph.create_method(MethodOwner.me(), start=now, expire=now + timedelta(days=352), pin=Secret(PIN))
    assert LAYLA.id in tenant.tenant.methods


async def test_the_client_enrols_whoever_has_a_device(
    graph: GraphClient, tenant: RunningTenant, now: datetime
) -> None:
    owner = MethodOwner.oath_device(None, LAYLA_DEVICE)
    await graph.create_method(owner, start=now, expire=now + timedelta(days=352), pin=Secret(PIN))
    assert LAYLA.id in tenant.tenant.methods
    await graph.delete_method(owner)
    assert LAYLA.id not in tenant.tenant.methods
