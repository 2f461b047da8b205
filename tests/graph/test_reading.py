"""Every way Graph's documents and answers contradict each other is read the same."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from drivers.wire.secret import Secret
from kiosk.graph.answer import Answer
from kiosk.graph.errors import UnexpectedAnswer
from kiosk.graph.reading import read_code, read_method, read_pin, read_policy, read_user

RAW = b"ms-qrpin:v1|j\xc3\xb6rg@contoso.example|1a253da5-3f9a-457d-bd9c-de1aab9a2e59|\xff\xfe\xfb"
SVG = b'<svg version="1.1" width="195" height="195"></svg>'

CODE = {
    "id": "1A253DA5-3F9A-457D-BD9C-DE1AAB9A2E59",
    "startDateTime": "2026-01-01T12:00:00Z",
    "expireDateTime": "2026-12-19T12:00:00Z",
    "createdDateTime": "2026-03-05T00:03:11.1460378Z",
    "lastUsedDateTime": "0001-01-01T00:00:00Z",
    "image": None,
}
IMAGE = {
    "binaryValue": base64.b64encode(SVG).decode(),
    "rawContent": base64.b64encode(RAW).decode(),
    "version": 1,
    "errorCorrectionLevel": "l",
}
METHOD = {
    "@odata.type": "#microsoft.graph.qrCodePinAuthenticationMethod",
    "id": "d29518d4-b99a-4c88-b40c-92fd12959724",
    "isUsable": False,
    "methodUsabilityReason": None,
    "standardQRCode": CODE,
    "temporaryQRCode": None,
    "pin": {"code": None, "forceChangePinNextSignIn": True, "updatedDateTime": "0001-01-01T00:00:00Z"},
    "somethingNew": {"value": [1, 2]},
}
POLICY = {"id": "qrCodePin", "state": "enabled", "standardQRCodeLifetimeInDays": 30, "pinLength": 10}


def answer(said: Any, status: int = 200) -> Answer:
    body = said if isinstance(said, bytes) else msgspec.json.encode(said)
    return Answer(status, {}, Secret(body))


@pytest.mark.parametrize("said", [CODE, {"value": CODE}, {"@odata.context": "…", "value": CODE}])
def test_a_code_may_be_wrapped_in_value(said: Any) -> None:
    code = read_code(answer(said))
    assert code is not None
    assert code.id == "1a253da5-3f9a-457d-bd9c-de1aab9a2e59"
    assert code.expire == datetime(2026, 12, 19, 12, tzinfo=UTC)


@pytest.mark.parametrize("said", [b"null", {"value": None}])
def test_no_code_at_all(said: Any) -> None:
    assert read_code(answer(said)) is None


@pytest.mark.parametrize("never", ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00", "0001-01-01T00:00:00+02:00", None])
def test_never_used_is_said_by_the_year_one_or_null(never: Any) -> None:
    code = read_code(answer(CODE | {"lastUsedDateTime": never}))
    assert code is not None
    assert code.last_used is None


def test_seven_digits_of_a_second() -> None:
    code = read_code(answer(CODE))
    assert code is not None
    assert code.created == datetime(2026, 3, 5, 0, 3, 11, 146038, tzinfo=UTC)


@pytest.mark.parametrize("zone", ["", "Z", "+00:00"])
def test_a_time_without_a_zone_is_utc(zone: str) -> None:
    code = read_code(answer(CODE | {"startDateTime": f"2026-01-01T12:00:00{zone}"}))
    assert code is not None
    assert code.start == datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
@pytest.mark.parametrize("padded", [True, False])
def test_binary_is_base64_or_base64url_padded_or_not(encode: Any, padded: bool) -> None:  # noqa: FBT001
    text = encode(RAW).decode()
    code = read_code(answer(CODE | {"image": IMAGE | {"rawContent": text if padded else text.rstrip("=")}}))
    assert code is not None
    assert code.image is not None
    assert code.image.raw_content.reveal() == RAW
    assert code.image.binary_value.reveal() == SVG


@pytest.mark.parametrize("level", ["l", "L"])
def test_the_level_is_read_in_either_case(level: str) -> None:
    code = read_code(answer(CODE | {"image": IMAGE | {"errorCorrectionLevel": level}}))
    assert code is not None
    assert code.image is not None
    assert code.image.error_correction_level == "L"


@pytest.mark.parametrize(
    ("picture", "kind"),
    [
        (SVG, "image/svg+xml"),
        (b'\xef\xbb\xbf<?xml version="1.0"?><svg/>', "image/svg+xml"),
        (b"\x89PNG\r\n\x1a\n....", "image/png"),
        (b"HelloWorld!", ""),
    ],
)
def test_a_picture_is_known_by_its_bytes(picture: bytes, kind: str) -> None:
    image = IMAGE | {"binaryValue": base64.b64encode(picture).decode()}
    code = read_code(answer(CODE | {"image": image}))
    assert code is not None
    assert code.image is not None
    assert code.image.media_type == kind


def test_a_whole_method_with_fields_nobody_knows() -> None:
    method = read_method(answer(METHOD))
    assert method is not None
    assert method.standard is not None
    assert method.temporary is None
    assert method.is_usable is False
    assert method.pin is not None
    assert (method.pin.code, method.pin.force_change, method.pin.updated) == (None, True, None)


@pytest.mark.parametrize("code", [None, ""])
def test_a_pin_that_is_not_shown_is_null_or_empty(code: Any) -> None:
    assert read_pin(answer({"code": code})).code is None


@pytest.mark.parametrize("field", ["forceChangePinNextSignIn", "isForcePinChangeRequired"])
def test_the_flag_of_a_pin_to_be_changed_has_two_names(field: str) -> None:
    assert read_pin(answer({"code": "09599786", field: True})).force_change is True


@pytest.mark.parametrize("name", ["qrCodePin", "QRCodePin"])
def test_the_policys_id_is_written_in_two_ways(name: str) -> None:
    policy = read_policy(answer(POLICY | {"id": name}))
    assert (policy.enabled, policy.pin_length, policy.standard_lifetime_days) == (True, 10, 30)


def test_a_policys_targets() -> None:
    policy = read_policy(answer(POLICY | {"includeTargets": [{"targetType": "group", "id": "all_users"}]}))
    assert [(target.target_type, target.id) for target in policy.include_targets] == [("group", "all_users")]


def test_another_methods_policy_is_refused() -> None:
    with pytest.raises(UnexpectedAnswer, match="another method"):
        read_policy(answer(POLICY | {"id": "Fido2"}))


def test_a_user() -> None:
    user = read_user(answer({"id": "AB", "userPrincipalName": "Ada@x", "accountEnabled": False, "mail": None}))
    assert (user.id, user.user_principal_name, user.account_enabled) == ("ab", "Ada@x", False)


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ({**CODE, "id": None}, "$.id"),
        ({key: value for key, value in CODE.items() if key != "expireDateTime"}, "expireDateTime"),
        ({**CODE, "startDateTime": 5}, "startDateTime"),
        ({**CODE, "startDateTime": "0001-01-01T00:00:00Z"}, "startDateTime"),
        ({**CODE, "startDateTime": "soon"}, "startDateTime"),
        ({**CODE, "image": {**IMAGE, "rawContent": "not base64!"}}, "image.rawContent"),
        ({**CODE, "image": {**IMAGE, "binaryValue": ""}}, "image.binaryValue"),
        ({**CODE, "image": {"binaryValue": "QQ=="}}, "rawContent"),
    ],
)
def test_what_must_be_there_is_named_when_it_is_not(said: Any, named: str) -> None:
    with pytest.raises(UnexpectedAnswer, match=re.escape(named)):
        read_code(answer(said))


def test_a_field_inside_a_method_is_named_with_its_way() -> None:
    said = METHOD | {"standardQRCode": CODE | {"startDateTime": "0001-01-01T00:00:00Z"}}
    with pytest.raises(UnexpectedAnswer, match=r"standardQRCode\.startDateTime"):
        read_method(answer(said))
