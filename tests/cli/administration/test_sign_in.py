"""A supervisor signs in with a phone; doctor and sign-in say what is there, what is missing, and how far."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from kiosk.tenant.device_flow import Decision
from kiosk.tenant.seed import ADA, MARIA, STORE_UNIT
from kiosk.tenant.serve import RunningTenant
from tests.cli.administration.conftest import Administer, Configured, Done
from tests.cli.administration.seen import on_the_screen


@pytest.fixture
def sign_in(tenant: RunningTenant, configured: Configured) -> Callable[..., Done]:
    """Runs a command, and has Maria settle the device code it asks with."""

    def run(*words: str, decision: Decision = Decision.APPROVED) -> Done:
        command = [sys.executable, "-m", "kiosk", *words, "--config", str(configured.file)]
        asking = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert asking.stdout
        assert asking.stderr
        first = (asking.stdout if words[0] == "sign-in" else asking.stderr).readline()
        code = json.loads(first)["user_code"] if "--json" in words else first.split()[-1]
        assert tenant.box.grants.decide(code, decision, MARIA.id)
        out, err = asking.communicate(timeout=50)
        return Done(asking.returncode, out, err)

    return run


def test_sign_in_says_who_and_how_far(sign_in: Callable[..., Done]) -> None:
    done = sign_in("sign-in", "--json")

    row = done.json
    assert (done.code, row["name"], row["appOnly"]) == (0, MARIA.user_principal_name, False)
    assert "UserAuthMethod-QR.ReadWrite.All" in row["permissions"]
    assert (row["wholeTenant"], row["administrativeUnits"]) == (False, [STORE_UNIT])
    assert row["roles"][0]["displayName"] == "Authentication Administrator"
    assert "eyJ" not in done.out + done.err


def test_a_declined_sign_in_leaves_with_1(sign_in: Callable[..., Done]) -> None:
    done = sign_in("sign-in", "--json", decision=Decision.BLOCKED)

    assert done.code == 1
    assert "Conditional Access" in done.err


def test_a_person_may_do_what_the_app_does(sign_in: Callable[..., Done]) -> None:
    done = sign_in("method", "show", ADA.user_principal_name, "--device-code")

    assert done.code == 0
    assert "Ada Okafor" in done.out


def test_sign_in_shows_the_address_as_a_symbol(on_terminal: Administer, tenant: RunningTenant) -> None:
    """On a terminal, so that a phone need not type the address."""

    def approve(shown: str) -> str:
        (code,) = re.findall(r"Enter  (\w+)", shown)
        assert tenant.box.grants.decide(code, Decision.APPROVED, MARIA.id)
        return ""

    done = on_terminal("sign-in", answers={"Waiting until": approve})

    assert done.code == 0
    assert on_the_screen(done.out).startswith(b"https://")
    assert f"in unit {STORE_UNIT}" in done.out


def _findings(done: Done) -> dict[str, Any]:
    return {row["part"]: row for row in map(json.loads, done.out.splitlines())}


def test_doctor_is_red_on_a_permission_for_the_whole_tenant(kiosk: Administer) -> None:
    done = kiosk("doctor", "--json")

    reach = _findings(done)["reach"]
    assert (done.code, reach["state"]) == (1, "fault")
    assert "UserAuthMethod-QR.ReadWrite.All" in reach["answer"]
    assert "policy.accept_tenant_wide" in reach["todo"]


def test_doctor_accepts_it_by_name(kiosk: Administer, configured: Configured) -> None:
    configured.add("policy", accept_tenant_wide=True)

    done = kiosk("doctor", "--json")

    found = _findings(done)
    assert (done.code, found["reach"]["state"], found["permissions"]["state"]) == (0, "ok", "ok")


def test_doctor_names_what_is_missing_for_what(
    kiosk: Administer, configured: Configured, tenant: RunningTenant
) -> None:
    tenant.box.app = replace(tenant.box.app, roles=frozenset({"UserAuthMethod-QR.Read.All", "User.Read.All"}))
    configured.add("policy", replacement="attendant")

    found = _findings(kiosk("doctor", "--json"))

    permissions = found["permissions"]
    assert permissions["state"] == "fault"
    assert "UserAuthMethod-QR.ReadWrite.All, to create method" in permissions["answer"]
    assert found["graph"]["state"] == "ok", "the policy is optional"
    assert found["reach"]["state"] == "ok"
