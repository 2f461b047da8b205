"""`--slip`: a PIN on paper of its own, where that is allowed, and never a PIN that nobody has in silence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from drivers.wire.secret import Secret
from kiosk.badge.page import Printer, picture_of
from kiosk.badge.slip import Slip, draw_slip
from kiosk.harness.paper import Sheet
from kiosk.harness.printer_server import SimulatedPrinter
from kiosk.tenant.people import User
from kiosk.tenant.phone import Result
from kiosk.tenant.seed import ADA, ZOFIA
from kiosk.tenant.serve import RunningTenant
from tests.cli.administration.conftest import Administer, Configured
from tests.cli.administration.seen import on_paper
from tests.replace.bench import read
from tests.station.test_slips import ink
from tests.system.leaks import Leaks

ADA_UPN, ZOFIA_UPN = ADA.user_principal_name, ZOFIA.user_principal_name


@pytest.fixture
def allowed(configured: Configured) -> None:
    configured.add("badge", pin_slip=True)


def shows(sheet: Sheet, who: User, pin: bytes) -> bool:
    """Whether it is, dot for dot, the slip of this PIN."""
    slip = Slip(who.display_name, "Contoso", "desk 1", Secret(pin), who.preferred_language or "")
    return np.array_equal(ink(sheet.image()), ink(picture_of(draw_slip(slip, Printer(576, 203)))))


@pytest.mark.usefixtures("allowed")
def test_a_new_pin_comes_out_on_a_slip_and_nowhere_else(
    kiosk: Administer, tenant: RunningTenant, printer: SimulatedPrinter, made: list[bytes], tmp_path: Path
) -> None:
    done = kiosk("pin", "reset", ADA_UPN, "--slip", "--yes", "--json")

    assert (done.code, done.json["slip"]) == (0, "printed")
    assert "code" not in done.json
    pin = made[-1]
    assert pin.isdigit()
    assert tenant.tenant.methods[ADA.id].pin.is_right(pin.decode())
    (sheet,) = printer.sheets
    assert shows(sheet, ADA, pin)
    assert read(sheet) == [], "a slip has no code"
    leaks = Leaks()
    leaks.add(Secret(pin))
    assert leaks.in_files(tmp_path) == []


@pytest.mark.usefixtures("allowed")
def test_a_first_badge_and_its_pin_are_two_papers(
    kiosk: Administer, tenant: RunningTenant, printer: SimulatedPrinter, made: list[bytes]
) -> None:
    done = kiosk("method", "create", ZOFIA_UPN, "--print", "--slip", "--json")

    assert (done.code, done.json["slip"]) == (0, "printed"), done.err
    badge, slip = printer.sheets
    pin = next(secret for secret in made if secret.isdigit())
    assert shows(slip, ZOFIA, pin)
    answer = tenant.box.phone.sign_in(on_paper(badge), pin.decode(), None)
    assert answer.result is Result.MUST_CHANGE_PIN


@pytest.mark.parametrize("words", [("pin", "reset", ADA_UPN, "--yes"), ("method", "create", ZOFIA_UPN, "--print")])
def test_slips_are_off_unless_they_are_allowed(
    words: tuple[str, ...], kiosk: Administer, tenant: RunningTenant, printer: SimulatedPrinter, made: list[bytes]
) -> None:
    """And the words say how to have them."""
    done = kiosk(*words, "--slip")

    assert done.code == 2
    assert "PIN slips are off" in done.err
    assert "badge.pin_slip = true" in done.err
    assert (made, printer.sheets, ZOFIA.id in tenant.tenant.methods) == ([], [], False)


@pytest.mark.usefixtures("allowed", "printer")
def test_without_any_way_for_the_pin_both_ways_are_named(kiosk: Administer, made: list[bytes]) -> None:
    for words in (("pin", "reset", ADA_UPN, "--yes"), ("method", "create", ZOFIA_UPN, "--print")):
        done = kiosk(*words)
        assert done.code == 2
        assert "--slip" in done.err
        assert "--reveal" in done.err
    assert made == []


@pytest.mark.usefixtures("allowed")
def test_a_printer_that_cannot_print_is_found_before_the_old_pin_goes(
    kiosk: Administer, printer: SimulatedPrinter, made: list[bytes]
) -> None:
    printer.fault("paper_out")

    done = kiosk("pin", "reset", ADA_UPN, "--slip", "--yes")

    assert done.code == 1
    assert "paper out" in done.err
    assert made == []


@pytest.mark.usefixtures("allowed")
@pytest.mark.parametrize(
    ("fault", "result", "says"),
    [
        ({"name": "paper_out", "after_rows": 60}, "failed", "its slip was not printed"),
        ({"name": "disconnect_at_byte", "byte": 1200}, "unknown", "may have been printed or not"),
    ],
)
def test_a_pin_that_nobody_may_have_is_said_to_be_one(
    fault: dict[str, Any], result: str, says: str, kiosk: Administer, printer: SimulatedPrinter
) -> None:
    printer.fault(**fault)

    done = kiosk("pin", "reset", ADA_UPN, "--slip", "--yes", "--json")

    assert done.code == 1
    assert done.json["slip"] == result
    assert says in done.err
    assert f"kiosk pin reset {ADA_UPN} --slip" in done.err
    assert not any(shows(sheet, ADA, b"00000000") for sheet in printer.sheets), "the rehearsal printed nothing"


@pytest.mark.usefixtures("allowed")
def test_on_a_terminal_a_person_says_whether_it_came_out(
    on_terminal: Administer, printer: SimulatedPrinter, tenant: RunningTenant
) -> None:
    printer.fault("disconnect_at_byte", byte=1200)

    done = on_terminal("pin", "reset", ADA_UPN, "--slip", "--yes", answers={"whole slip come out": "y"})

    assert done.code == 0, done.out
    assert "the PIN was reset" in done.out
