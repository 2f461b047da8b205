"""Entra's sign-in authority: OpenID discovery, signing keys, tokens and device codes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from kiosk.tenant.box import Box
from kiosk.tenant.entra_error import EntraError
from kiosk.tenant.front import identifiers
from kiosk.tenant.seed import TENANT_ID
from kiosk.tenant.sign_in import Form, start_device_flow, token
from kiosk.tenant.tokens import when

_Endpoint = Callable[[Box, Form], dict[str, Any]]


def discovery(box: Box) -> dict[str, Any]:
    """The OpenID provider metadata of this tenant."""
    return {
        "issuer": f"{box.authority}/v2.0",
        "authorization_endpoint": f"{box.authority}/oauth2/v2.0/authorize",
        "token_endpoint": f"{box.authority}/oauth2/v2.0/token",
        "device_authorization_endpoint": f"{box.authority}/oauth2/v2.0/devicecode",
        "jwks_uri": f"{box.authority}/discovery/v2.0/keys",
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
        "response_types_supported": ["code", "id_token"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "claims_supported": ["sub", "iss", "aud", "exp", "iat", "name", "preferred_username", "oid", "tid"],
        "tenant_region_scope": "EU",
        "cloud_instance_name": "microsoftonline.com",
        "msgraph_host": "graph.microsoft.com",
        "kerberos_endpoint": f"{box.url}/{TENANT_ID}/kerberos",
    }


def _refused(box: Box, request: Request, refusal: EntraError) -> JSONResponse:
    ids = identifiers(request.scope)
    body = refusal.body(ids.request_id, ids.client_request_id or ids.request_id, when(box.clock.now()))
    return JSONResponse(body, refusal.status)


def _read(box: Box, answer: Callable[[], dict[str, Any]]) -> Callable[[Request], Response]:
    def endpoint(request: Request) -> Response:
        if not box.is_named(request.path_params["tenant"]):
            return _refused(box, request, EntraError(90002, request.path_params["tenant"]))
        return JSONResponse(answer())

    return endpoint


def _post(box: Box, answer: _Endpoint) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode("utf-8", "replace")))
        try:
            if not box.is_named(request.path_params["tenant"]):
                raise EntraError(90002, request.path_params["tenant"])
            return JSONResponse(answer(box, form), headers={"Cache-Control": "no-store", "Pragma": "no-cache"})
        except EntraError as refusal:
            return _refused(box, request, refusal)

    return endpoint


def _how_to_approve(box: Box) -> Callable[[Request], Response]:
    text = (
        "A simulated tenant has nobody at its sign-in page. Approve a code with\n"
        f'POST {box.url}/_tenant/device/approve {{"user_code": "…", "upn": "…"}}\n'
    )
    return lambda _: PlainTextResponse(text)


def routes(box: Box) -> list[Route]:
    """The authority's routes, for any name of this tenant."""
    return [
        Route("/{tenant}/v2.0/.well-known/openid-configuration", _async(_read(box, lambda: discovery(box)))),
        Route("/{tenant}/discovery/v2.0/keys", _async(_read(box, box.mint.jwks))),
        Route("/{tenant}/oauth2/v2.0/token", _post(box, token), methods=["POST"]),
        Route("/{tenant}/oauth2/v2.0/devicecode", _post(box, start_device_flow), methods=["POST"]),
        Route("/devicelogin", _async(_how_to_approve(box))),
    ]


def _async(answer: Callable[[Request], Response]) -> Callable[[Request], Any]:
    """Starlette runs plain functions on other threads; the tenant's state belongs to the loop's."""

    async def endpoint(request: Request) -> Response:
        return answer(request)

    return endpoint
