"""The operations on one person's QR + PIN method."""

from __future__ import annotations

from typing import Final

from kiosk.badge.kind import CodeKind
from kiosk.tenant import bodies, permissions, representation
from kiosk.tenant.graph_call import Answer, Call
from kiosk.tenant.method import Code, NewCode
from kiosk.tenant.people import User
from kiosk.tenant.personal import Operation, permitted
from kiosk.tenant.refusal import GraphError, bad_request, insufficient_privileges


def _may_read(call: Call, owner: User | None) -> None:
    permissions.require_method(call.tenant, call.caller, owner, write=False)


def _may_write(call: Call, owner: User | None) -> None:
    permissions.require_method(call.tenant, call.caller, owner, write=True)


def _is_the_owner(call: Call, owner: User | None) -> None:
    permissions.require_any(call.caller, permissions.OWN_PIN)
    if owner is None or call.caller.user_id != owner.id:
        raise insufficient_privileges()


@permitted(_may_read)
def get_method(call: Call, owner: User) -> Answer:
    """GET of the method, with its codes and PIN inline."""
    return Answer(200, {**_context(call, owner), **_method(call, owner)})


@permitted(_may_read)
def list_methods(call: Call, owner: User) -> Answer:
    """GET of all the person's methods, of which this tenant knows one kind."""
    methods = [_method(call, owner)] if owner.id in call.tenant.methods else []
    return Answer(200, {**call.context(f"users('{owner.id}')/authentication/methods"), "value": methods})


def _method(call: Call, owner: User) -> representation.Json:
    return representation.method(
        call.tenant.method(owner.id),
        call.version,
        allowed=call.tenant.allows(owner.id),
        now=call.tenant.clock.now(),
    )


def _context(call: Call, owner: User, rest: str = "") -> dict[str, str]:
    return call.context(f"users('{owner.id}')/authentication/qrCodePinMethod{rest}/$entity")


@permitted(_may_write)
def put_method(call: Call, owner: User) -> Answer:
    """PUT: the method with a standard code, which the body has to name, and a PIN."""
    body = bodies.read(call.body, bodies.MethodBody)
    if body.standard is None or body.temporary is not None:
        message = "Standard QR code is required for adding new QR code auth method."
        raise GraphError(400, "standardQRCodeRequired", message)
    start, expire = bodies.utc(body.standard.start_date_time), bodies.utc(body.standard.expire_date_time)
    if start is None or expire is None:
        raise bad_request("startDateTime and expireDateTime are required.")
    new = call.tenant.create_method(owner.id, start, expire, body.pin.code if body.pin else None)
    return Answer(
        201,
        {
            **_context(call, owner),
            **_method(call, owner),
            "standardQRCode": representation.new_code(new.code),
            "pin": representation.new_pin(new.pin, call.version),
        },
        headers={"Location": f"/{call.version}/users/{owner.id}/authentication/qrCodePinMethod"},
    )


@permitted(_may_write)
def delete_method(call: Call, owner: User) -> Answer:
    """DELETE of the method with all that is in it."""
    call.tenant.delete_method(owner.id)
    return Answer(204)


def get_code(kind: CodeKind) -> Operation:
    """GET of a code: in v1.0 wrapped in `value` as in the example of its page, in beta bare, as the SDK reads it."""

    @permitted(_may_read)
    def handler(call: Call, owner: User) -> Answer:
        code = representation.code(call.tenant.code(owner.id, kind)) or {}
        shown = {"value": code} if call.version == "v1.0" else code
        return Answer(200, {**_context(call, owner, f"/{kind}QRCode"), **shown})

    return handler


def patch_code(kind: CodeKind) -> Operation:
    """PATCH of a code: 201 with an image creates, 200 without one edits."""

    @permitted(_may_write)
    def handler(call: Call, owner: User) -> Answer:
        body = bodies.read(call.body, bodies.CodeBody)
        start, expire = bodies.utc(body.start_date_time), bodies.utc(body.expire_date_time)
        return _written(call, owner, call.tenant.write_code(owner.id, kind, start, expire))

    return handler


