"""A code that is made reaches somebody: as a symbol on a terminal, or as a badge; and then it signs in."""

from __future__ import annotations

import asyncio
import io
import re
from pathlib import Path

import pytest
import segno

from kiosk import config, doctor
from kiosk.badge.content import digest
from kiosk.badge.kind import CodeKind
from kiosk.clock import SystemClock
from kiosk.harness.printer_server import SimulatedPrinter
from kiosk.registry import CodeState, IssuedCode, Registry
from kiosk.tenant.faults import Fault, Match, Rule
from kiosk.tenant.phone import Result
from kiosk.tenant.seed import ADA, ZOFIA
from kiosk.tenant.serve import RunningTenant
from tests.cli.administration.conftest import Administer, Configured
from tests.cli.administration.seen import on_paper, on_the_screen

ADA_UPN, ZOFIA_UPN = ADA.user_principal_name, ZOFIA.user_principal_name
_WIPE = {"Press Enter to wipe": ""}
_CLEAR = "\x1b[3J"


def shown_pin(shown: str) -> str:
    found = re.search(r"PIN: (\d{8,20})", shown)
    assert found, "the PIN is shown"
    return found[1]


def test_a_method_made_on_a_terminal_signs_in(on_terminal: Administer, tenant: RunningTenant) -> None:
    done = on_terminal("method", "create", ZOFIA_UPN, "--days", "30", "--reveal", answers=_WIPE)

    content, pin = on_the_screen(done.out), shown_pin(done.out)
    answer = tenant.box.phone.sign_in(content, pin, None)
    assert done.code == 0
    assert answer.result is Result.MUST_CHANGE_PIN
    assert done.out.rstrip().endswith(_CLEAR), "it is wiped from what can be scrolled back to"


def test_a_code_shown_on_a_terminal_is_known_here(
    on_terminal: Administer, tenant: RunningTenant, configured: Configured
) -> None:
    """By its digest, where this machine has a registry: its badge, printed elsewhere, is judged as one of ours."""

    async def begin() -> None:
        async with Registry.open(registry_of(configured)):
            pass

    asyncio.run(begin())
    done = on_terminal("code", "create", ADA_UPN, "--kind", "temporary", "--reveal", answers=_WIPE)

    async def ask() -> IssuedCode | None:
        async with Registry.open(registry_of(configured), read_only=True) as registry:
            return await registry.code_by_digest(digest(on_the_screen(done.out)))

    issued = asyncio.run(ask())
    assert done.code == 0
    assert issued is not None
    assert issued.code_id == tenant.tenant.code(ADA.id, CodeKind.TEMPORARY).id
    assert (issued.user_id, issued.state, issued.reason) == (ADA.id, CodeState.CREATED, "administrator")


def test_a_typed_pin_is_not_shown(on_terminal: Administer, tenant: RunningTenant, printer: SimulatedPrinter) -> None:
    typed = {"PIN: ": "40718256", "Repeat for confirmation": "40718256"}

    done = on_terminal("method", "create", ZOFIA_UPN, "--print", "--ask-pin", answers=typed)

    assert done.code == 0
    assert "40718256" not in done.out
    content = on_paper(printer.wait_for_sheet())
    assert tenant.box.phone.sign_in(content, "40718256", None).result is Result.MUST_CHANGE_PIN


def test_a_reset_pin_is_shown_once_asked_and_confirmed(on_terminal: Administer, tenant: RunningTenant) -> None:
    done = on_terminal("pin", "reset", ADA_UPN, "--reveal", answers={"[y/N]": "y", **_WIPE})

    assert done.code == 0
    assert tenant.tenant.methods[ADA.id].pin.is_right(shown_pin(done.out))


def test_saying_no_changes_nothing(on_terminal: Administer, tenant: RunningTenant) -> None:
    done = on_terminal("method", "delete", ADA_UPN, answers={"[y/N]": "n"})

    assert done.code == 1
    assert "nothing was changed" in done.out
    assert ADA.id in tenant.tenant.methods


