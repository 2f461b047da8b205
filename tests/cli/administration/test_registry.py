"""`kiosk registry`, `audit`, `expiring` and `supervisor`: what they answer, refuse, and never take or say."""

from __future__ import annotations

import csv
import io
import json
import socket
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kiosk import config
from kiosk.tenant.seed import ADA, CHIDI
from kiosk.tenant.serve import RunningTenant
from tests.cli.administration.conftest import Administer, Configured

ADA_UPN = ADA.user_principal_name
SOON = (datetime.now(UTC) + timedelta(days=5)).isoformat(timespec="seconds")
HEAD = "user_id,upn,code_id,kind,start,expire\n"
ROW = f"{ADA.id},{ADA_UPN},C0DE9999,standard,2025-01-01,{SOON}\n"


@pytest.fixture
def registry(configured: Configured) -> Path:
    """The file that the configuration says."""
    return configured.file.parent / "state" / "registry.db"


def imported(kiosk: Administer, tmp_path: Path, text: str, *words: str) -> int:
    file = tmp_path / "codes.csv"
    file.write_text(text)
    return kiosk("registry", "import", file, *words).code


def test_what_others_issued_is_imported_shown_and_due(kiosk: Administer, tmp_path: Path) -> None:
    assert imported(kiosk, tmp_path, HEAD + ROW) == 0
    shown = kiosk("registry", "show", ADA_UPN, "--json").json["codes"]
    assert [(row["code_id"], row["state"], row["source"]) for row in shown] == [("c0de9999", "created", "codes.csv")]
    due = kiosk("expiring", "--within", "7", "--json").json["expiring"]
    assert [(row["userPrincipalName"], row["codeId"]) for row in due] == [(ADA_UPN, "c0de9999")]
    assert kiosk("expiring", "--within", "2", "--json").json["expiring"] == []
    exported = list(csv.DictReader(io.StringIO(kiosk("registry", "export").out)))
    assert [row["upn"] for row in exported] == [ADA_UPN]
    assert kiosk("registry", "verify", "--json").json == {"ok": True, "problems": []}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (HEAD.replace("kind", "raw_content") + ROW, "looks like content"),
        (HEAD.replace("upn", "PIN") + ROW, "looks like content"),
        (HEAD + ROW.replace(ADA_UPN, "ms-qrpin:v1|x"), "line 2: it holds what a code says"),
        (HEAD + ROW + ROW.replace("2025-01-01", "yesterday").replace("9999", "9998"), "line 3: start is no ISO 8601"),
        (HEAD + ROW + ROW, "named 2 times"),
        (HEAD + ROW.replace("standard", "golden"), "line 2: kind"),
        (HEAD + ROW.strip() + ",more\n", "line 2: it has more cells"),
        ("a,b\n1,2\n", "there is no column user_id"),
    ],
)
def test_a_file_with_anything_wrong_is_not_taken_even_in_part(
    kiosk: Administer, tmp_path: Path, text: str, words: str
) -> None:
    file = tmp_path / "codes.csv"
    file.write_text(text)
    done = kiosk("registry", "import", file)
    assert done.code == 2
    assert words in done.err
    assert "ms-qrpin" not in done.err
    assert kiosk("registry", "show", "--json").json["elsewhere"] == 0


def test_sync_notes_what_was_revoked_and_what_was_issued_elsewhere(
    kiosk: Administer, tmp_path: Path, tenant: RunningTenant
) -> None:
    imported(kiosk, tmp_path, HEAD + ROW)
    done = kiosk("registry", "sync", "--json")
    assert (done.code, done.json["people"], done.json["elsewhere"], done.json["failed"]) == (0, 1, 2, 0)
    rows = {row["code_id"]: row["state"] for row in kiosk("registry", "show", ADA.id, "--json").json["codes"]}
    assert rows.pop("c0de9999") == "revoked"
    assert list(rows.values()) in (["created"], ["used"])
    assert kiosk("registry", "sync", "--json").json["elsewhere"] == 0


