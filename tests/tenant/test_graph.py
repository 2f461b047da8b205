"""The QR + PIN method over HTTP, as Graph's pages walk through it."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest

from kiosk.tenant.seed import ADA, ADA_DEVICE, HINA, LAYLA, LAYLA_DEVICE
from kiosk.tenant.serve import RunningTenant

Span = Callable[..., dict[str, str]]
GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
SEVEN_DIGITS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z")
NEVER = "0001-01-01T00:00:00Z"


def method_of(user: Any, version: str = "v1.0") -> str:
    """The path of somebody's method."""
    return f"/{version}/users/{user.user_principal_name}/authentication/qrCodePinMethod"


def error(answer: httpx.Response) -> tuple[int, str]:
    """Status and code of a refusal, in Graph's form."""
    body = answer.json()["error"]
    assert set(body) == {"code", "message", "innerError"}
    assert set(body["innerError"]) == {"date", "request-id", "client-request-id"}
    assert body["innerError"]["request-id"] == answer.headers["request-id"]
    return answer.status_code, body["code"]


@pytest.fixture(params=["v1.0", "beta"])
def version(request: pytest.FixtureRequest) -> str:
    """Both versions speak alike."""
    return str(request.param)


def test_create_read_delete(graph: httpx.Client, span: Span, version: str) -> None:
    """Secrets come with the creation and never again."""
    path = method_of(LAYLA, version)
    assert error(graph.get(path)) == (404, "resourceNotFound")
    times = span(days=30)
    created = graph.put(path, json={"standardQRCode": times, "pin": {"code": "09599786"}})
    assert created.status_code == 201
    body = created.json()
    code, pin = body["standardQRCode"], body["pin"]
    raw = base64.b64decode(code["image"]["rawContent"], validate=True)
    assert raw.startswith(f"ms-qrpin:v1|{LAYLA.user_principal_name}|{code['id']}|".encode())
    assert base64.b64decode(code["image"]["binaryValue"], validate=True).startswith(b'<svg version="1.1" ')
    assert (code["image"]["version"], code["image"]["errorCorrectionLevel"]) == (1, "l")
    assert code["startDateTime"] == times["startDateTime"].replace("+00:00", "Z")
    assert code["lastUsedDateTime"] == NEVER
    assert (pin["code"], pin["forceChangePinNextSignIn"]) == ("09599786", True)
    assert body["temporaryQRCode"] is None
    for stamp in (code["createdDateTime"], pin["createdDateTime"], pin["updatedDateTime"], body["createdDateTime"]):
        assert SEVEN_DIGITS.fullmatch(stamp)
    for guid in (body["id"], code["id"], pin["id"]):
        assert GUID.fullmatch(guid)
    read = graph.get(path).json()
    assert read["standardQRCode"]["image"] is None
    assert read["pin"]["code"] == (None if version == "v1.0" else "")
    assert graph.delete(path).status_code == 204
    assert error(graph.get(path)) == (404, "resourceNotFound")
    assert error(graph.delete(path)) == (404, "resourceNotFound")


def test_codes(graph: httpx.Client, span: Span, version: str) -> None:
    """201 with an image creates, 200 without one edits; a read is wrapped in `value` in v1.0 and bare in beta."""
    path = method_of(ADA, version)
    temporary, standard = f"{path}/temporaryQRCode", f"{path}/standardQRCode"
    assert error(graph.get(temporary)) == (404, "resourceNotFound")
    created = graph.patch(temporary, json=span(hours=3))
    assert created.status_code == 201
    assert created.json()["image"]["rawContent"]
    read = graph.get(temporary).json()
    bare = read["value"] if version == "v1.0" else read
    assert (bare["id"], bare["image"]) == (created.json()["id"], None)
    assert error(graph.patch(temporary, json={"expireDateTime": span(hours=4)["expireDateTime"]}))[1] == (
        "ActiveQRCodeExisted"
    )
    assert error(graph.patch(standard, json=span(days=30))) == (400, "ActiveQRCodeExisted")
    edited = graph.patch(standard, json={"expireDateTime": span(days=200)["expireDateTime"]})
    assert (edited.status_code, edited.json()["image"]) == (200, None)
    assert graph.delete(standard).status_code == 204
    assert error(graph.delete(standard)) == (404, "resourceNotFound")
    reissued = graph.patch(standard, json=span(days=30))
    assert reissued.status_code == 201
    assert reissued.json()["id"] != edited.json()["id"]
    whole = graph.get(path).json()
    assert {whole["standardQRCode"]["id"], whole["temporaryQRCode"]["id"]} == {
        reissued.json()["id"],
        created.json()["id"],
    }


