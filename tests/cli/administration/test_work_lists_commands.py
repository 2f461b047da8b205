"""`kiosk work-list`: opened whole or not at all, shown without a secret, carried out at the station's own devices."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kiosk.harness.printer_server import SimulatedPrinter
from kiosk.tenant.seed import ADA, CHIDI, HINA, JOERG, KATARZYNA, LAYLA, PER, TOM, ZOFIA
from kiosk.tenant.serve import RunningTenant
from tests.cli.administration.conftest import Administer, Configured

NOBODY = "0000ffff-5eed-4e11-a000-00000000ffff"


def listed(folder: Path, *lines: str) -> Path:
    file = folder / "people.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def lists(kiosk: Administer) -> list[str]:
    return [each["id"] for each in kiosk("work-list", "show", "--json").json["lists"]]


@pytest.fixture
def station(configured: Configured, printer: SimulatedPrinter, tmp_path: Path) -> Path:
    """A station with a printer, and a scanner that sees what is put into this folder."""
    seen = tmp_path / "seen"
    seen.mkdir()
    configured.add("scanners.folder", kind="pictures", paths=[str(seen)], watch=True, interval=0.1)
    configured.add("policy", replacement="attendant", single_approver_enrolment=True)
    return seen


@pytest.mark.parametrize(
    "lines",
    [
        (HINA.id, ZOFIA.user_principal_name),
        ("name;upn", "x"),
        ("Name,UPN,Store", f"Hina,{HINA.user_principal_name},12", "", f"Zofia, {ZOFIA.id} ,12"),
    ],
    ids=["no head", "no such head", "a head"],
)
def test_a_file_of_people_is_opened_in_its_order(kiosk: Administer, tmp_path: Path, lines: tuple[str, ...]) -> None:
    done = kiosk("work-list", "enrol", listed(tmp_path, *lines), "--name", "new", "--json")
    if lines[0] == "name;upn":
        assert (done.code, lists_or_none(kiosk)) == (2, [])
        assert "line 1: neither an object id nor a user principal name; line 2" in done.err
        return
    assert done.json == {"list": "new", "kind": "enrol", "rows": 2, "leftOut": 0}
    rows = kiosk("work-list", "show", "new", "--json").json["rows"]
    assert [(row["userId"], row["state"], row["reason"]) for row in rows] == [
        (HINA.id, "waiting", ""),
        (ZOFIA.id, "waiting", ""),
    ]


def lists_or_none(kiosk: Administer) -> list[str]:
    """Where nothing was ever opened, there may be no registry to look into."""
    shown = kiosk("work-list", "show", "--json")
    return [each["id"] for each in shown.json["lists"]] if shown.code == 0 else []


@pytest.mark.parametrize(
    ("kind", "lines", "says"),
    [
        ("enrol", (HINA.id, NOBODY), "line 2: nobody has this id"),
        ("enrol", (HINA.id, HINA.user_principal_name), "line 2: named before"),
        ("enrol", (HINA.id, ADA.id), "line 2: enrolled already"),
        ("reissue", (ADA.id, TOM.id, LAYLA.id), "line 2: account disabled; line 3: not enrolled"),
        ("enrol", (HINA.id, "x@y.example,ms-qrpin:v1|x"), "line 2: it holds what a code says"),
    ],
)
def test_a_file_with_anything_wrong_opens_nothing(
    kiosk: Administer, tmp_path: Path, kind: str, lines: tuple[str, ...], says: str
) -> None:
    """Bad rows are named by their lines, and no list is there, not even in part."""
    done = kiosk("work-list", kind, listed(tmp_path, *lines))

    assert done.code == 2
    assert says in done.err
    assert "ms-qrpin" not in done.err
    assert lists_or_none(kiosk) == []


def test_a_name_is_used_once(kiosk: Administer, tmp_path: Path) -> None:
    file = listed(tmp_path, HINA.id)
    assert kiosk("work-list", "enrol", file, "--name", "a").code == 0
    assert kiosk("work-list", "enrol", file, "--name", "a").code == 1
    assert lists(kiosk) == ["a"]


def test_those_who_are_due_are_extended_unattended(
    kiosk: Administer, tmp_path: Path, tenant: RunningTenant, station: Path, printer: SimulatedPrinter
) -> None:
    """From the registry to the end of the list, with nobody asked and no paper; who cannot be is left out."""
    soon = (datetime.now(UTC) + timedelta(days=9)).isoformat(timespec="seconds")
    known = [f"{user.id},{user.user_principal_name},c-{user.id},2025-01-01,{soon}" for user in (JOERG, TOM)]
    kiosk("registry", "import", listed(tmp_path, "user_id,upn,code_id,start,expire", *known))
    before = tenant.tenant.methods[JOERG.id].standard

    done = kiosk("work-list", "extend", "--from-expiring", "10", "--name", "due", "--json")
    assert (done.json["rows"], done.json["leftOut"]) == (1, 1)
    assert f"left out: {TOM.user_principal_name}: account disabled" in done.err
    ran = kiosk("work-list", "run", "due", "--yes", "--json")

    assert ran.code == 0, ran.err
    assert ran.json["list"]["states"] == {"done": 1}
    after = tenant.tenant.methods[JOERG.id].standard
    assert before is not None
    assert after is not None
    assert (after.id, after.expire > before.expire) == (before.id, True)
    assert printer.sheets == []
    assert kiosk("registry", "verify").code == 0


def test_rows_that_may_not_be_done_are_named_and_tried_again_only_when_asked(
    kiosk: Administer, tmp_path: Path, station: Path
) -> None:
    kiosk("work-list", "extend", listed(tmp_path, CHIDI.id, PER.id), "--name", "l")

    ran = kiosk("work-list", "run", "l", "--yes", "--json")
    assert ran.code == 1
    assert ran.json["list"]["states"] == {"done": 1, "refused": 1}
    assert f"{PER.user_principal_name}: refused holds a role" in ran.err
    assert "1 rows are not done" in ran.err
    assert kiosk("work-list", "run", "l", "--yes").err.count("holds a role") == 1, "only in the list as it is shown"
    assert kiosk("work-list", "run", "l", "--yes", "--again").err.count("holds a role") == 2


def test_a_pin_is_told_to_a_person_so_no_enrolment_is_done_unattended(
    kiosk: Administer, tmp_path: Path, tenant: RunningTenant, station: Path
) -> None:
    kiosk("work-list", "enrol", listed(tmp_path, HINA.id), "--name", "l")

    done = kiosk("work-list", "run", "l", "--yes")

    assert done.code == 2
    assert "a PIN has to be told to a person" in done.err
    assert HINA.id not in tenant.tenant.methods


def test_what_makes_no_sense_is_refused(kiosk: Administer, tmp_path: Path, configured: Configured) -> None:
    kiosk("work-list", "reissue", listed(tmp_path, KATARZYNA.id), "--name", "l")
    assert "give --yes" in kiosk("work-list", "run", "l").err
    assert 'policy.replacement is "nobody"' in kiosk("work-list", "run", "l", "--yes").err
    configured.add("policy", replacement="attendant")
    assert "no [scanners]" in kiosk("work-list", "run", "l", "--yes").err
    assert kiosk("work-list", "show", "m").code == 1
    assert "one of the two" in kiosk("work-list", "extend").err
    configured.add("policy", printed_not_scanned=0)
    assert "policy.printed_not_scanned" in kiosk("work-list", "show").err


def test_an_enrolment_at_the_terminal_ends_with_a_badge_and_a_pin(  # noqa: PLR0917 - fixtures
    on_terminal: Administer,
    kiosk: Administer,
    tmp_path: Path,
    tenant: RunningTenant,
    station: Path,
    printer: SimulatedPrinter,
) -> None:
    """The list is shown and begun by Enter; the PIN is on the screen from one Enter to the next, then wiped."""
    kiosk("work-list", "enrol", listed(tmp_path, HINA.id), "--name", "new")

    def hold_up(_: str) -> str:
        sheet = printer.wait_for_sheet().image().convert("L")
        sheet.save(tmp_path / "badge.png")
        (tmp_path / "badge.png").rename(station / "badge.png")
        return ""

    answers = {
        "Enter begins": "",
        "hold the badge to the scanner": hold_up,
        "press Enter to show it": "",
        "press Enter when they have seen it": "",
    }
    done = on_terminal("work-list", "run", "new", answers=answers)

    assert done.code == 0, done.out
    (pin,) = re.findall(r"PIN: (\d+)", done.out)
    assert done.out.index(pin) < done.out.rindex("\x1b[3J"), "wiped after it was seen"
    assert tenant.tenant.methods[HINA.id].pin.is_right(pin)
    rows = kiosk("work-list", "show", "new", "--json")
    assert [row["state"] for row in rows.json["rows"]] == ["done"]
    assert pin not in rows.out
