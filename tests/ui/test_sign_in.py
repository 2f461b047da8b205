"""A supervisor signs in: the code on the screen reads, the words say what to do, the keys do it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st

from kiosk.badge.verdict import Verdict
from kiosk.i18n import words
from kiosk.replace.plan import Reason, Refusal
from kiosk.state import Phase, SignInView, State
from kiosk.ui.theme import look
from kiosk.ui.widgets.qr_code import symbol
from tests.ui.conftest import MARIA
from tests.ui.stage import Show

pytestmark = pytest.mark.anyio

ENTRA = "https://microsoft.com/devicelogin"
#: Upper and lower dot of each cell.
DOTS = {" ": (0, 0), "▀": (1, 0), "▄": (0, 1), "█": (1, 1)}


def decoded(lines: Sequence[str], *, light: int = 255, around: int = 0) -> list[str]:
    """What a phone reads on a screen of these lines; what is no block is dark."""
    width = max(map(len, lines))
    rows = [[DOTS.get(char, (0, 0))[half] for char in line.ljust(width)] for line in lines for half in (0, 1)]
    picture = np.kron(np.array(rows, dtype=np.uint8) * np.uint8(light), np.ones((6, 6), dtype=np.uint8))
    framed = np.pad(picture, 60, constant_values=around)
    codes = zxingcpp.read_barcodes(
        framed, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode), try_invert=False
    )
    return [code.text for code in codes]


@pytest.mark.parametrize("size", [(80, 25), (100, 32), (160, 50)])
@pytest.mark.parametrize("term", ["linux", "xterm-256color"])
async def test_the_code_on_the_screen_reads(
    show: Show, crowded: dict[str, State], size: tuple[int, int], term: str
) -> None:
    """Amid everything else the screen can be full of; on a console, where white is a light grey, too."""
    async with show(crowded["sign_in"], size=size, term=term) as shown:
        assert decoded(shown.lines, light=170 if term == "linux" else 255, around=20) == [ENTRA]
        drawn = shown.app.screen.query_one("QrCode")
        assert shown.app.screen.query_one("ContentSwitcher").region.contains_region(drawn.region)


async def test_the_light_modules_are_lighter_whatever_the_theme() -> None:
    for term in ("linux", "xterm-256color"):
        variables = look(term).theme.variables
        assert (variables["light"], variables["dark"]) in {("#ffffff", "#000000"), ("ansi_white", "ansi_black")}


@given(path=st.text("abcdefghij0123456789/-", max_size=60), columns=st.integers(0, 120), rows=st.integers(0, 60))
def test_a_code_that_is_drawn_is_whole(path: str, columns: int, rows: int) -> None:
    """Or it is not drawn at all."""
    address = f"https://{path}"
    lines = symbol(address, columns, rows)
    assert len(lines) <= rows
    assert all(len(line) <= columns for line in lines)
    if columns >= 60 and rows >= 30:
        assert lines
    if lines:
        assert decoded(lines) == [address]


async def test_the_address_and_the_code_are_there_in_text(show: Show, crowded: dict[str, State]) -> None:
    """For a phone whose camera reads no codes; and how long there is."""
    async with show(crowded["sign_in"]) as shown:
        assert ENTRA in shown.text
        assert "type BCDFGHJKL" in shown.text
        assert "Time left: 4:3" in shown.text
        await shown.press("escape")
        assert shown.visit.sent == ["dismiss"]


async def test_the_time_runs_on_when_something_else_changes(show: Show, crowded: dict[str, State]) -> None:
    """A printer that reports does not give the supervisor more time; another code does."""
    state = crowded["sign_in"]
    async with show(state) as shown:
        clock = shown.app.screen.query_one("Countdown")
        ends = clock._ends  # type: ignore[attr-defined]
        await shown.change(replace(state, devices=()))
        assert clock._ends == ends  # type: ignore[attr-defined]
        await shown.change(replace(state, sign_in=SignInView("NEWCODE99", ENTRA, 600.0)))
        assert clock._ends > ends + 100  # type: ignore[attr-defined]
        assert "type NEWCODE99" in shown.text


async def test_no_code_is_shown_before_there_is_one_or_after_it_failed(show: Show, crowded: dict[str, State]) -> None:
    async with show(crowded["signing"]) as shown:
        assert words("sign_in.wait_title") in shown.text
        assert decoded(shown.lines) == []
        await shown.change(crowded["sign_in"])
        assert words("sign_in.wait_title") not in shown.text
        await shown.change(crowded["blocked"])
        assert "Conditional Access blocks this sign-in" in shown.text
        assert decoded(shown.lines) == []
        await shown.press("1", "escape")
        assert shown.visit.sent == ["sign_in", "dismiss"]


@pytest.mark.parametrize("phase", ["idle", "needed"])
async def test_one_key_begins(show: Show, crowded: dict[str, State], phase: str) -> None:
    """From the idle screen, and from the verdict on a badge that waits for a supervisor."""
    async with show(crowded[phase]) as shown:
        assert " 1  Supervisor: sign in with a phone" in "\n".join(shown.lines)
        await shown.press("1")
        assert shown.visit.sent == ["sign_in"]


async def test_a_verdict_that_no_supervisor_helps_offers_none(show: Show, verdict: Callable[..., State]) -> None:
    state = verdict(Verdict.REVOKED, refusal=Refusal("badge_proves_nobody"), supervised=True)
    async with show(state) as shown:
        assert "Supervisor" not in shown.text
        await shown.press("1")
        assert shown.visit.sent == []


async def test_who_is_signed_in_is_on_every_screen(show: Show, crowded: dict[str, State]) -> None:
    """With where their roles reach; and no second one can begin."""
    async with show(crowded["signed_in"]) as shown:
        assert "Signed in: Maria Silva" in shown.text
        assert "Authentication Administrator, in the unit 5A1D3C7E" in shown.text
        for name in ("signed_in", "supervised", "confirm", "replacing"):
            await shown.change(replace(crowded[name], supervised=True, supervisor=MARIA))
            assert shown.lines[0].endswith("Supervisor: Maria Silva, in the unit 5A1D3C7E")
            assert "sign in with a phone" not in shown.text
        await shown.change(replace(crowded["idle"], supervisor=None))
        assert "Maria" not in shown.text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"units": (), "whole_tenant": True}, "in the whole tenant"),
        ({"units": ("5a1d3c7e-1", "6b2e4d8f-1")}, "in the units 5A1D3C7E, 6B2E4D8F"),
        ({"units": ()}, "reach not known"),
    ],
)
async def test_how_far_they_reach(
    show: Show, crowded: dict[str, State], changes: dict[str, object], said: str
) -> None:
    state = replace(crowded["signed_in"], supervisor=replace(MARIA, **changes))  # type: ignore[arg-type]
    async with show(state) as shown:
        assert said in shown.text


@pytest.mark.parametrize("name", ["Zofia Śliwińska", "[b]Maria[/]\x1b[2J", "A very long name " * 8])
async def test_a_supervisors_name_is_only_a_name(show: Show, crowded: dict[str, State], name: str) -> None:
    """It steers nothing, is written with what the console has, and pushes nothing off the screen."""
    async with show(replace(crowded["signed_in"], supervisor=replace(MARIA, name=name))) as shown:
        drawn = "\n".join(shown.lines)
        drawn.replace("…", "").encode("cp437")
        assert "\x1b" not in drawn
        assert shown.lines[0].startswith("  Gate 3")
        assert len(shown.lines[0]) <= 80


def test_offers_come_before_signing_in() -> None:
    state = State(phase=Phase.VERDICT, offers=(Reason.WORN,), supervised=True)
    assert not state.may_sign_in
