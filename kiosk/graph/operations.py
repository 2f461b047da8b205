"""The operations, and what each needs: so that a refusal can say which permission and which role are missing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto


class Subject(Enum):
    """What a 404 says is not there."""

    USER = auto()
    METHOD = auto()
    CODE = auto()
    OTHER = auto()


@dataclass(frozen=True, slots=True)
class Operation:
    """One row of Graph's reference.

    `permission` is Graph's least-privileged one for an app, `role` what a signed-in person needs beside it, or empty.
    `writes` tells that a lost answer leaves the outcome unknown.
    """

    name: str
    permission: str
    role: str
    missing: Subject
    writes: bool = False


def _read(name: str, missing: Subject) -> Operation:
    return Operation(
        name, "UserAuthMethod-QR.Read.All", "Global Reader or Authentication Administrator", missing, writes=False
    )


def _write(name: str, missing: Subject) -> Operation:
    return Operation(
        name, "UserAuthMethod-QR.ReadWrite.All", "Authentication Administrator over this person", missing, writes=True
    )


GET_USER = Operation("get user", "User.Read.All", "Directory Readers", Subject.USER)
GET_ME = Operation("get the signed-in person", "User.Read", "", Subject.USER)
FIND_PEOPLE = Operation("find people", "User.Read.All", "Directory Readers", Subject.OTHER)
UNIT_MEMBERS = Operation("list a unit", "AdministrativeUnit.Read.All", "Directory Readers", Subject.OTHER)
GROUP_MEMBERS = Operation("list a group", "GroupMember.Read.All", "Directory Readers", Subject.OTHER)
GET_ROLES = Operation("get directory roles", "User.Read.All", "Directory Readers", Subject.USER)
GET_MEMBERSHIPS = Operation("get memberships", "User.Read.All", "Directory Readers", Subject.USER)
GET_PHOTO = Operation("get photo", "ProfilePhoto.Read.All", "Directory Readers", Subject.OTHER)
ROLE_ASSIGNMENTS = Operation("get role scopes", "RoleManagement.Read.Directory", "Directory Readers", Subject.OTHER)
GET_DEVICE = Operation("get OATH device", "Policy.Read.All", "Authentication Policy Administrator", Subject.OTHER)
GET_METHOD = _read("get method", Subject.METHOD)
GET_CODE = _read("get code", Subject.CODE)
GET_PIN = _read("get PIN", Subject.METHOD)
GET_POLICY = Operation(
    "get policy",
    "Policy.Read.AuthenticationMethod",
    "Global Reader or Authentication Policy Administrator",
    Subject.OTHER,
)
CREATE_METHOD = _write("create method", Subject.USER)
DELETE_METHOD = _write("delete method", Subject.METHOD)
CREATE_CODE = _write("create code", Subject.METHOD)
EXTEND_CODE = _write("extend code", Subject.CODE)
DELETE_CODE = _write("delete code", Subject.CODE)
RESET_PIN = _write("reset PIN", Subject.METHOD)
UPDATE_OWN_PIN = Operation(
    "update own PIN",
    "Directory.AccessAsUser.All, delegated",
    "the person's own sign-in",
    Subject.METHOD,
    writes=True,
)

#: The two requests a batch is made of. A part that is refused is judged by its own operation.
BATCH_READS = Operation("read many", "UserAuthMethod-QR.Read.All", GET_METHOD.role, Subject.OTHER)
BATCH_CHANGES = Operation(
    "change many", "UserAuthMethod-QR.ReadWrite.All", DELETE_CODE.role, Subject.OTHER, writes=True
)
