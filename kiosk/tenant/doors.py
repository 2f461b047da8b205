"""The box's own doors, which no tenant has: phone, faults, journal, and what an administrator would do by hand."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from kiosk.tenant.box import Box
from kiosk.tenant.device_flow import Decision
from kiosk.tenant.faults import Rule
from kiosk.tenant.front import DOORS
from kiosk.tenant.refusal import GraphError
from kiosk.tenant.representation import policy, user

T = TypeVar("T")
Answered = tuple[int, dict[str, Any] | None]
_NO_CONTENT: Final[Answered] = (204, None)


class BadDoorRequestError(Exception):
    """What was sent to a door makes no sense there; `str` says why."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request at a door."""

    box: Box
    body: bytes
    user: str = ""


class SignInBody(msgspec.Struct, frozen=True):
    """What the phone saw and what was typed."""

    content_base64: str
    pin: str
    new_pin: str | None = None


class DeviceBody(msgspec.Struct, frozen=True):
    """Who settles a device code, and how."""

    user_code: str
    upn: str | None = None
    decision: Decision = Decision.APPROVED


class RestoreBody(msgspec.Struct, frozen=True):
    """The snapshot to go back to."""

    snapshot: str


class UserChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """What happens to an account behind the station's back."""

    account_enabled: bool | None = None
    signed_in_before: bool | None = None
    user_principal_name: str | None = None


class ApplicationChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The permissions the registered application has from now on: application (`roles`) and delegated (`scopes`)."""

    roles: frozenset[str] | None = None
    scopes: frozenset[str] | None = None


class PolicyChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What happens to the policy behind the station's back."""

    enabled: bool | None = None
    pin_length: int | None = None
    standard_lifetime_days: int | None = None


def sign_in(asked: Asked) -> Answered:
    """What Entra would answer at a shared phone."""
    seen = _read(asked.body, SignInBody)
    try:
        content = base64.b64decode(seen.content_base64, validate=True)
    except (binascii.Error, ValueError):
        raise BadDoorRequestError("content_base64 is not base64") from None
    answer = asked.box.phone.sign_in(content, seen.pin, seen.new_pin)
    return 200, {"result": answer.result, "upn": answer.user.user_principal_name if answer.user else None}


def decide_device(asked: Asked) -> Answered:
    """A person at the sign-in page, with the short code. Signing in there counts as another method."""
    said, box = _read(asked.body, DeviceBody), asked.box
    who = box.tenant.user(said.upn) if said.upn else None
    if who is None and said.decision is Decision.APPROVED:
        raise BadDoorRequestError("upn is missing")
    if not box.grants.decide(said.user_code, said.decision, who.id if who else None):
        raise BadDoorRequestError("no pending device code has this user_code")
    if who and said.decision is Decision.APPROVED:
        box.tenant.change_user(replace(who, signed_in_before=True))
    return 200, {"decision": said.decision}


def requests(asked: Asked) -> Answered:
    """The journal of requests."""
    return 200, {"requests": [entry.to_json() for entry in asked.box.journal.entries]}


def list_faults(asked: Asked) -> Answered:
    """The faults still to come."""
    return 200, {"faults": asked.box.faults.armed()}


def add_fault(asked: Asked) -> Answered:
    """Arm a fault, or several."""
    rules = _read(asked.body, Rule | list[Rule])  # type: ignore[arg-type]
    for rule in [rules] if isinstance(rules, Rule) else rules:
        asked.box.faults.add(rule)
    return 201, {"faults": asked.box.faults.armed()}


def clear_faults(asked: Asked) -> Answered:
    """Disarm all faults."""
    asked.box.faults.clear()
    return _NO_CONTENT


def reset(asked: Asked) -> Answered:
    """Back to the seeded state."""
    asked.box.reset()
    return _NO_CONTENT


def snapshot(asked: Asked) -> Answered:
    """Take the whole state down, in memory."""
    return 201, {"snapshot": asked.box.snapshot()}


def restore(asked: Asked) -> Answered:
    """Back to a snapshot."""
    try:
        asked.box.restore(_read(asked.body, RestoreBody).snapshot)
    except KeyError:
        raise GraphError(404, "", "there is no such snapshot, or a hundred were taken since") from None
    return _NO_CONTENT


def change_application(asked: Asked) -> Answered:
    """Grant the application permissions or withdraw them; tokens given out before keep theirs, as Entra's do."""
    box = asked.box
    box.app = replace(box.app, **_given(_read(asked.body, ApplicationChange)))
    return 200, {"roles": sorted(box.app.roles), "scopes": sorted(box.app.scopes)}


def change_user(asked: Asked) -> Answered:
    """Disable, enable or rename an account, or forget that it ever signed in."""
    changes = _given(_read(asked.body, UserChange))
    changed = replace(asked.box.tenant.user(asked.user), **changes)
    asked.box.tenant.change_user(changed)
    return 200, user(changed, ["id", "userPrincipalName", "displayName", "accountEnabled"])


def change_policy(asked: Asked) -> Answered:
    """Change the method's policy."""
    tenant = asked.box.tenant
    tenant.policy = replace(tenant.policy, **_given(_read(asked.body, PolicyChange)))
    return 200, policy(tenant.policy)


def _given(change: msgspec.Struct) -> dict[str, Any]:
    return {name: value for name, value in msgspec.structs.asdict(change).items() if value is not None}


def _read(body: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise BadDoorRequestError("the body is not the JSON this door takes") from None


_Door = Callable[[Asked], Answered]
_DOORS: Final[tuple[tuple[str, str, _Door], ...]] = (
    ("POST", "/sign-in", sign_in),
    ("POST", "/device/approve", decide_device),
    ("GET", "/requests", requests),
    ("GET", "/faults", list_faults),
    ("POST", "/faults", add_fault),
    ("DELETE", "/faults", clear_faults),
    ("POST", "/reset", reset),
    ("POST", "/snapshot", snapshot),
    ("POST", "/restore", restore),
    ("PATCH", "/application", change_application),
    ("PATCH", "/users/{user}", change_user),
    ("PATCH", "/policy", change_policy),
)


def _opened(box: Box, door: _Door) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Response:
        try:
            status, body = door(Asked(box, await request.body(), request.path_params.get("user", "")))
        except BadDoorRequestError as bad:
            return JSONResponse({"error": str(bad)}, 400)
        except GraphError as refusal:
            return JSONResponse({"error": refusal.message}, refusal.status)
        return Response(status_code=status) if body is None else JSONResponse(body, status)

    return endpoint


def _wall(_asked: Asked) -> Answered:
    raise GraphError(404, "", "there is no such door")


def routes(box: Box) -> list[Route]:
    """All doors, and the wall between them."""
    doors = [Route(f"{DOORS}{path}", _opened(box, door), methods=[verb]) for verb, path, door in _DOORS]
    verbs = ["GET", "POST", "PUT", "PATCH", "DELETE"]
    return [*doors, Route(f"{DOORS}/{{path:path}}", _opened(box, _wall), methods=verbs)]
