"""Real MSAL signs in over TLS, in every way the box offers, and is told no in Entra's words."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import httpx
import jwt
import msal
import pytest
import requests
from cryptography.hazmat.primitives import hashes

from kiosk.clock import ManualClock, SystemClock
from kiosk.tenant.keys import TenantKeys
from kiosk.tenant.seed import MARIA, TENANT_ID, TOM
from kiosk.tenant.serve import RunningTenant

SCOPE = ["https://graph.microsoft.com/.default"]
DEVICE = {"grant_type": "urn:ietf:params:oauth:grant-type:device_code"}


@pytest.fixture
def session(running: RunningTenant) -> Iterator[requests.Session]:
    """What MSAL is handed: nothing of the environment, the box's CA and no other."""
    with requests.Session() as session:
        session.trust_env = False
        session.verify = str(running.ca_file)
        yield session


def confidential(running: RunningTenant, session: requests.Session, credential: Any) -> Any:
    """MSAL for an application that signs in for itself."""
    return msal.ConfidentialClientApplication(
        running.client_id,
        client_credential=credential,
        authority=running.authority,
        http_client=session,
        instance_discovery=False,
    )


def public(running: RunningTenant, session: requests.Session) -> Any:
    """MSAL for a person at another screen."""
    return msal.PublicClientApplication(
        running.client_id, authority=running.authority, http_client=session, instance_discovery=False
    )


def post(running: RunningTenant, graph: httpx.Client, **form: str) -> tuple[int, dict[str, Any]]:
    """The token endpoint, by hand."""
    answer = graph.post(f"{running.authority}/oauth2/v2.0/token", data={"client_id": running.client_id, **form})
    return answer.status_code, answer.json()


def test_client_secret(running: RunningTenant, session: requests.Session) -> None:
    """The token is a JWT for Graph with the application's permissions, for an hour, signed by a published key."""
    answer = confidential(running, session, running.client_secret.reveal_text()).acquire_token_for_client(SCOPE)
    discovered = session.get(f"{running.authority}/v2.0/.well-known/openid-configuration").json()
    (key,) = session.get(discovered["jwks_uri"]).json()["keys"]
    claims = jwt.decode(
        answer["access_token"],
        jwt.PyJWK(key, algorithm="RS256"),
        ["RS256"],
        audience="https://graph.microsoft.com",
        issuer=discovered["issuer"],
    )
    assert claims["tid"] == TENANT_ID
    assert claims["appid"] == running.client_id
    assert "UserAuthMethod-QR.ReadWrite.All" in claims["roles"]
    assert claims["exp"] - claims["iat"] == answer["expires_in"] == 3600
    assert "scp" not in claims


def test_wrong_client_secret(running: RunningTenant, session: requests.Session) -> None:
    """AADSTS7000215, and the wrong secret is not repeated."""
    answer = confidential(running, session, "not-the-secret").acquire_token_for_client(SCOPE)
    assert answer["error"] == "invalid_client"
    assert answer["error_codes"] == [7000215]
    assert answer["error_description"].startswith("AADSTS7000215: Invalid client secret provided.")
    assert "not-the-secret" not in json.dumps(answer)


def test_certificate(running: RunningTenant, session: requests.Session) -> None:
    """The PEM file signs in: PS256 with x5t#S256, as MSAL does today."""
    pem = running.certificate_file.read_text()
    credential = {"private_key": pem, "public_certificate": pem}
    answer = confidential(running, session, credential).acquire_token_for_client(SCOPE)
    assert answer.get("token_type") == "Bearer", answer


def test_certificate_by_thumbprint(running: RunningTenant, session: requests.Session, keys: TenantKeys) -> None:
    """RS256 with x5t, as sites that give only a thumbprint do."""
    thumbprint = keys.certificate.fingerprint(hashes.SHA1()).hex()  # noqa: S303 - what such sites configure
    credential = {"private_key": running.certificate_file.read_text(), "thumbprint": thumbprint}
    answer = confidential(running, session, credential).acquire_token_for_client(SCOPE)
    assert answer.get("token_type") == "Bearer", answer


def test_certificate_that_is_not_registered(running: RunningTenant, session: requests.Session) -> None:
    """Another key, under its own name and under the registered one's."""
    other = TenantKeys.generate()
    pem = other.client_pem().decode()
    credential = {"private_key": pem, "public_certificate": pem}
    assert confidential(running, session, credential).acquire_token_for_client(SCOPE)["error_codes"] == [700027]
    borrowed = {"private_key": pem, "public_certificate": running.certificate_file.read_text()}
    assert confidential(running, session, borrowed).acquire_token_for_client(SCOPE)["error_codes"] == [700027]


