"""What administrators' commands do to the tenant, answer, refuse, and never say."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from kiosk.badge.kind import CodeKind
from kiosk.tenant.faults import Fault, Match, Rule
from kiosk.tenant.seed import ADA, CHIDI, PER, STORE_UNIT, ZOFIA
from kiosk.tenant.serve import RunningTenant
from tests.cli.administration.conftest import Administer, Configured
from tests.system.leaks import forms

ADA_UPN, ZOFIA_UPN = ADA.user_principal_name, ZOFIA.user_principal_name
_CODE = {"kind", "id", "state", "startDateTime", "expireDateTime", "createdDateTime", "lastUsedDateTime"}


def changes(tenant: RunningTenant) -> list[str]:
    """The verbs of all that was asked to change something."""
    return [e.method for e in tenant.box.journal.entries if e.method != "GET" and "oauth2" not in e.path]


def test_a_method_is_shown(kiosk: Administer) -> None:
    shown, told = kiosk("method", "show", ADA_UPN, "--json"), kiosk("method", "show", ADA.id)

    row = shown.json
    assert (shown.code, told.code) == (0, 0)
    assert row["user"]["id"] == ADA.id
    assert set(row["method"]["standardQRCode"]) == _CODE
    assert row["method"]["standardQRCode"]["state"] == "active"
    assert row["method"]["temporaryQRCode"] is None
    assert row["method"]["pin"]["forceChangePinNextSignIn"] is False
    assert f"Ada Okafor ({ADA_UPN})" in told.out
    assert "standard code C0DE0001: active" in told.out


def test_what_is_not_there_leaves_with_1(kiosk: Administer) -> None:
    for words in (("method", "show", ZOFIA_UPN), ("code", "show", ADA_UPN, "--kind", "temporary")):
        done = kiosk(*words)
        assert (done.code, done.out) == (1, "")
        assert "no" in done.err
    assert "no such person" in kiosk("method", "show", "nobody@example.com").err


def test_a_code_is_shown(kiosk: Administer) -> None:
    row = kiosk("code", "show", ADA_UPN, "--kind", "standard", "--json").json

    assert set(row) == {"user", "code"}
    assert set(row["code"]) == _CODE


def test_a_code_is_extended_and_stays_the_same(kiosk: Administer, tenant: RunningTenant) -> None:
    before = tenant.tenant.code(ADA.id, CodeKind.STANDARD)
    until = (datetime.now(UTC) + timedelta(days=290)).date()

    row = kiosk("code", "extend", ADA_UPN, "--kind", "standard", "--expire", str(until), "--json").json

    after = tenant.tenant.code(ADA.id, CodeKind.STANDARD)
    assert (row["code"]["id"], after.digest) == (before.id, before.digest)
    assert row["code"]["expireDateTime"] == f"{until}T23:59:59Z"


def test_a_code_that_expired_is_not_extended(kiosk: Administer, tenant: RunningTenant) -> None:
    """Graph would answer with a new code, which nobody asked for and nobody would have."""
    method = tenant.tenant.methods[ADA.id]
    assert method.standard is not None
    end = tenant.clock.now() - timedelta(hours=1)
    tenant.tenant.methods[ADA.id] = replace(method, standard=replace(method.standard, expire=end))

    done = kiosk("code", "extend", ADA_UPN, "--kind", "standard", "--days", "30")

    assert done.code == 1
    assert "expired" in done.err
    assert changes(tenant) == []


def test_a_code_is_deleted(kiosk: Administer, tenant: RunningTenant) -> None:
    row = kiosk("code", "delete", ADA_UPN, "--kind", "standard", "--yes", "--json").json

    assert row["deleted"] is True
    assert tenant.tenant.methods[ADA.id].standard is None


def test_a_method_is_deleted_though_the_answer_is_lost(kiosk: Administer, tenant: RunningTenant) -> None:
    tenant.box.faults.add(Rule(Fault(drop="after"), Match("DELETE")))

    done = kiosk("method", "delete", ADA_UPN, "--yes", "--json")

    assert (done.code, done.json["deleted"]) == (0, True)
    assert ADA.id not in tenant.tenant.methods
    assert changes(tenant) == ["DELETE"], "what is gone is not deleted again"


@pytest.mark.parametrize(
    "words",
    [
        ("method", "delete", ADA_UPN),
        ("code", "delete", ADA_UPN, "--kind", "standard"),
        ("conformance", "--test-user", ZOFIA_UPN),
    ],
)
def test_nothing_irreversible_without_a_terminal_or_yes(
    kiosk: Administer, tenant: RunningTenant, words: tuple[str, ...]
) -> None:
    done = kiosk(*words)

    assert (done.code, done.out) == (2, "")
    assert "--yes" in done.err
    assert not tenant.box.journal.entries, "it is refused before anything is sent"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("method", "create", ZOFIA_UPN), "--reveal"),
        (("method", "create", ZOFIA_UPN, "--reveal"), "only to a terminal"),
        (("method", "create", ZOFIA_UPN, "--print"), "--ask-pin"),
        (("method", "create", ZOFIA_UPN, "--print", "--ask-pin"), "terminal"),
        (("code", "create", ADA_UPN, "--kind", "temporary"), "would be lost"),
        (("code", "create", ADA_UPN, "--kind", "temporary", "--reveal"), "only to a terminal"),
        (("code", "create", ADA_UPN, "--kind", "temporary", "--print"), "no printer is configured"),
        (("code", "create", ADA_UPN, "--kind", "temporary", "--print", "--days", "1"), "--hours"),
        (("code", "create", ADA_UPN, "--kind", "temporary", "--print", "--hours", "13"), "1 to 12 hours"),
        (("code", "create", ADA_UPN, "--kind", "standard", "--print", "--hours", "3"), "--days"),
        (("code", "create", ADA_UPN, "--kind", "standard", "--print", "--days", "396"), "1 to 395 days"),
        (("code", "create", ADA_UPN, "--kind", "standard", "--print", "--expire", "soon"), "is no time"),
        (("code", "create", ADA_UPN, "--kind", "standard", "--print", "--expire", "2020-01-01"), "expired already"),
        (
            ("code", "create", ADA_UPN, "--kind", "standard", "--days", "9", "--expire", "2099-01-01", "--print"),
            "contra",
        ),
        (("code", "extend", ADA_UPN, "--kind", "temporary", "--days", "1"), "cannot be changed"),
        (("code", "extend", ADA_UPN, "--kind", "standard"), "--days or until --expire"),
        (("code", "extend", ADA_UPN, "--kind", "standard", "--days", "0"), "expired already"),
        (("code", "show", ADA_UPN), "--kind"),
        (("pin", "reset", ADA_UPN, "--yes"), "would be lost"),
        (("pin", "reset", ADA_UPN, "--yes", "--reveal"), "only to a terminal"),
        (("people", "find", "  "), "nothing to look for"),
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(
    kiosk: Administer, tenant: RunningTenant, words: tuple[str, ...], says: str
) -> None:
    done = kiosk(*words)

    assert (done.code, done.out) == (2, "")
    assert says in done.err
    assert changes(tenant) == []


@pytest.mark.parametrize(
    "command", ["method", "code", "pin", "policy", "people", "sign-in", "conformance", "code create"]
)
def test_every_command_explains_itself(kiosk: Administer, command: str) -> None:
    from click.testing import CliRunner  # noqa: PLC0415

    from kiosk.cli import _kiosk  # noqa: PLC0415

    told = CliRunner().invoke(_kiosk, [*command.split(), "--help"])

    assert told.exit_code == 0
    assert "Usage:" in told.output


def test_without_a_tenant_it_says_what_to_set(kiosk: Administer, configured: Configured) -> None:
    configured.sections.pop("graph")
    configured.add("station", name="x")

    done = kiosk("policy", "show")

    assert done.code == 2
    assert "graph.tenant_id" in done.err


def test_the_policy_is_shown(kiosk: Administer) -> None:
    row, told = kiosk("policy", "show", "--json").json, kiosk("policy", "show").out

    assert (row["state"], row["pinLength"], row["standardQRCodeLifetimeInDays"]) == ("enabled", 8, 365)
    assert row["includeTargets"] == [{"targetType": "group", "id": "all_users"}]
    assert "everybody" in told


@pytest.mark.parametrize("text", ["Zof", "zofia.sliw", ZOFIA.employee_id])
def test_people_are_found(kiosk: Administer, text: str) -> None:
    row = kiosk("people", "find", text, "--json").json

    assert [person["id"] for person in row["people"]] == [ZOFIA.id]


def test_people_are_found_within_a_unit(kiosk: Administer) -> None:
    assert kiosk("people", "find", "Chidi", "--json").json["people"][0]["id"] == CHIDI.id
    elsewhere = kiosk("people", "find", "Chidi", "--unit", STORE_UNIT, "--json")
    assert (elsewhere.code, elsewhere.json["people"]) == (1, [])


def test_a_missing_permission_is_named(kiosk: Administer, tenant: RunningTenant) -> None:
    tenant.box.app = replace(tenant.box.app, roles=frozenset({"UserAuthMethod-QR.Read.All"}))

    shown, deleted = kiosk("method", "show", ADA.id), kiosk("method", "delete", ADA.id, "--yes")

    assert shown.code == 0, "a method may be read where people may not"
    assert deleted.code == 1
    assert "UserAuthMethod-QR.ReadWrite.All" in deleted.err


def test_conformance_passes_against_the_box_and_writes_no_secret_down(
    kiosk: Administer, tenant: RunningTenant, configured: Configured, made: list[bytes]
) -> None:
    transcript = configured.file.parent / "transcript.json"

    done = kiosk(
        *("conformance", "--test-user", ZOFIA_UPN, "--yes", "--json", "--pause", "0", "--transcript", transcript)
    )

    row = done.json
    assert [step for step in row["steps"] if step["differences"]] == []
    assert (done.code, row["agrees"], len(row["steps"]) > 30) == (0, True, True)
    assert ZOFIA.id not in tenant.tenant.methods
    text = transcript.read_text()
    assert "standardQRCode" in text
    assert transcript.stat().st_mode & 0o777 == 0o600
    for name in (ZOFIA_UPN, ZOFIA.id, ZOFIA.display_name, "zofia.sliwinska%40"):
        assert name not in text

    contents = [secret for secret in made if secret.startswith(b"ms-qrpin")]
    assert (len(contents) >= 4, len(made) > len(contents)) == (True, True), "it knew what to look for"
    assert [secret for secret in made if any(form in text.encode() for form in forms(secret))] == []


def test_conformance_names_each_difference(kiosk: Administer, tenant: RunningTenant) -> None:
    tenant.box.faults.add(Rule(Fault(status=403), Match("PATCH", "/pin")))

    done = kiosk("conformance", "--test-user", ZOFIA_UPN, "--yes", "--json", "--pause", "0")

    differ = {step["name"]: step["differences"] for step in done.json["steps"] if step["differences"]}
    assert done.code == 1
    assert list(differ) == ["reset the PIN"]
    assert "status 403, expected 201" in differ["reset the PIN"]
    assert ZOFIA.id not in tenant.tenant.methods


def test_conformance_leaves_nothing_though_the_create_is_lost(kiosk: Administer, tenant: RunningTenant) -> None:
    tenant.box.faults.add(Rule(Fault(drop="after"), Match("PUT")))

    done = kiosk("conformance", "--test-user", ZOFIA_UPN, "--yes", "--pause", "0")

    assert done.code == 1
    assert "DIFFERS  create the method" in done.out
    assert ZOFIA.id not in tenant.tenant.methods


@pytest.mark.parametrize(
    ("user", "says"), [(ADA, "has a QR code + PIN method"), (PER, "holds a directory role: Helpdesk Administrator")]
)
def test_conformance_refuses_whoever_is_not_throw_away(
    kiosk: Administer, tenant: RunningTenant, user: object, says: str
) -> None:
    upn = getattr(user, "user_principal_name", "")

    done = kiosk("conformance", "--test-user", upn, "--yes", "--pause", "0")

    assert done.code == 2
    assert says in done.err
    assert changes(tenant) == []


def test_conformance_deletes_an_existing_method_when_told(kiosk: Administer, tenant: RunningTenant) -> None:
    done = kiosk("conformance", "--test-user", ADA_UPN, "--yes", "--pause", "0", "--delete-existing")

    assert done.code == 0
    assert ADA.id not in tenant.tenant.methods
