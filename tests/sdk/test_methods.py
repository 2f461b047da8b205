"""Microsoft's SDK reads and changes methods, codes and PINs, and sees in each answer what its models say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

pytest.importorskip("msgraph_beta", reason="Microsoft's SDK is not installed here: make test-sdk")

from msgraph_beta.generated.models.o_data_errors.o_data_error import ODataError
from msgraph_beta.generated.models.qr_code import QrCode
from msgraph_beta.generated.models.qr_code_pin_authentication_method import QrCodePinAuthenticationMethod
from msgraph_beta.generated.models.qr_pin import QrPin

pytestmark = pytest.mark.anyio

Span = Callable[..., tuple[datetime, datetime]]


def method_of(graph: Any, user: dict[str, Any]) -> Any:
    """The request builder of somebody's method."""
    return graph.users.by_user_id(user["id"]).authentication.qr_code_pin_method


def new(span: tuple[datetime, datetime]) -> Any:
    """The body that asks for a code."""
    return QrCode(start_date_time=span[0], expire_date_time=span[1])


async def test_a_method_is_read_whole(graph: Any, people: dict[str, Any]) -> None:
    """Its codes and its PIN are inline and typed, and nothing in it is unknown to the SDK but what beta adds."""
    method = await method_of(graph, people["ada"]).get()
    assert isinstance(method, QrCodePinAuthenticationMethod)
    assert UUID(method.id)
    assert isinstance(method.standard_q_r_code, QrCode)
    assert method.temporary_q_r_code is None
    assert method.standard_q_r_code.image is None
    code = method.standard_q_r_code
    assert code.created_date_time <= code.start_date_time < code.expire_date_time
    assert (method.pin.code, method.pin.force_change_pin_next_sign_in) == ("", False)
    assert set(method.additional_data) <= {"@odata.context", "isUsable", "methodUsabilityReason", "lastUsedDateTime"}


async def test_all_methods(graph: Any, people: dict[str, Any]) -> None:
    """The list of a person's methods gives it as what it is."""
    found = await graph.users.by_user_id(people["ada"]["id"]).authentication.methods.get()
    assert [type(each) for each in found.value] == [QrCodePinAuthenticationMethod]


async def test_a_temporary_code_lives_and_dies(graph: Any, people: dict[str, Any], span: Span) -> None:
    """Created with its image, once; read without; never edited; deleted."""
    temporary = method_of(graph, people["ada"]).temporary_q_r_code
    times = span(hours=3)
    created = await temporary.patch(new(times))
    assert (created.start_date_time, created.expire_date_time) == times
    assert created.image.binary_value.startswith(b'<svg version="1.1"')
    named = f"ms-qrpin:v1|{people['ada']['userPrincipalName']}|{created.id}|"
    assert created.image.raw_content.startswith(named.encode())
    assert created.image.version == 1
    read = await temporary.get()
    assert (read.id, read.image, read.expire_date_time) == (created.id, None, times[1])
    with pytest.raises(ODataError) as refused:
        await temporary.patch(new(times))
    assert (refused.value.response_status_code, refused.value.error.code) == (400, "ActiveQRCodeExisted")
    await temporary.delete()
    with pytest.raises(ODataError) as gone:
        await temporary.get()
    assert (gone.value.response_status_code, gone.value.error.code) == (404, "resourceNotFound")


async def test_a_standard_code_is_extended_and_replaced(graph: Any, people: dict[str, Any], span: Span) -> None:
    """An expiry alone edits, without an image; after a delete a new code comes with one."""
    standard = method_of(graph, people["ada"]).standard_q_r_code
    before = await standard.get()
    later = span(days=200)[1]
    edited = await standard.patch(QrCode(expire_date_time=later))
    assert (edited.id, edited.image, edited.expire_date_time) == (before.id, None, later)
    await standard.delete()
    replaced = await standard.patch(new(span(days=30)))
    assert replaced.id != before.id
    assert replaced.image.error_correction_level.value == "l"


async def test_a_pin_is_reset_and_read(graph: Any, people: dict[str, Any]) -> None:
    """Its digits come with the reset alone."""
    pin = method_of(graph, people["ada"]).pin
    reset = await pin.patch(QrPin(code=""))
    assert isinstance(reset, QrPin)
    assert (len(reset.code), reset.code.isdigit(), reset.force_change_pin_next_sign_in) == (8, True, True)
    read = await pin.get()
    assert (read.code, read.force_change_pin_next_sign_in, read.id) == ("", True, reset.id)


async def test_a_method_is_deleted(graph: Any, people: dict[str, Any]) -> None:
    """And is then not there, in Graph's words, with the identifiers support asks for."""
    method = method_of(graph, people["ada"])
    await method.delete()
    with pytest.raises(ODataError) as gone:
        await method.get()
    error = gone.value.error
    assert (gone.value.response_status_code, error.code) == (404, "resourceNotFound")
    assert UUID(error.inner_error.request_id)
    assert UUID(error.inner_error.client_request_id)
    assert isinstance(error.inner_error.date, datetime)
    headers = {name.lower(): value for name, value in gone.value.response_headers.items()}
    assert headers["request-id"] == error.inner_error.request_id


@pytest.mark.parametrize(
    ("hours", "code"), [(13, "qrCodeLifeTimeExceedLimit"), (0.5, "badRequest"), (-3, "badRequest")]
)
async def test_lifetimes_are_refused(graph: Any, people: dict[str, Any], span: Span, hours: float, code: str) -> None:
    """With the documented code where there is one."""
    with pytest.raises(ODataError) as refused:
        await method_of(graph, people["ada"]).temporary_q_r_code.patch(new(span(hours=hours)))
    assert (refused.value.response_status_code, refused.value.error.code) == (400, code)


async def test_someone_nobody_knows(graph: Any) -> None:
    """404 from the directory."""
    with pytest.raises(ODataError) as refused:
        await method_of(graph, {"id": "nobody@contoso-stores.example"}).get()
    assert (refused.value.response_status_code, refused.value.error.code) == (404, "Request_ResourceNotFound")


async def test_the_policy(graph: Any) -> None:
    """Typed, with its limits and targets; changing it needs a permission that a station has not."""
    from msgraph_beta.generated.models.qr_code_pin_authentication_method_configuration import (  # noqa: PLC0415
        QrCodePinAuthenticationMethodConfiguration as Configuration,
    )

    configurations = graph.policies.authentication_methods_policy.authentication_method_configurations
    policy = configurations.by_authentication_method_configuration_id("qrCodePin")
    read = await policy.get()
    assert isinstance(read, Configuration)
    assert (read.state.value, read.pin_length, read.standard_q_r_code_lifetime_in_days) == ("enabled", 8, 365)
    assert [(each.id, each.target_type.value) for each in read.include_targets] == [("all_users", "group")]
    with pytest.raises(ODataError) as refused:
        await policy.patch(Configuration(pin_length=10))
    assert (refused.value.response_status_code, refused.value.error.code) == (403, "Authorization_RequestDenied")
