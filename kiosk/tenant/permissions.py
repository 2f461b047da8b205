"""Who may do what in Graph: permissions of the token, and for a person also their directory roles."""

from __future__ import annotations

from typing import Final

from kiosk.tenant.model import Tenant
from kiosk.tenant.people import (
    AUTHENTICATION_ADMINISTRATOR,
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
POLICY: Final = frozenset(
    {"Policy.Read.AuthenticationMethod", "Policy.ReadWrite.AuthenticationMethod", "Policy.Read.All"}
)
UNITS: Final = frozenset({"AdministrativeUnit.Read.All", "Directory.Read.All", "Directory.ReadWrite.All"})
ROLES: Final = frozenset({"RoleManagement.Read.Directory", "RoleManagement.Read.All", "Directory.Read.All"})
OATH_DEVICES: Final = frozenset({"Policy.Read.All", "Policy.ReadWrite.AuthenticationMethod"})
PHOTOS: Final = USERS | {"ProfilePhoto.Read.All", "ProfilePhoto.ReadWrite.All"}
GROUPS: Final = USERS | {"GroupMember.Read.All", "Group.Read.All", "Group.ReadWrite.All"}
OWN_PIN: Final = frozenset({"Directory.AccessAsUser.All"})

_WRITERS: Final = frozenset({AUTHENTICATION_ADMINISTRATOR, PRIVILEGED_AUTHENTICATION_ADMINISTRATOR})
_READERS: Final = _WRITERS | {GLOBAL_READER}


def require_any(caller: Caller, permissions: frozenset[str]) -> None:
    """Raise GraphError 403 unless the token carries one of `permissions`, of the kind that fits the caller."""
    held = caller.roles if caller.user_id is None else caller.scopes
    if not held & permissions:
        raise insufficient_privileges()


def require_method(tenant: Tenant, caller: Caller, owner: User, *, write: bool) -> None:
    """Raise GraphError 403 unless `caller` may read or write the method of `owner`.

    An application needs a permission and reaches everybody. A person needs a delegated permission and, for somebody
    else's method, a directory role that reaches the owner: an Authentication Administrator's reaches nobody who
    holds a directory role.
    """
    if caller.user_id is None:
        require_any(caller, _ALL_WRITE if write else _ALL_READ)
    elif caller.user_id == owner.id:
        require_any(caller, _OWN_WRITE if write else _OWN_READ)
    else:
        require_any(caller, _ALL_WRITE if write else _ALL_READ)
        _require_role(tenant, tenant.user(caller.user_id), owner, write=write)


def _require_role(tenant: Tenant, actor: User, owner: User, *, write: bool) -> None:
    for assignment in actor.roles:
        if assignment.role not in (_WRITERS if write else _READERS):
            continue
        if assignment.unit is not None and owner.id not in tenant.units[assignment.unit].members:
            continue
        if write and owner.roles and assignment.role == AUTHENTICATION_ADMINISTRATOR:
            continue
        return
    raise insufficient_privileges()
