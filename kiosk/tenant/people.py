"""People of the tenant, the roles they hold and the administrative units those roles reach."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

AUTHENTICATION_ADMINISTRATOR: Final = "c4e39bd9-1100-46d3-8c65-fb160da0071f"
PRIVILEGED_AUTHENTICATION_ADMINISTRATOR: Final = "7be44c8a-adaf-4e2a-84d6-ab2649e08a13"
AUTHENTICATION_POLICY_ADMINISTRATOR: Final = "0526716b-113d-4c15-b2c8-68e3c22b9f80"
GLOBAL_READER: Final = "f2ef992c-3afb-46b9-b7cf-a126ee74c451"
HELPDESK_ADMINISTRATOR: Final = "729827e3-9c14-49f7-bb1b-9608f156bbb8"

#: Entra's role template ids, which are the same in every tenant, and their names.
ROLE_NAMES: Final = {
    AUTHENTICATION_ADMINISTRATOR: "Authentication Administrator",
    PRIVILEGED_AUTHENTICATION_ADMINISTRATOR: "Privileged Authentication Administrator",
    AUTHENTICATION_POLICY_ADMINISTRATOR: "Authentication Policy Administrator",
    GLOBAL_READER: "Global Reader",
    HELPDESK_ADMINISTRATOR: "Helpdesk Administrator",
}


@dataclass(frozen=True, slots=True)
class RoleAssignment:
    """A directory role (template id), in one administrative unit (its id) or, with None, in the whole tenant."""

    role: str
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class AdministrativeUnit:
    """A part of the directory that a role can be scoped to."""

    id: str
    name: str
    members: frozenset[str]


@dataclass(frozen=True, slots=True)
class Group:
    """A group of users, for the policy's targets."""

    id: str
    name: str
    members: frozenset[str]


@dataclass(frozen=True, slots=True)
class User:
    """One account. `signed_in_before`: by another method, without which a code reads "incorrect"."""

    id: str
    user_principal_name: str
    display_name: str
    given_name: str = ""
    surname: str = ""
    employee_id: str = ""
    job_title: str = ""
    department: str = ""
    office: str = ""
    preferred_language: str = "en"
    account_enabled: bool = True
    signed_in_before: bool = True
    roles: tuple[RoleAssignment, ...] = ()
