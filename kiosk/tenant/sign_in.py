"""The grants of Entra's token endpoint: from the form that was posted to the tokens that are given. No I/O."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from kiosk.tenant.application import Application
from kiosk.tenant.assertion import TYPE, check_assertion
from kiosk.tenant.box import Box
from kiosk.tenant.device_flow import DEVICE_CODE_LIFETIME, Grant
from kiosk.tenant.entra_error import EntraError
from kiosk.tenant.people import User
from kiosk.tenant.seed import TENANT_ID
from kiosk.tenant.tokens import GRAPH, LIFETIME

Form = Mapping[str, str]
_OPENID: Final = frozenset({"openid", "profile", "email", "offline_access"})
_DEFAULT: Final = ".default"


def needed(form: Form, name: str) -> str:
    """The parameter `name`. Raises EntraError where it is missing."""
    value = form.get(name)
    if not value:
        raise EntraError(900144, name)
    return value


def application(box: Box, form: Form) -> Application:
    """The application the form names. Raises EntraError where it is not registered here."""
    client_id = needed(form, "client_id")
    if client_id.casefold() != box.app.client_id:
        raise EntraError(700016, client_id)
    return box.app


def resource_and_names(box: Box, scopes: frozenset[str]) -> tuple[str, frozenset[str]]:
    """The resource (a token's audience) and the permissions' own names. A bare name means Graph's."""
    resource, names = GRAPH, set()
    for scope in scopes - _OPENID:
        prefix, slash, name = scope.rpartition("/")
        if slash:
            resource = prefix.rstrip("/")
        if resource not in box.audiences:
            raise EntraError(70011, scope)
        names.add(name)
    return resource, frozenset(names)


def client_credentials(box: Box, form: Form) -> dict[str, Any]:
    """The application for itself, by secret or certificate."""
    app = application(box, form)
    _check_client(box, app, form)
    scopes = frozenset(needed(form, "scope").split())
    audience, names = resource_and_names(box, scopes)
    if names != {_DEFAULT}:
        raise EntraError(1002012, form["scope"])
    return {**_lifetimes(), "access_token": box.mint.for_application(app, audience)}


def _check_client(box: Box, app: Application, form: Form) -> None:
    if "client_assertion" in form:
        if form.get("client_assertion_type") != TYPE:
            raise EntraError(900144, "client_assertion_type")
        audiences = frozenset({f"{box.authority}/oauth2/v2.0/token", f"{box.authority}/v2.0", box.authority})
        check_assertion(form["client_assertion"], app, audiences, box.clock.now())
        return
    if "client_secret" not in form:
        raise EntraError(7000218)
    if not app.knows_secret(form["client_secret"]):
        raise EntraError(7000215, app.client_id)


def device_code(box: Box, form: Form) -> dict[str, Any]:
    """A person at another screen: what an approved device code stands for."""
    app = application(box, form)
    grant = box.grants.redeem_device_code(needed(form, "device_code"), app.client_id)
    return _for_person(box, app, grant, form)


def refresh_token(box: Box, form: Form) -> dict[str, Any]:
    """A person who signed in earlier."""
    app = application(box, form)
    grant = box.grants.redeem_refresh_token(needed(form, "refresh_token"), app.client_id)
    return _for_person(box, app, grant, form)


def _for_person(box: Box, app: Application, grant: Grant, form: Form) -> dict[str, Any]:
    user = box.tenant.users[grant.user_id]
    if not user.account_enabled:
        raise EntraError(50057)
    asked = frozenset(form.get("scope", "").split()) or grant.scopes
    audience, names = resource_and_names(box, asked)
    granted = consented(app, names)
    answer = {
        **_lifetimes(),
        "scope": " ".join(sorted(f"{audience}/{name}" for name in granted)),
        "access_token": box.mint.for_user(app, user, granted, audience),
    }
    return answer | _openid(box, app, user, grant, form)


def consented(app: Application, names: frozenset[str]) -> frozenset[str]:
    """The delegated permissions behind `names`; `.default` means all. Raises EntraError where one was not granted."""
    granted = app.scopes if _DEFAULT in names else names
    if not granted <= app.scopes:
        raise EntraError(65001, app.client_id)
    return granted


def _openid(box: Box, app: Application, user: User, grant: Grant, form: Form) -> dict[str, Any]:
    answer: dict[str, Any] = {}
    if "openid" in grant.scopes:
        answer["id_token"] = box.mint.identity(app, user)
    if "offline_access" in grant.scopes:
        answer["refresh_token"] = box.grants.refresh_token(grant)
    if form.get("client_info"):
        about = json.dumps({"uid": user.id, "utid": TENANT_ID}).encode()
        answer["client_info"] = base64.urlsafe_b64encode(about).decode().rstrip("=")
    return answer


def _lifetimes() -> dict[str, Any]:
    seconds = int(LIFETIME.total_seconds())
    return {"token_type": "Bearer", "expires_in": seconds, "ext_expires_in": seconds}


def start_device_flow(box: Box, form: Form) -> dict[str, Any]:
    """The `/devicecode` endpoint."""
    app = application(box, form)
    scopes = frozenset(needed(form, "scope").split())
    consented(app, resource_and_names(box, scopes)[1])
    device, user_code = box.grants.start(app.client_id, scopes)
    page = f"{box.url}/devicelogin"
    return {
        "user_code": user_code,
        "device_code": device,
        "verification_uri": page,
        "expires_in": int(DEVICE_CODE_LIFETIME.total_seconds()),
        "interval": box.poll_seconds,
        "message": f"To sign in, use a web browser to open the page {page} and enter the code {user_code} "
        "to authenticate.",
    }


GRANTS: Final[dict[str, Callable[[Box, Form], dict[str, Any]]]] = {
    "client_credentials": client_credentials,
    "urn:ietf:params:oauth:grant-type:device_code": device_code,
    "device_code": device_code,
    "refresh_token": refresh_token,
}


def token(box: Box, form: Form) -> dict[str, Any]:
    """The `/token` endpoint. Raises EntraError."""
    grant = needed(form, "grant_type")
    if grant not in GRANTS:
        raise EntraError(70003, grant)
    return GRANTS[grant](box, form)
