"""Who may do what in Graph: permissions of the token, and for a person also their directory roles."""

from __future__ import annotations

from typing import Final

from kiosk.tenant.model import Tenant
from kiosk.tenant.people import (
    AUTHENTICATION_ADMINISTRATOR,
    AUTHENTICATION_POLICY_ADMINISTRATOR,
    GLOBAL_READER,
    PRIVILEGED_AUTHENTICATION_ADMINISTRATOR,
    User,
)
from kiosk.tenant.refusal import insufficient_privileges
from kiosk.tenant.tokens import Caller

_ALL_WRITE: Final = frozenset({"UserAuthMethod-QR.ReadWrite.All", "UserAuthenticationMethod.ReadWrite.All"})
_ALL_READ: Final = _ALL_WRITE | {"UserAuthMethod-QR.Read.All", "UserAuthenticationMethod.Read.All"}
_OWN_WRITE: Final = _ALL_WRITE | {"UserAuthMethod-QR.ReadWrite", "UserAuthenticationMethod.ReadWrite"}
_OWN_READ: Final = _ALL_READ | _OWN_WRITE | {"UserAuthMethod-QR.Read", "UserAuthenticationMethod.Read"}

USERS: Final = frozenset({"User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"})
OWN_USER: Final = USERS | {"User.Read", "User.ReadWrite"}
_POLICY_WRITE: Final = frozenset({"Policy.ReadWrite.AuthenticationMethod"})
_POLICY_READ: Final = _POLICY_WRITE | {"Policy.Read.AuthenticationMethod", "Policy.Read.All"}
UNITS: Final = frozenset({"AdministrativeUnit.Read.All", "Directory.Read.All", "Directory.ReadWrite.All"})
ROLES: Final = frozenset({"RoleManagement.Read.Directory", "RoleManagement.Read.All", "Directory.Read.All"})
OATH_DEVICES: Final = frozenset({"Policy.Read.All", "Policy.ReadWrite.AuthenticationMethod"})
PHOTOS: Final = USERS | {"ProfilePhoto.Read.All", "ProfilePhoto.ReadWrite.All"}
GROUPS: Final = USERS | {"GroupMember.Read.All", "Group.Read.All", "Group.ReadWrite.All"}
OWN_PIN: Final = frozenset({"Directory.AccessAsUser.All"})

_WRITERS: Final = frozenset({AUTHENTICATION_ADMINISTRATOR, PRIVILEGED_AUTHENTICATION_ADMINISTRATOR})
_READERS: Final = _WRITERS | {GLOBAL_READER}
_POLICY_WRITERS: Final = frozenset({AUTHENTICATION_POLICY_ADMINISTRATOR})
_POLICY_READERS: Final = _POLICY_WRITERS | {GLOBAL_READER}


def has_any(caller: Caller, permissions: frozenset[str]) -> bool:
    """Whether the token carries one of `permissions`, of the kind that fits the caller."""
    held = caller.roles if caller.user_id is None else caller.scopes
    return bool(held & permissions)


def require_any(caller: Caller, permissions: frozenset[str]) -> None:
    """Raise GraphError 403 unless the token carries one of `permissions`, of the kind that fits the caller."""
    if not has_any(caller, permissions):
        raise insufficient_privileges()


def require_method(tenant: Tenant, caller: Caller, owner: User | None, *, write: bool) -> None:
    """Raise GraphError 403 unless `caller` may read or write the method of `owner`.

    An application needs a permission and reaches everybody. A person needs a delegated permission and, for somebody
    else's method, a directory role that reaches the owner: an Authentication Administrator's reaches nobody who
    holds a directory role. Without an owner it is asked whether anybody's method could be meant.
    """
    if owner is not None and caller.user_id == owner.id:
        require_any(caller, _OWN_WRITE if write else _OWN_READ)
        return
    require_any(caller, _ALL_WRITE if write else _ALL_READ)
    if caller.user_id is not None:
        _require_role(tenant, tenant.user(caller.user_id), owner, write=write)


def _require_role(tenant: Tenant, actor: User, owner: User | None, *, write: bool) -> None:
    for assignment in actor.roles:
        if assignment.role not in (_WRITERS if write else _READERS):
            continue
        if owner is None:
            return
        if assignment.unit is not None and owner.id not in tenant.units[assignment.unit].members:
            continue
        if write and owner.roles and assignment.role == AUTHENTICATION_ADMINISTRATOR:
            continue
        return
    raise insufficient_privileges()


def require_policy(tenant: Tenant, caller: Caller, *, write: bool) -> None:
    """Raise GraphError 403 unless `caller` may read or write the policy: a person needs a role for it as well."""
    require_any(caller, _POLICY_WRITE if write else _POLICY_READ)
    if caller.user_id is None:
        return
    held = {assignment.role for assignment in tenant.user(caller.user_id).roles if assignment.unit is None}
    if not held & (_POLICY_WRITERS if write else _POLICY_READERS):
        raise insufficient_privileges()