def test_pin(graph: httpx.Client, version: str) -> None:
    """Reset gives a PIN made by the tenant, whatever the body says, and none is needed."""
    path = f"{method_of(ADA, version)}/pin"
    assert not graph.get(path).json()["code"]
    assert graph.get(path).json()["forceChangePinNextSignIn"] is False
    reset = graph.patch(path, json={"@odata.type": "#microsoft.graph.qrPin", "code": "09599786"})
    assert reset.status_code == 201
    assert re.fullmatch(r"\d{8}", reset.json()["code"])
    assert reset.json()["code"] != "09599786"
    assert graph.patch(path).status_code == 201
    assert graph.get(path).json()["forceChangePinNextSignIn"] is True
    assert error(graph.delete(path))[0] == 405


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"pin": {"code": "09599786"}}, "standardQRCodeRequired"),
        ({"standardQRCode": None}, "standardQRCodeRequired"),
        ({"standardQRCode": "span", "temporaryQRCode": "span"}, "standardQRCodeRequired"),
        ({"standardQRCode": "span", "pin": {"code": "1234"}}, "pinTooShort"),
        ({"standardQRCode": "span", "pin": {"code": "0959978x"}}, "pinTooShort"),
        ({"standardQRCode": {"expireDateTime": "2099-01-01T00:00:00Z"}}, "badRequest"),
        ({"standardQRCode": {"startDateTime": "2026-01-01"}}, "BadRequest"),
        ({"standardQRCode": {"startDateTime": "2026-01-01T00:00:00"}}, "BadRequest"),
        ({"standardQRCode": {"startDateTime": 5}}, "BadRequest"),
        ({"standardQRCode": "a text"}, "BadRequest"),
        ([], "BadRequest"),
        (
            {
                "standardQRCode": {
                    "startDateTime": "0001-01-01T00:00:00+14:00",
                    "expireDateTime": "9999-12-31T23:59:59-14:00",
                }
            },
            "badRequest",
        ),
        (
            {"standardQRCode": {"startDateTime": "2026-01-01T00:00:00Z", "expireDateTime": "2098-01-01T00:00:00Z"}},
            "qrCodeLifeTimeExceedLimit",
        ),
    ],
)
def test_create_refused(graph: httpx.Client, span: Span, body: Any, code: str) -> None:
    """The documented codes, and 400 for whatever cannot be read."""
    if isinstance(body, dict):
        body = {name: span(days=30) if value == "span" else value for name, value in body.items()}
    assert error(graph.put(method_of(LAYLA), json=body)) == (400, code)
    assert graph.get(method_of(LAYLA)).status_code == 404


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff\xfe", b'{"pin": NaN}', b"[" * 100_000, b'{"pin":{"code":"\\ud800"}}']
)
def test_malformed_bodies(graph: httpx.Client, content: bytes) -> None:
    """Never a 500."""
    answer = graph.put(method_of(LAYLA), content=content, headers={"Content-Type": "application/json"})
    assert error(answer)[0] == 400


def test_writes_declare_their_content_type(graph: httpx.Client) -> None:
    """As Graph insists."""
    assert error(graph.put(method_of(LAYLA), content=b"{}")) == (400, "BadRequest")


def test_a_second_method_and_a_long_temporary_code(graph: httpx.Client, span: Span) -> None:
    """The remaining documented codes."""
    body = {"standardQRCode": span(days=30), "pin": {"code": "09599786"}}
    assert error(graph.put(method_of(ADA), json=body)) == (400, "tooManyQRCodePinMethod")
    too_long = graph.patch(f"{method_of(ADA)}/temporaryQRCode", json=span(hours=13))
    assert error(too_long) == (400, "qrCodeLifeTimeExceedLimit")


