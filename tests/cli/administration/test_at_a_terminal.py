"""People at a terminal: two supervisors sign in, broken-off work is finished, trouble is answered or mends itself."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from kiosk.harness.printer_server import SimulatedPrinter
from kiosk.replace.doing import _TRIES
from kiosk.tenant.device_flow import Decision
from kiosk.tenant.faults import Fault, Match, Rule
from kiosk.tenant.people import AUTHENTICATION_ADMINISTRATOR, RoleAssignment, User
from kiosk.tenant.seed import HINA, JOERG, KATARZYNA, MARIA, STORE_UNIT
from kiosk.tenant.serve import RunningTenant
from tests.cli.administration.conftest import Administer, Answer, Configured
from tests.cli.administration.test_work_lists_commands import listed
from tests.replace.bench import read

HOLD = "hold it in front of the camera"
#: What ends a list of choices: from here on what is typed is an answer.
WHICH = "\r\n   which? "


@dataclass
class Hand:
    """Takes sheets from the printer and lays them before the scanner."""

    printer: SimulatedPrinter
    folder: Path

    def hold(self, number: int) -> Callable[[str], str]:
        """Hold up sheet `number`."""

        def held(_: str) -> str:
            hidden = self.folder / f".{number}.png"
            self.printer.wait_for_sheet(number).image().convert("L").save(hidden)
            hidden.rename(self.folder / f"{number}.png")
            return ""

        return held

    def says(self, number: int) -> bytes:
        """What is on it."""
        return read(self.printer.sheets[number - 1])[0]


@pytest.fixture
def hand(configured: Configured, printer: SimulatedPrinter, tmp_path: Path) -> Hand:
    """A station with a printer, and a scanner that sees what is laid before it."""
    seen = tmp_path / "seen"
    seen.mkdir()
    configured.add("scanners.folder", kind="pictures", paths=[str(seen)], watch=True, interval=0.1)
    configured.add("policy", replacement="attendant")
    configured.add("ui", scan_back_seconds=3)
    return Hand(printer, seen)


def approved(tenant: RunningTenant, who: User, said: str) -> Callable[[str], str | None]:
    """Sign in on a phone with the code shown after `said`."""

    def decide(shown: str) -> str | None:
        found = re.search(rf"{said}: open \S+ and enter (\w+)\r\n", shown)
        if found is None:
            return None
        assert tenant.box.grants.decide(found[1], Decision.APPROVED, who.id)
        return ""

    return decide


def broken_off(on_terminal: Administer, kiosk: Administer, folder: Path) -> None:
    """A new badge is printed, and the process is killed before it was scanned back."""
    assert kiosk("work-list", "reissue", listed(folder, KATARZYNA.id), "--name", "l").code == 0
    killed = on_terminal("work-list", "run", "l", answers={"Enter begins": ""}, kill_at="hold the badge")
    assert killed.code == -9


def two_supervisors(configured: Configured, tenant: RunningTenant) -> None:
    configured.add("policy", replacement="supervisor")
    users = tenant.tenant.users
    for user in (MARIA, JOERG):
        role = RoleAssignment(AUTHENTICATION_ADMINISTRATOR, STORE_UNIT)
        users[user.id] = replace(users[user.id], roles=(role,))


def test_what_takes_two_is_done_on_the_word_of_two(  # noqa: PLR0917 - fixtures
    on_terminal: Administer,
    kiosk: Administer,
    configured: Configured,
    tenant: RunningTenant,
    hand: Hand,
    tmp_path: Path,
) -> None:
    """`--second`: one after the other signs in, both are named before anything begins, and both are in the audit."""
    two_supervisors(configured, tenant)
    kiosk("work-list", "enrol", listed(tmp_path, HINA.id), "--name", "new")
    answers = {
        "To sign in: open": approved(tenant, MARIA, "To sign in"),
        "A second supervisor: open": approved(tenant, JOERG, "A second supervisor"),
        f"On the word of {MARIA.display_name} and {JOERG.display_name}: Enter begins": "",
        "hold the badge to the scanner": hand.hold(1),
        "press Enter to show it": "",
        "press Enter when they have seen it": "",
    }
    done = on_terminal("work-list", "run", "new", "--second", answers=answers)

    assert done.code == 0, done.out
    entries = kiosk("audit", "show", "--json").json["entries"]
    assert [each["actor"] for each in entries if each["action"] == "approved"] == [MARIA.id, JOERG.id]
    assert [each["actor"] for each in entries if each["action"] == "second_approval"] == [JOERG.id]
    (pin,) = re.findall(r"PIN: (\d+)", done.out)
    assert tenant.tenant.methods[HINA.id].pin.is_right(pin)


@pytest.mark.parametrize("second", [True, False])
def test_one_supervisor_is_not_two(  # noqa: PLR0917 - fixtures
    on_terminal: Administer,
    kiosk: Administer,
    configured: Configured,
    tenant: RunningTenant,
    hand: Hand,
    tmp_path: Path,
    *,
    second: bool,
) -> None:
    """Who signs in twice is told so before anything is begun; who is alone has the row refused."""
    two_supervisors(configured, tenant)
    kiosk("work-list", "enrol", listed(tmp_path, HINA.id), "--name", "new")
    answers = {
        "To sign in: open": approved(tenant, MARIA, "To sign in"),
        "A second supervisor: open": approved(tenant, MARIA, "A second supervisor"),
        "Enter begins": "",
    }
    done = on_terminal("work-list", "run", "new", *(["--second"] if second else []), answers=answers)

    assert done.code == 1
    assert ("has signed in twice" if second else "refused second person") in done.out
    assert HINA.id not in tenant.tenant.methods
    assert hand.printer.sheets == []


def test_a_badge_that_nobody_has_is_made_anew_on_a_choice(
    on_terminal: Administer, kiosk: Administer, tenant: RunningTenant, hand: Hand, tmp_path: Path
) -> None:
    """Killed after the print: it is asked for, not printed again; what nobody holds up is replaced when told to.

    Graph is away for a moment then: nobody answers, it is tried again by itself, and the question is taken back.
    """
    broken_off(on_terminal, kiosk, tmp_path)
    lost = hand.says(1)
    tenant.box.faults.add(Rule(Fault(status=503), Match("PATCH", "standardqrcode"), _TRIES))
    answers: dict[str, Answer] = {
        "Finish it now? [y/N] ": "y",
        f"3  Give up{WHICH}": "nonsense",
        f"which? nonsense{WHICH}": "2",
        "The new badge is printed": hand.hold(2),
    }
    done = on_terminal("recover", answers=answers)

    assert done.code == 0, done.out
    assert "1 finished, 0 left open." in done.out
    assert done.out.index("tried again by itself in 5 s") < done.out.index("The new badge is printed")
    assert len(hand.printer.sheets) == 2
    standard = tenant.tenant.methods[KATARZYNA.id].standard
    assert standard is not None
    assert standard.id in hand.says(2).decode()
    assert standard.id not in lost.decode()
    assert kiosk("registry", "verify").code == kiosk("audit", "verify").code == 0


def test_no_leaves_everything_as_it_is(
    on_terminal: Administer, kiosk: Administer, tenant: RunningTenant, hand: Hand, tmp_path: Path
) -> None:
    """Whoever gives up, too: the badge that may be in a hand is still asked for at the next run."""
    broken_off(on_terminal, kiosk, tmp_path)
    left = on_terminal("recover", answers={"Finish it now? [y/N] ": ""})
    assert (left.code, "0 finished, 1 left open." in left.out) == (1, True)
    given_up = on_terminal("recover", answers={"Finish it now? [y/N] ": "y", f"3  Give up{WHICH}": "3"})
    assert (given_up.code, "0 finished, 1 left open." in given_up.out) == (1, True)
    assert len(hand.printer.sheets) == 1
    done = on_terminal("recover", answers={"Finish it now? [y/N] ": "y", HOLD: hand.hold(1)})
    assert done.code == 0, done.out
    assert len(hand.printer.sheets) == 1


def test_nothing_is_asked_and_no_pin_is_shown_where_it_would_go_into_a_file(
    on_terminal: Administer, kiosk: Administer, hand: Hand, tmp_path: Path
) -> None:
    """`kiosk recover 2>log`, typed on a terminal: questions and PINs would be in the log."""
    broken_off(on_terminal, kiosk, tmp_path)
    for words in (("recover",), ("work-list", "run", "l")):
        done = on_terminal(*words, aside=True)
        assert (done.code, done.out) == (2, "")
        assert "there is no terminal to ask at" in done.err
    assert len(hand.printer.sheets) == 1
