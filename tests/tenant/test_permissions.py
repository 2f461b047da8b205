"""Tokens, permissions, roles and how far they reach."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import httpx
import jwt
import pytest

from kiosk.tenant.people import (
    AUTHENTICATION_ADMINISTRATOR,
    GLOBAL_READER,
    PRIVILEGED_AUTHENTICATION_ADMINISTRATOR,
    RoleAssignment,
    User,
)
from kiosk.tenant.seed import ADA, CHIDI, JOERG, MARIA, PER
from kiosk.tenant.serve import RunningTenant
from kiosk.tenant.tokens import GRAPH

Connect = Callable[..., httpx.Client]
QR = "UserAuthMethod-QR.ReadWrite.All"
DENIED = (403, "Authorization_RequestDenied")


def outcome(answer: httpx.Response) -> tuple[int, str]:
    """Status and error code."""
    return answer.status_code, answer.json()["error"]["code"] if answer.is_error else ""


def path_of(user: User) -> str:
    """Somebody's method."""
    return f"/v1.0/users/{user.id}/authentication/qrCodePinMethod"


def test_tokens_that_are_no_good(running: RunningTenant, connect: Connect) -> None:
    """Absent, garbled, signed by another, unsigned, or meant for another service: 401 with a challenge."""
    mint, app = running.box.mint, running.box.app
    good = mint.for_application(app, GRAPH)
    claims = jwt.decode(good, options={"verify_signature": False})
    head, body, signature = good.split(".")
    bad = [
        "",
        "garbage",
        f"{head}.{body}.{signature[:-8]}AAAAAAAA",
        jwt.encode(claims, "", algorithm="none"),
        jwt.encode(claims, "x" * 64, algorithm="HS256"),
        mint.for_application(app, "https://vault.example"),
    ]
    for token in bad:
        answer = connect(running, token=token).get(path_of(ADA))
        assert outcome(answer) == (401, "InvalidAuthenticationToken")
        assert answer.headers["www-authenticate"].startswith("Bearer ")
    assert connect(running, token=good).get(path_of(ADA)).status_code == 200


@pytest.mark.parametrize(
    ("role", "read", "write"),
    [
        ("UserAuthMethod-QR.ReadWrite.All", 200, 204),
        ("UserAuthenticationMethod.ReadWrite.All", 200, 204),
        ("UserAuthMethod-QR.Read.All", 200, 403),
        ("UserAuthenticationMethod.Read.All", 200, 403),
        ("UserAuthMethod-QR.ReadWrite", 403, 403),
        ("User.ReadWrite.All", 403, 403),
    ],
)
def test_application_permissions(running: RunningTenant, connect: Connect, role: str, read: int, write: int) -> None:
    """Reading and writing, tenant-wide, by permission alone."""
    app = replace(running.box.app, roles=frozenset({role}))
    client = connect(running, token=running.box.mint.for_application(app, GRAPH))
    assert client.get(path_of(PER)).status_code == read
    assert client.delete(f"{path_of(PER)}/standardQRCode").status_code == write


def test_other_permissions(running: RunningTenant, connect: Connect) -> None:
    """People and policy each need their own."""
    app = replace(running.box.app, roles=frozenset({QR}))
    client = connect(running, token=running.box.mint.for_application(app, GRAPH))
    policy = "/v1.0/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/qrCodePin"
    for path in ("/v1.0/users", f"/v1.0/users/{ADA.id}", policy, f"/v1.0/users/{ADA.id}/memberOf"):
        assert outcome(client.get(path)) == DENIED


def test_a_supervisors_reach(running: RunningTenant, connect: Connect) -> None:
    """An Authentication Administrator of a unit: its people, but nobody else, and nobody who holds a role."""
    maria = connect(running, MARIA, QR)
    assert maria.patch(f"{path_of(ADA)}/pin").status_code == 201
    for out_of_reach in (CHIDI, PER):
        assert outcome(maria.patch(f"{path_of(out_of_reach)}/pin")) == DENIED
    assert outcome(maria.get(path_of(CHIDI))) == DENIED
    assert outcome(connect(running, MARIA, "User.Read.All").get(path_of(ADA))) == DENIED


@pytest.mark.parametrize(
    ("role", "of_ada", "of_per", "reads"),
    [
        (AUTHENTICATION_ADMINISTRATOR, 201, 403, 200),
        (PRIVILEGED_AUTHENTICATION_ADMINISTRATOR, 201, 201, 200),
        (GLOBAL_READER, 403, 403, 200),
    ],
)
def test_roles(running: RunningTenant, connect: Connect, role: str, *, of_ada: int, of_per: int, reads: int) -> None:
    """What each role may do for others, in the whole tenant."""
    actor = replace(JOERG, roles=(RoleAssignment(role),))
    running.tenant.change_user(actor)
    client = connect(running, actor, QR)
    assert client.patch(f"{path_of(ADA)}/pin").status_code == of_ada
    assert client.patch(f"{path_of(PER)}/pin").status_code == of_per
    assert client.get(path_of(PER)).status_code == reads


def test_oneself(running: RunningTenant, connect: Connect) -> None:
    """A person without a role reads their own method, under /me and by id, and nobody else's."""
    ada = connect(running, ADA, "UserAuthMethod-QR.Read", "User.Read")
    assert ada.get("/v1.0/me/authentication/qrCodePinMethod").status_code == 200
    assert ada.get(path_of(ADA)).status_code == 200
    assert outcome(ada.get(path_of(JOERG))) == DENIED
    assert outcome(ada.patch("/v1.0/me/authentication/qrCodePinMethod/pin")) == DENIED
    assert ada.get("/v1.0/me").json()["userPrincipalName"] == ADA.user_principal_name
    assert outcome(ada.get(f"/v1.0/users/{JOERG.id}")) == DENIED


def test_a_token_outlives_neither_its_time_nor_its_account(running: RunningTenant, connect: Connect) -> None:
    """Disabling an account takes effect at once."""
    ada = connect(running, ADA, "User.Read")
    assert ada.get("/v1.0/me").status_code == 200
    running.tenant.change_user(replace(ADA, account_enabled=False))
    assert outcome(ada.get("/v1.0/me")) == (401, "InvalidAuthenticationToken")


def test_withdrawn_permission(running: RunningTenant, connect: Connect) -> None:
    """A fault stands for a permission withdrawn or a token expired in the middle of a job."""
    client = connect(running)
    rules = [{"fault": {"status": 403}, "times": 1}, {"fault": {"status": 401}, "times": 1}]
    assert client.post("/_tenant/faults", json=rules).status_code == 201
    seen = [outcome(client.get(path_of(ADA))) for _ in range(3)]
    assert seen == [DENIED, (401, "InvalidAuthenticationToken"), (200, "")]