@pytest.mark.parametrize(
    ("change", "number"),
    [
        ({}, None),
        ({"aud": "https://login.example/other"}, 700023),
        ({"exp": 1_000_000_000, "nbf": 999_999_000}, 700024),
        ({"nbf": 4_000_000_000, "exp": 4_000_000_600}, 700024),
        ({"exp": "soon"}, 700024),
        ({"exp": None}, 700024),
        ({"sub": "somebody-else"}, 700016),
    ],
)
def test_assertions_are_really_checked(
    running: RunningTenant, graph: httpx.Client, keys: TenantKeys, change: dict[str, Any], number: int | None
) -> None:
    """Audience, times, subject, each on its own."""
    now = int(SystemClock().now().timestamp())
    claims = {
        "aud": f"{running.authority}/oauth2/v2.0/token",
        "iss": running.client_id,
        "sub": running.client_id,
        "nbf": now,
        "exp": now + 600,
    } | change
    thumbprint = base64.urlsafe_b64encode(keys.certificate.fingerprint(hashes.SHA256())).decode().rstrip("=")
    told = {key: value for key, value in claims.items() if value is not None}
    # PyJWT would itself refuse to encode a bad exp: sign what is sent as plain JSON.
    assertion = jwt.PyJWS().encode(json.dumps(told).encode(), keys.client, "RS256", {"x5t#S256": thumbprint})
    status, body = post(
        running,
        graph,
        grant_type="client_credentials",
        scope=SCOPE[0],
        client_assertion=assertion,
        client_assertion_type="urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    )
    assert (status, body.get("error_codes")) == ((200, None) if number is None else (status, [number]))
    assert number is None or status in (400, 401)


@pytest.mark.parametrize(
    ("form", "error", "number"),
    [
        ({}, "invalid_request", 900144),
        ({"grant_type": "password"}, "unsupported_grant_type", 70003),
        ({"grant_type": "client_credentials", "scope": SCOPE[0]}, "invalid_client", 7000218),
        ({"grant_type": "refresh_token", "refresh_token": "made-up"}, "invalid_grant", 70000),
        ({**DEVICE, "device_code": "made-up"}, "bad_verification_code", 70018),
        ({**DEVICE}, "invalid_request", 900144),
        ({"grant_type": "client_credentials", "client_id": "nobody"}, "unauthorized_client", 700016),
    ],
)
def test_refusals(running: RunningTenant, graph: httpx.Client, form: dict[str, str], error: str, number: int) -> None:
    """OAuth error, AADSTS number and the identifiers Entra repeats."""
    status, body = post(running, graph, **form)
    assert status in (400, 401)
    assert (body["error"], body["error_codes"]) == (error, [number])
    assert body["error_description"].startswith(f"AADSTS{number}: ")
    assert body["trace_id"] in body["error_description"]


def test_scopes_that_make_no_sense(running: RunningTenant, graph: httpx.Client) -> None:
    """Another resource, and client credentials without .default."""
    secret = running.client_secret.reveal_text()
    credentials = {"grant_type": "client_credentials", "client_secret": secret}
    assert post(running, graph, **credentials, scope="https://vault.example/.default")[1]["error_codes"] == [70011]
    assert post(running, graph, **credentials, scope="User.Read.All")[1]["error_codes"] == [1002012]


def test_another_tenant(running: RunningTenant, graph: httpx.Client) -> None:
    """Discovery and tokens of a tenant that is not this one."""
    for answer in (
        graph.get("/11111111-2222-3333-4444-555555555555/v2.0/.well-known/openid-configuration"),
        graph.post("/11111111-2222-3333-4444-555555555555/oauth2/v2.0/token", data={"grant_type": "x"}),
    ):
        assert (answer.status_code, answer.json()["error_codes"]) == (400, [90002])


def test_device_code(running: RunningTenant, session: requests.Session, graph: httpx.Client) -> None:
    """Pending until approved; then a delegated token, an identity and a refresh token, which MSAL uses by itself."""
    app = public(running, session)
    flow = app.initiate_device_flow(["UserAuthMethod-QR.ReadWrite.All"])
    pending = post(running, graph, **DEVICE, device_code=flow["device_code"])
    assert (pending[1]["error"], pending[1]["error_codes"]) == ("authorization_pending", [70016])
    approved = graph.post(
        "/_tenant/device/approve", json={"user_code": flow["user_code"].lower(), "upn": MARIA.user_principal_name}
    )
    assert approved.status_code == 200
    answer = app.acquire_token_by_device_flow(flow)
    claims = jwt.decode(answer["access_token"], options={"verify_signature": False})
    assert (claims["oid"], claims["scp"]) == (MARIA.id, "UserAuthMethod-QR.ReadWrite.All")
    assert "roles" not in claims
    (account,) = app.get_accounts()
    assert account["username"] == MARIA.user_principal_name
    again = app.acquire_token_silent(["User.Read.All"], account=account)
    assert jwt.decode(again["access_token"], options={"verify_signature": False})["scp"] == "User.Read.All"


def test_device_code_is_good_once(running: RunningTenant, session: requests.Session, graph: httpx.Client) -> None:
    """A code that was redeemed, and a short code that was settled, are gone."""
    flow = public(running, session).initiate_device_flow(["User.Read"])
    told = {"user_code": flow["user_code"], "upn": MARIA.user_principal_name}
    assert graph.post("/_tenant/device/approve", json=told).status_code == 200
    assert graph.post("/_tenant/device/approve", json=told).status_code == 400
    assert post(running, graph, **DEVICE, device_code=flow["device_code"])[0] == 200
    assert post(running, graph, **DEVICE, device_code=flow["device_code"])[1]["error_codes"] == [70018]


@pytest.mark.parametrize(
    ("decision", "error", "number"),
    [("decline", "authorization_declined", 70021), ("block", "invalid_grant", 53003)],
)
def test_device_code_refused(
    running: RunningTenant, session: requests.Session, graph: httpx.Client, *, decision: str, error: str, number: int
) -> None:
    """The person says no, or Conditional Access does."""
    app = public(running, session)
    flow = app.initiate_device_flow(["User.Read"])
    graph.post("/_tenant/device/approve", json={"user_code": flow["user_code"], "decision": decision})
    answer = app.acquire_token_by_device_flow(flow)
    assert (answer["error"], answer["error_codes"]) == (error, [number])


def test_disabled_people_get_no_token(running: RunningTenant, session: requests.Session, graph: httpx.Client) -> None:
    """AADSTS50057, though the code was approved."""
    app = public(running, session)
    flow = app.initiate_device_flow(["User.Read"])
    graph.post("/_tenant/device/approve", json={"user_code": flow["user_code"], "upn": TOM.user_principal_name})
    assert app.acquire_token_by_device_flow(flow)["error_codes"] == [50057]


def test_permission_that_was_not_granted(running: RunningTenant, session: requests.Session) -> None:
    """AADSTS65001 where neither user nor administrator consented."""
    flow = public(running, session).initiate_device_flow(["Mail.Read"])
    assert flow["error"] == "invalid_grant"
    assert "AADSTS65001" in flow["error_description"]


def test_codes_and_tokens_expire_by_the_tenants_clock(keys: TenantKeys) -> None:
    """A device code after fifteen minutes, an access token after an hour, a refresh token after ninety days."""
    clock = ManualClock(SystemClock().now())
    with RunningTenant(keys=keys, clock=clock) as running, httpx.Client(verify=False) as client:  # noqa: S501 - loopback
        client.base_url = httpx.URL(running.url)
        secret = running.client_secret.reveal_text()
        _, mine = post(running, client, grant_type="client_credentials", scope=SCOPE[0], client_secret=secret)
        header = {"Authorization": f"Bearer {mine['access_token']}"}
        start = {"client_id": running.client_id, "scope": "User.Read offline_access"}
        flow = client.post(f"{running.authority}/oauth2/v2.0/devicecode", data=start).json()
        assert client.get("/v1.0/users", headers=header).status_code == 200
        clock.advance(15 * 60)
        late = post(running, client, **DEVICE, device_code=flow["device_code"])
        assert (late[1]["error"], late[1]["error_codes"]) == ("expired_token", [70020])
        clock.advance(45 * 60)
        refused = client.get("/v1.0/users", headers=header)
        assert (refused.status_code, refused.json()["error"]["code"]) == (401, "InvalidAuthenticationToken")
        flow = client.post(f"{running.authority}/oauth2/v2.0/devicecode", data=start).json()
        told = {"user_code": flow["user_code"], "upn": MARIA.user_principal_name}
        client.post("/_tenant/device/approve", json=told)
        _, theirs = post(running, client, **DEVICE, device_code=flow["device_code"])
        again = {"grant_type": "refresh_token", "refresh_token": theirs["refresh_token"]}
        assert post(running, client, **again)[0] == 200
        clock.advance(90 * 86_400)
        assert post(running, client, **again)[1]["error_codes"] == [70000]