def test_a_badge_is_printed_known_here_and_signs_in(
    kiosk: Administer, tenant: RunningTenant, printer: SimulatedPrinter, configured: Configured, made: list[bytes]
) -> None:
    """A create whose answer was lost is taken back and made again: the badge has the code that counts."""
    tenant.box.faults.add(Rule(Fault(drop="after"), Match("PATCH", "/temporaryQRCode")))

    done = kiosk("code", "create", ADA_UPN, "--kind", "temporary", "--hours", "2", "--print", "--json")

    assert (done.code, done.json["code"]["state"]) == (0, "active")
    content = on_paper(printer.wait_for_sheet())
    pin = tenant.tenant.reset_pin(ADA.id).digits.reveal_text()
    assert len([secret for secret in made if secret.startswith(b"ms-qrpin")]) == 2, "the first answer was lost"
    assert tenant.box.phone.sign_in(content, pin, None).result is Result.MUST_CHANGE_PIN
    assert tenant.tenant.code(ADA.id, CodeKind.TEMPORARY).id == done.json["code"]["id"]
    code_id = done.json["code"]["id"]
    assert state_here(configured, code_id) is CodeState.PRINTED
    assert kiosk("code", "delete", ADA_UPN, "--kind", "temporary", "--yes").code == 0
    assert state_here(configured, code_id) is CodeState.REVOKED


def registry_of(configured: Configured) -> Path:
    """Where the station's registry is."""
    return configured.file.parent / "state/registry.db"


def state_here(configured: Configured, code_id: str) -> CodeState | None:
    """What the station's registry knows of a code."""

    async def ask() -> CodeState | None:
        async with Registry.open(registry_of(configured), read_only=True) as registry:
            issued = await registry.code(code_id)
            return issued and issued.state

    return asyncio.run(ask())


def test_a_printer_without_paper_is_found_before_anything_is_made(
    kiosk: Administer, tenant: RunningTenant, printer: SimulatedPrinter
) -> None:
    printer.fault("paper_out")

    done = kiosk("code", "create", ADA_UPN, "--kind", "temporary", "--print")

    assert done.code == 1
    assert "paper" in done.err
    assert tenant.tenant.methods[ADA.id].temporary is None


def test_a_code_whose_badge_did_not_come_out_is_deleted_again(
    kiosk: Administer, tenant: RunningTenant, printer: SimulatedPrinter
) -> None:
    """Its content was given once and is lost, and it would stand in the way of the next."""
    printer.fault("paper_out", after_rows=200)

    done = kiosk("code", "create", ADA_UPN, "--kind", "temporary", "--print")

    assert done.code == 1
    assert "not printed: paper out" in done.err
    assert "deleted again" in done.err
    assert tenant.tenant.methods[ADA.id].temporary is None


def test_whether_a_badge_came_out_is_asked_when_nobody_knows(
    on_terminal: Administer, tenant: RunningTenant, printer: SimulatedPrinter
) -> None:
    """Two noes: it did not come out, and it is not to be printed again. Then the code goes."""
    printer.fault("disconnect_at_byte", byte=9000)
    answers = {"whole badge come out": "n", "Print it again": "n"}

    done = on_terminal("code", "create", ADA_UPN, "--kind", "temporary", "--print", answers=answers)

    assert done.code == 1
    assert "printed or not" in done.out
    assert "deleted again" in done.out
    assert tenant.tenant.methods[ADA.id].temporary is None


def test_an_image_that_says_something_else_is_printed_and_told_of(
    kiosk: Administer, printer: SimulatedPrinter, configured: Configured, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the terminal, in the audit, and by the doctor, who reads it there."""

    def other_key(content: bytes) -> bytes:
        out = io.BytesIO()
        segno.make_qr(content[:-4] + b"AAAA", error="m", mode="byte").save(out, kind="png", scale=3, border=4)
        return out.getvalue()

    monkeypatch.setattr("kiosk.tenant.representation.symbol_svg", other_key)
    done = kiosk("code", "create", ADA_UPN, "--kind", "temporary", "--print")

    assert done.code == 0, done.err
    assert "do not agree: the image is printed" in done.err
    assert on_paper(printer.wait_for_sheet()).endswith(b"AAAA")

    async def found() -> list[str]:
        return [finding.part async for finding in doctor.images(config.load(configured.file), SystemClock())]

    assert asyncio.run(found()) == ["symbols"]
