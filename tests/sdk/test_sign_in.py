"""azure-identity signs in at the box as it does at Entra, for the application and for people."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import anyio.to_thread
import httpx
import pytest

pytest.importorskip("msgraph_beta", reason="Microsoft's SDK is not installed here: make test-sdk")

from azure.core.exceptions import ClientAuthenticationError
from azure.identity import DeviceCodeCredential
from msgraph_beta.generated.models.o_data_errors.o_data_error import ODataError
from msgraph_beta.generated.users.item.authentication.qr_code_pin_method.pin.update_pin import (
    update_pin_post_request_body,
)

from tests.sdk import microsoft

pytestmark = pytest.mark.anyio


def person(about: dict[str, Any], doors: httpx.Client, upn: str) -> Any:
    """Somebody who types the short code at another screen, at once."""

    def approve(_uri: str, user_code: str, _expires: datetime) -> None:
        assert doors.post("/device/approve", json={"user_code": user_code, "upn": upn}).status_code == 200

    return DeviceCodeCredential(
        about["client_id"], tenant_id=about["tenant_id"], prompt_callback=approve, **microsoft.entra(about)
    )


class Threaded:
    """A credential that blocks, for a client that does not."""

    def __init__(self, credential: Any) -> None:
        self._credential = credential

    async def get_token(self, *scopes: str, **options: Any) -> Any:
        return await anyio.to_thread.run_sync(lambda: self._credential.get_token(*scopes, **options))

    async def __aenter__(self) -> Any:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._credential.close()


async def test_by_certificate(about: dict[str, Any], doors: httpx.Client, people: dict[str, Any]) -> None:
    """As an application."""
    async with microsoft.signed_in(about, microsoft.certificate(about)) as graph:
        assert (await graph.users.by_user_id(people["ada"]["id"]).get()).display_name == "Ada Okafor"


async def test_by_secret_for_an_hour(about: dict[str, Any], doors: httpx.Client) -> None:
    """The token says how long it is good."""
    async with microsoft.secret(about) as credential:
        token = await credential.get_token(microsoft.SCOPE)
    assert 3500 < token.expires_on - datetime.now(UTC).timestamp() <= 3600


async def test_a_wrong_secret(about: dict[str, Any], doors: httpx.Client) -> None:
    """Entra's number is in what azure-identity raises."""
    wrong = {**about, "authenticate": {**about["authenticate"], "client_secret": "wrong"}}
    async with microsoft.secret(wrong) as credential:
        with pytest.raises(ClientAuthenticationError, match="AADSTS7000215"):
            await credential.get_token(microsoft.SCOPE)


async def test_a_person_by_device_code(about: dict[str, Any], doors: httpx.Client, people: dict[str, Any]) -> None:
    """A supervisor reaches the people of their unit and nobody else, and is themselves under /me."""
    maria = Threaded(person(about, doors, people["maria"]["userPrincipalName"]))
    async with microsoft.signed_in(about, maria) as graph:
        assert (await graph.me().get()).id == people["maria"]["id"]
        ada, chidi = (graph.users.by_user_id(people[name]["id"]).authentication for name in ("ada", "chidi"))
        assert (await ada.qr_code_pin_method.get()).standard_q_r_code
        with pytest.raises(ODataError) as refused:
            await chidi.qr_code_pin_method.get()
        assert (refused.value.response_status_code, refused.value.error.code) == (403, "Authorization_RequestDenied")


async def test_a_person_changes_their_pin(
    about: dict[str, Any], doors: httpx.Client, graph: Any, people: dict[str, Any]
) -> None:
    """The SDK's updatePin is a POST."""
    ada = people["ada"]
    method = graph.users.by_user_id(ada["id"]).authentication.qr_code_pin_method
    current = (await method.pin.patch(microsoft.no_pin())).code
    new = "56745799" if current != "56745799" else "84275013"
    body = update_pin_post_request_body.UpdatePinPostRequestBody(current_pin=current, new_pin=new)
    async with microsoft.signed_in(about, Threaded(person(about, doors, ada["userPrincipalName"]))) as own:
        await own.me().authentication.qr_code_pin_method.pin.update_pin.post(body)
    assert (await method.pin.get()).force_change_pin_next_sign_in is False


async def test_an_application_is_nobody(graph: Any) -> None:
    """/me is a person's."""
    with pytest.raises(ODataError) as refused:
        await graph.me().get()
    assert (refused.value.response_status_code, refused.value.error.code) == (400, "BadRequest")
