"""How far a sign-in reaches: the permissions in its token, the roles behind it, and what is missing for what.

A token is read here without being verified, which only its addressee can do: what it says is told to a person and
decides nothing. Graph's own answer does.
"""

from __future__ import annotations

import base64
import binascii
from typing import Final

import msgspec

from drivers.wire.secret import Secret
from kiosk.graph import operations as op
from kiosk.graph.errors import UnexpectedAnswer
from kiosk.graph.models import DirectoryRole
from kiosk.graph.operations import Operation
from kiosk.graph.roles import METHOD_READERS, METHOD_WRITERS, POLICY_READERS, role_name

_METHOD_ALL: Final = "UserAuthenticationMethod.ReadWrite.All"
_DIRECTORY: Final = frozenset({"Directory.Read.All", "Directory.ReadWrite.All"})

#: What does as well as each least permission (Graph's permissions reference).
_ENOUGH: Final[dict[str, frozenset[str]]] = {
    "UserAuthMethod-QR.ReadWrite.All": frozenset({_METHOD_ALL}),
    "UserAuthMethod-QR.Read.All": frozenset(
        {"UserAuthMethod-QR.ReadWrite.All", "UserAuthenticationMethod.Read.All", _METHOD_ALL}
    ),
    "User.Read": frozenset({"User.ReadWrite", "User.Read.All", "User.ReadWrite.All"}) | _DIRECTORY,
    "User.Read.All": frozenset({"User.ReadWrite.All"}) | _DIRECTORY,
    "ProfilePhoto.Read.All": frozenset({"ProfilePhoto.ReadWrite.All", "User.Read.All", "User.ReadWrite.All"}),
    "GroupMember.Read.All": frozenset({"GroupMember.ReadWrite.All", "Group.Read.All", "Group.ReadWrite.All"})
    | _DIRECTORY,
    "AdministrativeUnit.Read.All": frozenset({"AdministrativeUnit.ReadWrite.All"}) | _DIRECTORY,
    "RoleManagement.Read.Directory": frozenset({"RoleManagement.ReadWrite.Directory", "RoleManagement.Read.All"})
    | _DIRECTORY,
    "Policy.Read.AuthenticationMethod": frozenset({"Policy.ReadWrite.AuthenticationMethod", "Policy.Read.All"}),
}

#: The operations a station and its administrators use.
NEEDED: Final = (
    op.GET_METHOD,
    op.GET_CODE,
    op.GET_PIN,
    op.CREATE_METHOD,
    op.DELETE_METHOD,
    op.CREATE_CODE,
    op.EXTEND_CODE,
    op.DELETE_CODE,
    op.RESET_PIN,
    op.GET_POLICY,
    op.GET_USER,
    op.FIND_PEOPLE,
    op.UNIT_MEMBERS,
    op.GROUP_MEMBERS,
    op.GET_ROLES,
    op.GET_PHOTO,
    op.ROLE_ASSIGNMENTS,
)


class Missing(msgspec.Struct, frozen=True, kw_only=True):
    """An operation that will be refused. `permission` and `role` are what is lacking; empty where it is there."""

    operation: str
    permission: str = ""
    role: str = ""


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """What a token says of itself. `app_only`: it speaks for the app and for no person."""

    principal_id: str
    name: str
    app_only: bool
    permissions: frozenset[str]
    #: Template ids of the roles the person holds in the whole tenant (the claim `wids`).
    tenant_roles: tuple[str, ...] = ()


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """What a sign-in may do, and to whom.

    `roles` is empty for an app: its permissions reach everybody. `scopes_known` is False where Graph would not say
    which unit a role is for, so that `roles` has only those of the whole tenant. `whole_tenant` and `units` (ids)
    tell whose codes may be changed; without either, nobody's.
    """

    claims: Claims
    roles: tuple[DirectoryRole, ...] = ()
    scopes_known: bool = True
    missing: tuple[Missing, ...] = ()
    whole_tenant: bool = False
    units: tuple[str, ...] = ()


class _Token(msgspec.Struct):
    oid: str = ""
    idtyp: str | None = None
    roles: list[str] = []
    scp: str | None = None
    wids: list[str] = []
    upn: str | None = None
    unique_name: str | None = None
    app_displayname: str | None = None
    appid: str = ""


def read_claims(token: Secret) -> Claims:
    """What the token says. Raises UnexpectedAnswer for one that is no JWT: Graph may change that any day."""
    said = _decoded(token)
    if said is None:
        raise UnexpectedAnswer(
            "the access token cannot be read", hint="It may work all the same: try, and see what Graph refuses."
        )
    app_only = said.scp is None if said.idtyp is None else said.idtyp == "app"
    return Claims(
        principal_id=said.oid.lower(),
        name=said.upn or said.unique_name or said.app_displayname or said.appid,
        app_only=app_only,
        permissions=frozenset(said.roles if app_only else (said.scp or "").split()),
        tenant_roles=tuple(role.lower() for role in said.wids),
    )


def judge(claims: Claims, assigned: tuple[DirectoryRole, ...] | None) -> Reach:
    """The reach of a token whose principal has these role assignments; None where they could not be read."""
    roles = () if claims.app_only else _roles(claims, assigned or ())
    missing = tuple(lack for operation in NEEDED if (lack := _lack(operation, claims, roles)) is not None)
    may_write = _permitted(op.DELETE_CODE, claims.permissions)
    writers = [role for role in roles if role.template_id in METHOD_WRITERS] if may_write else []
    return Reach(
        claims=claims,
        roles=roles,
        scopes_known=claims.app_only or assigned is not None,
        missing=missing,
        whole_tenant=may_write and (claims.app_only or any(role.unit is None for role in writers)),
        units=tuple(sorted({role.unit for role in writers if role.unit is not None})),
    )


def _roles(claims: Claims, assigned: tuple[DirectoryRole, ...]) -> tuple[DirectoryRole, ...]:
    """Those assigned to the person, and those the token knows of besides: a role may come through a group."""
    known = {role.template_id for role in assigned}
    others = (DirectoryRole(template_id=each, name=role_name(each)) for each in claims.tenant_roles)
    return assigned + tuple(role for role in others if role.template_id not in known)


def _lack(operation: Operation, claims: Claims, roles: tuple[DirectoryRole, ...]) -> Missing | None:
    permission = "" if _permitted(operation, claims.permissions) else operation.permission
    wanted = frozenset() if claims.app_only else _roles_for(operation)
    held = {role.template_id for role in roles}
    role = operation.role if wanted and not wanted & held else ""
    return Missing(operation=operation.name, permission=permission, role=role) if permission or role else None


def _roles_for(operation: Operation) -> frozenset[str]:
    """Reading people is every member's right by default; methods and policy are not."""
    if operation is op.GET_POLICY:
        return POLICY_READERS
    if not operation.permission.startswith("UserAuthMethod"):
        return frozenset()
    return METHOD_WRITERS if operation.writes else METHOD_READERS


def _permitted(operation: Operation, permissions: frozenset[str]) -> bool:
    least = operation.permission
    return least in permissions or not permissions.isdisjoint(_ENOUGH.get(least, frozenset()))


def _decoded(token: Secret) -> _Token | None:
    try:
        payload = token.reveal().split(b".")[1]
        return msgspec.json.decode(base64.urlsafe_b64decode(payload + b"=" * (-len(payload) % 4)), type=_Token)
    except (IndexError, binascii.Error, ValueError, msgspec.MsgspecError):
        return None