def post_code(kind: CodeKind) -> Operation:
    """POST of a code, as the drafts have it: creates, and never edits."""

    @permitted(_may_write)
    def handler(call: Call, owner: User) -> Answer:
        body = bodies.read(call.body, bodies.CodeBody)
        start, expire = bodies.utc(body.start_date_time), bodies.utc(body.expire_date_time)
        if start is None or expire is None:
            raise bad_request("startDateTime and expireDateTime are required.")
        return _written(call, owner, call.tenant.create_code(owner.id, kind, start, expire))

    return handler


def edit_code(kind: CodeKind) -> Operation:
    """PATCH of a code, as the drafts have it: edits, and never creates."""

    @permitted(_may_write)
    def handler(call: Call, owner: User) -> Answer:
        expire = bodies.utc(bodies.read(call.body, bodies.CodeBody).expire_date_time)
        if expire is None:
            raise bad_request("expireDateTime is required.")
        return _written(call, owner, call.tenant.edit_code(owner.id, kind, expire))

    return handler


def _written(call: Call, owner: User, code: NewCode | Code) -> Answer:
    if isinstance(code, NewCode):
        context = _context(call, owner, f"/{code.code.kind}QRCode")
        return Answer(201, {**context, **representation.new_code(code)})
    return Answer(200, {**_context(call, owner, f"/{code.kind}QRCode"), **(representation.code(code) or {})})


def delete_code(kind: CodeKind) -> Operation:
    """DELETE of a code."""

    @permitted(_may_write)
    def handler(call: Call, owner: User) -> Answer:
        call.tenant.delete_code(owner.id, kind)
        return Answer(204)

    return handler


@permitted(_may_read)
def get_pin(call: Call, owner: User) -> Answer:
    """GET of the PIN: when it was set and whether it must be changed, never its digits."""
    pin = representation.pin(call.tenant.method(owner.id).pin, call.version)
    return Answer(200, {**_context(call, owner, "/pin"), **pin})


@permitted(_may_write)
def patch_pin(call: Call, owner: User) -> Answer:
    """PATCH of the PIN: reset. A code in the body is read and ignored: the tenant makes the new one."""
    if call.body:
        bodies.read(call.body, bodies.PinBody)
    new = call.tenant.reset_pin(owner.id)
    return Answer(201, {**_context(call, owner, "/pin"), **representation.new_pin(new, call.version)})


@permitted(_is_the_owner)
def update_pin(call: Call, owner: User) -> Answer:
    """The person's own change of PIN; nobody else's, and never an application's."""
    body = bodies.read(call.body, bodies.PinChange)
    call.tenant.change_pin(owner.id, body.current_pin, body.new_pin)
    return Answer(204)


def _code_routes(kind: CodeKind) -> dict[str, Operation]:
    return {"GET": get_code(kind), "PATCH": patch_code(kind), "DELETE": delete_code(kind)}


def _draft_code_routes(kind: CodeKind) -> dict[str, Operation]:
    return {**_code_routes(kind), "POST": post_code(kind), "PATCH": edit_code(kind)}


#: What follows the owner's `authentication` in a path, lower case, and what each verb does there.
ROUTES: Final[dict[tuple[str, ...], dict[str, Operation]]] = {
    ("methods",): {"GET": list_methods},
    ("qrcodepinmethod",): {"GET": get_method, "PUT": put_method, "DELETE": delete_method},
    ("qrcodepinmethod", "standardqrcode"): _code_routes(CodeKind.STANDARD),
    ("qrcodepinmethod", "temporaryqrcode"): _code_routes(CodeKind.TEMPORARY),
    ("qrcodepinmethod", "pin"): {"GET": get_pin, "PATCH": patch_pin},
    ("qrcodepinmethod", "pin", "updatepin"): {"PATCH": update_pin, "POST": update_pin},
}

#: The same behind a hardware OATH device's `assignTo`, where Microsoft's drafts of February 2025 create by POST.
DRAFT_ROUTES: Final[dict[tuple[str, ...], dict[str, Operation]]] = {
    **ROUTES,
    ("qrcodepinmethod", "standardqrcode"): _draft_code_routes(CodeKind.STANDARD),
    ("qrcodepinmethod", "temporaryqrcode"): _draft_code_routes(CodeKind.TEMPORARY),
    ("qrcodepinmethod", "pin"): {"GET": get_pin, "PATCH": patch_pin, "POST": patch_pin},
}