def test_the_audit_is_shown_exported_and_verified(kiosk: Administer, tmp_path: Path, registry: Path) -> None:
    imported(kiosk, tmp_path, HEAD + ROW)
    imported(kiosk, tmp_path, HEAD + ROW.replace("9999", "9998"))
    (one, two) = kiosk("audit", "show", "--json").json["entries"]
    assert (one["action"], one["subject"], one["chain"]) == ("code_elsewhere", ADA.id, "desk 1")
    assert "code_elsewhere" in kiosk("audit", "show").out
    assert [json.loads(line)["hash"] for line in kiosk("audit", "export").out.splitlines()] == [
        one["hash"],
        two["hash"],
    ]
    whole = kiosk("audit", "verify", "--anchor", f"2:{two['hash']}", "--json")
    assert (whole.code, whole.json["ok"], whole.json["entries"]) == (0, True, 2)
    erased = kiosk("audit", "erase", ADA.id, "--json")
    assert (erased.code, erased.json["mentions"], erased.json["stays"]["codes"]) == (1, 2, 2)
    assert kiosk("audit", "verify", "--anchor", f"desk 1:2:{two['hash']}").code == 0
    assert kiosk("audit", "verify", "--anchor", "2:xyz").code == 2
    with closing(sqlite3.connect(registry)) as raw:
        raw.execute("DROP TRIGGER audit_no_update")
        raw.execute("UPDATE audit SET action = 'nothing' WHERE seq = 2")
        raw.commit()
    broken = kiosk("audit", "verify", "--json")
    assert (broken.code, broken.json["broken"]["seq"], broken.json["broken"]["what"]) == (1, 2, "altered")
    assert "entry 2 of desk 1: altered" in broken.err
    assert kiosk("registry", "verify").code == 1


def test_every_entry_of_a_command_goes_to_the_machines_journal(
    kiosk: Administer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command has no log of its own, and a chain whose head never leaves the box proves nothing."""
    address = tmp_path / "log"
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as journal:
        journal.bind(str(address))
        journal.settimeout(10)
        monkeypatch.setattr(config, "JOURNAL", address)
        assert imported(kiosk, tmp_path, HEAD + ROW) == 0
        line = journal.recv(4096).decode()
    (entry,) = kiosk("audit", "show", "--json").json["entries"]
    assert f"kiosk audit desk 1 1:{entry['hash']} code_elsewhere" in line
    assert ADA.id not in line


def test_who_is_erased_is_nobody_here_and_what_stays_is_said(
    kiosk: Administer, tmp_path: Path, registry: Path
) -> None:
    """A badge that may be in a hand keeps its owner; once it is over nothing does, and a wrong id is no success."""
    assert imported(kiosk, tmp_path, HEAD + ROW) == 0
    kept = kiosk("audit", "erase", ADA.id)
    assert kept.code == 1
    assert "Dropped who it was from 1 mentions." in kept.out
    assert f"Stays: 1 codes, as a badge may be in their hand: until {SOON[:10]}" in kept.out
    assert imported(kiosk, tmp_path, HEAD + ROW.replace(SOON, "2025-02-01")) == 0
    (registry.parent / f"{registry.name}.damaged-20250101T000000").write_bytes(b"x")
    aside = kiosk("audit", "erase", ADA.id)
    assert (aside.code, "set aside as damaged" in aside.out) == (1, True)
    assert ADA.id.encode() not in b"".join(file.read_bytes() for file in registry.parent.iterdir())
    assert ADA_UPN.encode() not in b"".join(file.read_bytes() for file in registry.parent.iterdir())
    again = kiosk("audit", "erase", ADA.id)
    assert (again.code, f"nothing here names {ADA.id}" in again.err) == (1, True)
    assert kiosk("registry", "verify").code == kiosk("audit", "verify").code == 0


def test_a_supervisors_pin_is_typed_twice_and_never_shown(
    kiosk: Administer, on_terminal: Administer, registry: Path
) -> None:
    assert kiosk("supervisor", "add", CHIDI.id).code == 2, "no PIN comes from a pipe"
    done = on_terminal("supervisor", "add", CHIDI.id, answers={"PIN of this station:": "824619", "Repeat": "824619"})
    assert done.code == 0, done.out
    assert "824619" not in done.out
    (row,) = kiosk("supervisor", "list", "--json").json["supervisors"]
    assert row["userId"] == CHIDI.id
    assert b"824619" not in registry.read_bytes()
    assert kiosk("supervisor", "remove", CHIDI.user_principal_name).code == 0
    assert kiosk("supervisor", "list", "--json").json["supervisors"] == []
    assert kiosk("supervisor", "remove", CHIDI.id).code == 1