def test_own_pin(running: RunningTenant, connect: Callable[..., httpx.Client], graph: httpx.Client) -> None:
    """updatePin takes PATCH and POST from the owner alone, with Directory.AccessAsUser.All."""
    pin = graph.patch(f"{method_of(ADA)}/pin").json()["code"]
    ada = connect(running, ADA, "Directory.AccessAsUser.All")
    path = "/v1.0/me/authentication/qrCodePinMethod/pin/updatePin"
    assert ada.patch(path, json={"currentPin": pin, "newPin": "56745799"}).status_code == 204
    assert ada.post(path, json={"currentPin": "56745799", "newPin": "09599786"}).status_code == 204
    assert error(ada.post(path, json={"currentPin": "00000000", "newPin": "60318427"})) == (400, "badRequest")
    assert error(ada.post(path, json={"newPin": "60318427"})) == (400, "BadRequest")
    body = {"currentPin": "09599786", "newPin": "60318427"}
    assert error(graph.post(f"{method_of(ADA)}/pin/updatePin", json=body)) == (403, "Authorization_RequestDenied")
    other = ada.post(f"{method_of(HINA)}/pin/updatePin", json=body)
    assert error(other) == (403, "Authorization_RequestDenied")


def test_policy_in_any_case(graph: httpx.Client, version: str) -> None:
    """The id is matched without case, as all segments are."""
    for name in ("qrCodePin", "QRCodePin", "qrcodepin"):
        path = f"/{version}/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/{name}"
        body = graph.get(path).json()
        assert (body["state"], body["pinLength"], body["standardQRCodeLifetimeInDays"]) == ("enabled", 8, 365)
        assert body["includeTargets"] == [{"targetType": "group", "id": "all_users", "isRegistrationRequired": False}]


def test_paths_in_any_case_and_ids(graph: httpx.Client) -> None:
    """A person by id or UPN, segments in the spellings Graph's pages use."""
    for path in (
        f"/beta/users/{ADA.id}/authentication/qrcodepinmethod/standardqrcode",
        f"/beta/Users/{ADA.user_principal_name.upper()}/authentication/qrCodePinMethod/standardQrCode",
    ):
        assert graph.get(path).json()["id"].startswith("c0de")


def test_all_methods(graph: httpx.Client) -> None:
    """`authentication/methods` lists the method where there is one."""
    listed = graph.get(f"/v1.0/users/{ADA.id}/authentication/methods").json()["value"]
    assert [each["@odata.type"] for each in listed] == ["#microsoft.graph.qrCodePinAuthenticationMethod"]
    assert graph.get(f"/v1.0/users/{LAYLA.id}/authentication/methods").json()["value"] == []


def test_headers(graph: httpx.Client, running: RunningTenant) -> None:
    """request-id is new each time, client-request-id comes back, Date is the tenant's clock."""
    mine = str(uuid4())
    first = graph.get(method_of(ADA), headers={"client-request-id": mine})
    second = graph.get(method_of(ADA))
    assert first.headers["client-request-id"] == mine
    assert GUID.fullmatch(first.headers["request-id"])
    assert first.headers["request-id"] != second.headers["request-id"]
    assert first.headers["date"].endswith(" GMT")
    refused = graph.get(method_of(LAYLA), headers={"client-request-id": mine})
    assert refused.json()["error"]["innerError"]["client-request-id"] == mine


def test_unknown_paths_and_verbs(graph: httpx.Client, span: Span) -> None:
    """400 with Graph's segment message, 404 for people, 405 for verbs."""
    unknown = graph.get(f"/v1.0/users/{ADA.id}/authentication/phoneMethods2")
    assert error(unknown) == (400, "BadRequest")
    assert "Resource not found for the segment" in unknown.json()["error"]["message"]
    assert error(graph.get("/v1.0/nothing")) == (400, "BadRequest")
    assert error(graph.get("/beta/")) == (400, "BadRequest")
    assert error(graph.get("/v1.0/users/nobody@contoso-stores.example/authentication/qrCodePinMethod")) == (
        404,
        "Request_ResourceNotFound",
    )
    assert error(graph.put(f"{method_of(ADA)}/standardQRCode", json=span(days=3)))[0] == 405
    assert error(graph.get("/v1.0/me")) == (400, "BadRequest")


