"""Addresses and settings: what reaches Graph is what was meant, and nothing goes to a wrong place."""

from __future__ import annotations

from typing import Any

import pytest

from kiosk.badge.kind import CodeKind
from kiosk.errors import UsageError
from kiosk.graph.exchange import Exchange
from kiosk.graph.paths import MethodOwner
from kiosk.graph.settings import GraphSettings

USER = {"id": "u", "userPrincipalName": "x"}


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("ada@contoso.example", "/users/ada%40contoso.example"),
        ("ada_fabrikam.com#EXT#@contoso.example", "/users/ada_fabrikam.com%23EXT%23%40contoso.example"),
        ("jörg@contoso.example", "/users/j%C3%B6rg%40contoso.example"),
        ("a/../b?c=d&e", "/users/a%2F..%2Fb%3Fc%3Dd%26e"),
        ("a%2Fb", "/users/a%252Fb"),
        ("$ada'o@contoso.example", "/users('%24ada%27%27o%40contoso.example')"),
    ],
)
async def test_a_name_arrives_at_graph_as_it_is(scripted: Any, says: Any, name: str, path: str) -> None:
    graph = scripted(says(200, USER))
    await graph.client.get_user(name)
    assert graph.asked[0].url.raw_path.decode().startswith(f"/v1.0{path}?$select=id,userPrincipalName,")


@pytest.mark.parametrize("name", ["", ".", "..", " ", "a\nb", "a\x00", " ada", "\ud800"])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(UsageError):
        MethodOwner.user(name)


def test_the_paths_of_the_method() -> None:
    me = MethodOwner.me()
    assert me.method == "/me/authentication/qrCodePinMethod"
    assert me.code(CodeKind.STANDARD) == "/me/authentication/qrCodePinMethod/standardQRCode"
    assert me.code(CodeKind.TEMPORARY) == "/me/authentication/qrCodePinMethod/temporaryQRCode"
    assert me.update_pin == "/me/authentication/qrCodePinMethod/pin/updatePin"


@pytest.mark.parametrize(
    "host", ["graph.microsoft.us", "dod-graph.microsoft.us", "microsoftgraph.chinacloudapi.cn", "GRAPH.microsoft.US"]
)
def test_a_national_cloud_is_refused_with_the_reason(host: str) -> None:
    with pytest.raises(UsageError, match="national cloud"):
        GraphSettings(tenant_id="t", client_id="c", base_url=f"https://{host}")


def test_a_national_clouds_sign_in_is_refused() -> None:
    with pytest.raises(UsageError, match="national cloud"):
        GraphSettings(tenant_id="t", client_id="c", authority="https://login.microsoftonline.us")


@pytest.mark.parametrize(
    "url", ["http://graph.microsoft.com", "graph.microsoft.com", "https://", "https://a:b@graph", "https://[", ""]
)
def test_an_address_that_is_not_https_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match="base_url"):
        GraphSettings(tenant_id="t", client_id="c", base_url=url)


def test_a_proxy_with_a_password_is_refused() -> None:
    with pytest.raises(UsageError) as caught:
        GraphSettings(tenant_id="t", client_id="c", proxy="http://ada:hunter2@proxy:3128")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("authority", "whole"),
    [
        ("https://login.microsoftonline.com", "https://login.microsoftonline.com/t"),
        ("https://login.microsoftonline.com/", "https://login.microsoftonline.com/t"),
        ("https://127.0.0.1:8443/other", "https://127.0.0.1:8443/other"),
    ],
)
def test_the_tenant_is_put_behind_the_authority_once(authority: str, whole: str) -> None:
    assert GraphSettings(tenant_id="t", client_id="c", authority=authority).tenant_authority == whole


@pytest.mark.parametrize("content", [None, b"", b"no certificate"])
def test_a_certificate_authority_that_cannot_be_used(tmp_path: Any, content: bytes | None) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(UsageError, match="ca_file"):
        Exchange(GraphSettings(tenant_id="t", client_id="c", ca_file=str(file)))