def test_a_version_that_lacks_the_method(graph: httpx.Client, running: RunningTenant) -> None:
    """Public sources disagree about v1.0; a tenant that has it only in beta answers v1.0 with an unknown segment."""
    both, running.box.versions = running.box.versions, frozenset({"beta"})
    try:
        refused = graph.get(method_of(ADA))
        assert error(refused) == (400, "BadRequest")
        assert refused.json()["error"]["message"] == "Resource not found for the segment 'qrCodePinMethod'."
        assert graph.get(method_of(ADA, "beta")).status_code == 200
        assert graph.get(f"/v1.0/users/{ADA.id}").status_code == 200
    finally:
        running.box.versions = both


@pytest.mark.parametrize(
    "prefix",
    [
        "/beta/authenticationMethodDevices/any/hardwareOathDevices",
        "/beta/directory/authenticationMethodDevices/hardwareOathDevices",
    ],
)
def test_the_drafts_through_an_oath_device(graph: httpx.Client, span: Span, prefix: str) -> None:
    """POST creates or says one is active, PATCH edits and never creates, POST of a PIN resets."""
    method = f"{prefix}/{ADA_DEVICE}/assignTo/authentication/qrCodePinMethod"
    assert graph.get(method).json()["id"] == graph.get(method_of(ADA)).json()["id"]
    assert error(graph.post(f"{method}/standardQRCode", json=span(days=30))) == (400, "ActiveQRCodeExisted")
    edit = {"expireDateTime": span(days=200)["expireDateTime"]}
    assert graph.patch(f"{method}/standardQRCode", json=edit).status_code == 200
    assert graph.delete(f"{method}/standardQRCode").status_code == 204
    assert error(graph.patch(f"{method}/standardQRCode", json=edit)) == (404, "resourceNotFound")
    created = graph.post(f"{method}/standardQRCode", json=span(days=30))
    assert (created.status_code, bool(created.json()["image"])) == (201, True)
    assert graph.post(f"{method}/temporaryQRCode", json=span(hours=2)).status_code == 201
    assert graph.post(f"{method}/pin", json={"code": "String"}).status_code == 201
    assert graph.get(f"{prefix}/{LAYLA_DEVICE}/assignTo").json()["id"] == LAYLA.id
    assert error(graph.get(f"{prefix}/nothing/assignTo")) == (404, "Request_ResourceNotFound")


def test_batch(graph: httpx.Client) -> None:
    """Parts are answered one by one; what depends on a failed part is 424; ids are unique; at most twenty."""
    users = f"/users/{ADA.id}"
    parts: list[dict[str, Any]] = [
        {"id": "1", "method": "GET", "url": f"{users}?$select=displayName"},
        {"id": "2", "method": "GET", "url": f"/users/{LAYLA.id}/authentication/qrCodePinMethod"},
        {"id": "3", "method": "DELETE", "url": f"{users}/authentication/qrCodePinMethod", "dependsOn": ["2"]},
        {
            "id": "4",
            "method": "PATCH",
            "url": f"{users}/authentication/qrCodePinMethod/pin",
            "headers": {"Content-Type": "application/json"},
            "body": {"code": ""},
        },
    ]
    graph.post("/_tenant/faults", json={"match": {"method": "PATCH", "path": "/pin"}, "fault": {"status": 429}})
    answered = graph.post("/v1.0/$batch", json={"requests": parts})
    responses = {each["id"]: each for each in answered.json()["responses"]}
    assert answered.status_code == 200
    assert responses["1"]["body"]["displayName"] == ADA.display_name
    assert [responses[each]["status"] for each in "1234"] == [200, 404, 424, 429]
    assert graph.get(method_of(ADA)).status_code == 200
    assert error(graph.post("/v1.0/$batch", json={"requests": [parts[0], parts[0]]}))[0] == 400
    many = [{**parts[0], "id": str(number)} for number in range(21)]
    assert error(graph.post("/v1.0/$batch", json={"requests": many}))[0] == 400
