"""What each phase shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from textual.widgets import ContentSwitcher

from drivers.wire.messages import Health
from kiosk.badge.verdict import Basis, Severity, Verdict
from kiosk.i18n import words
from kiosk.replace.attendant import Progress, Trouble
from kiosk.replace.plan import Reason, Refusal, Step
from kiosk.state import DeviceView, Phase, State
from kiosk.ui.screens.station import VIEWS
from kiosk.ui.widgets.banner import Banner
from tests.ui.conftest import NOW, OFFERED, unfinished
from tests.ui.stage import Show, Shown

pytestmark = pytest.mark.anyio


def banner(shown: Shown) -> Banner:
    """The banner that is to be seen."""
    return next(found for found in shown.app.screen.query(Banner) if found.region)


@pytest.mark.parametrize("size", [(80, 25), (120, 40)])
async def test_every_verdict_says_what_it_is_and_what_to_do(
    show: Show, verdict: Callable[..., State], size: tuple[int, int]
) -> None:
    async with show(State(), size=size) as shown:
        for which in Verdict:
            await shown.change(verdict(which))
            assert words(f"verdict.{which}.title") in shown.text
            assert words(f"verdict.{which}.next") in shown.text
            assert "Nina Fischer" in shown.text
            assert "20 March 2027, 14:02" in shown.text
            assert "Print quality: C" in shown.text


async def test_every_verdict_is_drawn_in_letters_for_three_metres(show: Show, verdict: Callable[..., State]) -> None:
    """At 80 by 25 with everything beside it: at least four rows of half blocks, not the terminal's own letters."""
    async with show(State()) as shown:
        for which in Verdict:
            await shown.change(verdict(which, offers=OFFERED[:4]))
            assert sum(any(block in line for block in "▀▄█") for line in shown.lines) >= 4, which
            assert words(f"verdict.{which}.big") not in shown.text, which


@pytest.mark.parametrize("severity", Severity)
async def test_severities_differ_in_more_than_colour(
    show: Show, verdict: Callable[..., State], severity: Severity
) -> None:
    others = {Severity.GOOD: Verdict.ACTIVE, Severity.ATTENTION: Verdict.WORN, Severity.BAD: Verdict.EXPIRED}
    async with show(verdict(others[severity])) as shown:
        drawn = {}
        for other, which in others.items():
            await shown.change(verdict(which))
            drawn[other] = [line[:20] for line in shown.lines[2:12]]
            assert banner(shown).has_class(f"-{other}")

        assert all(drawn[severity] != figure for other, figure in drawn.items() if other is not severity)


async def test_a_verdict_says_what_it_rests_on(show: Show, verdict: Callable[..., State]) -> None:
    async with show(verdict(Verdict.ACTIVE)) as shown:
        assert "Microsoft Entra was asked just now." in shown.text

        await shown.change(verdict(Verdict.ACTIVE, basis=Basis.REGISTRY, offline="no answer"))
        assert "Microsoft Entra could not be asked. From this station's own records, as of 20" in shown.text
        assert "14:02" in shown.text

        await shown.change(verdict(Verdict.CONTENT_MISMATCH, basis=Basis.REGISTRY))
        assert "From this station's own records, as of 20 November 2026, 14:02." in shown.text
        assert "could not be asked" not in shown.text

        await shown.change(verdict(Verdict.NOT_A_BADGE, basis=Basis.SCAN))
        assert "This is what the code itself says. Nobody was asked." in shown.text


async def test_a_blocked_badge_says_why(show: Show, verdict: Callable[..., State]) -> None:
    reasons = ("account_disabled", "policy_disallows", "upn_changed")
    async with show(verdict(Verdict.BLOCKED, reasons=reasons)) as shown:
        for reason in reasons:
            assert words(f"because.{reason}") in shown.text


async def test_a_refusal_is_said(show: Show, verdict: Callable[..., State]) -> None:
    async with show(verdict(Verdict.EXPIRED, refusal=Refusal("graph_unreachable"))) as shown:
        assert words("refusal.graph_unreachable") in shown.text


async def test_a_refusal_without_a_badge_is_a_screen_too(show: Show) -> None:
    state = State(phase=Phase.VERDICT, name="Nina Fischer", refusal=Refusal("enrolled_already"))
    async with show(state) as shown:
        assert words("verdict.none.title") in shown.text
        assert words("refusal.enrolled_already") in shown.text


async def test_a_badge_that_has_expired_was_valid(show: Show, verdict: Callable[..., State]) -> None:
    async with show(verdict(Verdict.EXPIRED, expire=NOW - timedelta(days=1))) as shown:
        assert "Was valid until 19 November 2026, 14:02" in shown.text


async def test_confirming_says_exactly_what_will_happen(show: Show, crowded: dict[str, State]) -> None:
    async with show(crowded["confirm"]) as shown:
        assert "A new badge for Nina Fischer" in shown.text
        assert "The old badge stops working at once. It cannot be brought back." in shown.text
        assert "The PIN stays the same." in shown.text


async def test_a_first_badge_ends_no_old_one(show: Show, crowded: dict[str, State]) -> None:
    async with show(replace(crowded["confirm"], reason=Reason.NEW_HERE)) as shown:
        assert "old badge stops" not in shown.text
        assert "PIN stays" not in shown.text
        assert "signed in once in another way" in shown.text


async def test_a_replacement_shows_its_steps_and_how_far_each_is(show: Show, replacing: Callable[..., State]) -> None:
    async with show(replacing(Step.CREATE)) as shown:
        assert shown.lines[2:13] == [
            "  A new badge for Nina Fischer",
            "",
            "  +  done     Everything is ready",
            "  +  done     A temporary code is at hand",
            "  +  done     The old badge is switched off",
            "  >  now      Asking Microsoft Entra for a new code",
            "  .  to do    Drawing the new badge",
            "  .  to do    Printing the new badge",
            "  .  to do    Scanning the new badge",
            "  .  to do    Putting the temporary code away",
            "  .  to do    Finishing",
        ]


async def test_the_new_badge_is_asked_for_and_another_is_said_to_be_one(
    show: Show, replacing: Callable[..., State]
) -> None:
    async with show(replacing(Step.SCAN_BACK, prompt=True)) as shown:
        assert words("replacing.prompt_title") in shown.text

        await shown.change(replacing(Step.SCAN_BACK, prompt=True, wrong_badge=True))
        assert words("replacing.wrong_title") in shown.text


async def test_trouble_says_what_and_what_can_be_done(
    show: Show, replacing: Callable[..., State], trouble: Trouble
) -> None:
    async with show(replacing(Step.PRINT, Progress.FAILED, trouble=trouble), size=(120, 40)) as shown:
        assert "The printing did not go well" in shown.text
        assert "Nobody knows whether it was printed: the printer stopped answering." in shown.text
        assert "Look whether a badge came out." in shown.text
        assert "!  problem  Printing the new badge" in "\n".join(shown.lines)


async def test_finished_says_what_to_do_with_the_old_badge(show: Show, crowded: dict[str, State]) -> None:
    async with show(crowded["finished"]) as shown:
        assert "The new badge for Nina Fischer works" in shown.text
        assert "Destroy the old badge." in shown.text


async def test_somebody_left_without_a_badge_cannot_be_missed(show: Show, crowded: dict[str, State]) -> None:
    """Who, what to do, and the whole view in the colours of a bad verdict."""
    async with show(crowded["stranded"], term="xterm-256color") as shown:
        assert "Nina Fischer has no badge that works" in shown.text
        assert words("stranded.next") in shown.text
        assert "I have told somebody" in shown.text
        view = shown.app.screen.query_one("#failed")
        assert view.styles.background.hex == "#B3201C"


async def test_a_failure_only_says_that_nothing_changed_when_that_is_known(
    show: Show, replacing: Callable[..., State]
) -> None:
    early = replace(replacing(Step.PREFLIGHT, Progress.FAILED), phase=Phase.FAILED, error="out of paper")
    late = replace(replacing(Step.DELETE, Progress.FAILED), phase=Phase.FAILED, error="no answer")
    async with show(early) as shown:
        assert words("failed.unchanged") in shown.text

        await shown.change(late)
        assert words("failed.unchanged") not in shown.text
        assert words("failed.unsure") in shown.text

        await shown.change(replace(late, reason=Reason.COPY))
        assert words("failed.give_back") in shown.text
        await shown.change(State(phase=Phase.FAILED, error="the registry is damaged"))
        assert words("failed.unchecked") in shown.text


async def test_idle_names_every_device_with_its_state_in_words_and_signs(show: Show) -> None:
    healths = (Health(state="ok"), Health(state="fault"), Health(state="unknown"), Health(state="absent"))
    devices = tuple(DeviceView(f"d{number}", "print", health) for number, health in enumerate(healths))
    async with show(State(devices=devices)) as shown:
        assert "\n".join(shown.lines[-2:]) == (
            "  + Printer d0: ready   ! Printer d1: needs help   ? Printer d2: not known\n  - Printer d3: not there"
        )


async def test_idle_says_what_a_device_needs(show: Show) -> None:
    health = Health(state="fault", reason="out of paper", hint="load a new roll")
    async with show(State(devices=(DeviceView("receipts", "print", health),))) as shown:
        assert "Printer receipts: needs help. Out of paper. Load a new roll." in shown.text


async def test_idle_does_not_ask_for_a_badge_nobody_can_read(show: Show, devices: tuple[DeviceView, ...]) -> None:
    lost = tuple(replace(view, health=Health(state="absent")) for view in devices)
    async with show(State(devices=devices)) as shown:
        assert words("idle.title") in shown.text

        await shown.change(State(devices=lost))
        assert words("idle.title") not in shown.text
        assert words("idle.not_ready_title") in shown.text


async def test_idle_says_who_is_without_a_badge_and_who_has_a_temporary_one(show: Show) -> None:
    """Those without one first; beyond two lines the rest are counted."""
    (who,) = unfinished(1)
    bridged = replace(who, name="Hina", without_badge=False, until=NOW)
    async with show(State(unfinished=(bridged, who))) as shown:
        temporary = shown.text.index("Hina has a temporary badge until 20 November 2026, 14:02")
        assert shown.text.index(who.name) < temporary
        assert "the old one is switched off, the new one is not made" in shown.text

        await shown.change(State(unfinished=unfinished(5)))
        assert "And 3 more were begun and not finished." in shown.text
        await shown.change(State(unfinished=(replace(who, situation=None),)))
        assert "may have no badge that works: Microsoft Entra cannot be asked" in shown.text
        await shown.change(State())
        assert "begun" not in shown.text


async def test_what_was_begun_is_finished_by_whoever_may(show: Show, crowded: dict[str, State]) -> None:
    """Where a supervisor is needed, only with one; what may not be finished can be closed, after a question."""
    async with show(crowded["idle"]) as shown:
        assert words("key.finish") not in shown.text
        for name in ("attended", "signed_in_late"):
            await shown.change(crowded[name])
            assert words("key.finish") in shown.text
        await shown.press("1", "2")
        assert shown.visit.sent == ["finish", "abandon"]

        await shown.change(crowded["closing"])
        assert words("refusal.policy_disallows") in shown.text
        await shown.press("escape", "enter")
        assert shown.visit.sent[2:] == ["dismiss", "confirm"]


async def test_every_phase_has_a_view_and_only_that_is_shown(show: Show, crowded: dict[str, State]) -> None:
    assert set(VIEWS) == set(Phase)
    async with show(State()) as shown:
        for state in crowded.values():
            await shown.change(state)
            seen = [view.id for view in shown.app.screen.query("View") if view.display]
            assert seen == [state.phase.value]


async def test_nothing_that_is_said_is_cut_off(show: Show, crowded: dict[str, State]) -> None:
    """At 80 by 25, however much there is to say."""
    async with show(State(), may_quit=True) as shown:
        for name, state in crowded.items():
            await shown.change(state)
            middle = shown.app.screen.query_one(ContentSwitcher).region
            view = shown.app.screen.query_one(f"#{state.phase.value}")
            parts = view.query("Words, Steps, Lettering, QrCode")
            said = [part for part in parts if all(around.display for around in (part, *part.ancestors[:-2]))]
            assert said
            assert [part for part in said if not middle.contains_region(part.region)] == [], name


@pytest.mark.parametrize("name", ["]8;;x\x1b\\\x1b[2J\x07Nina", "[bold red]Nina[/]", "Nina\nFischer", "\u202eaniN"])
async def test_a_name_is_only_a_name(show: Show, verdict: Callable[..., State], name: str) -> None:
    """No escape sequence, mark-up, line break or direction of a name from the directory reaches the terminal."""
    async with show(verdict(Verdict.ACTIVE, name=name)) as shown:
        drawn = "\n".join(shown.lines)

        assert not any(bad in drawn for bad in ("\x1b", "\x07", "\u202e"))
        assert any(ending in drawn for ending in ("[2JNina", "[bold red]Nina[/]", "Nina Fischer", "aniN"))


async def test_a_console_is_sent_only_what_its_font_has(show: Show, crowded: dict[str, State]) -> None:
    """CP437 stands for the fonts of the Linux console; there are no borders or signs beyond it."""
    async with show(State(), term="linux") as shown:
        for state in crowded.values():
            await shown.change(state)
            "\n".join(shown.lines).encode("cp437")


async def test_a_console_shows_a_name_its_font_can_write(show: Show, verdict: Callable[..., State]) -> None:
    async with show(verdict(Verdict.ACTIVE, name="Zofia Śliwińska"), term="linux") as shown:
        assert "  Zofia Sliwinska" in shown.lines


async def test_the_last_of_many_quick_changes_is_what_is_shown(show: Show, verdict: Callable[..., State]) -> None:
    async with show(State()) as shown:
        for number in range(50):
            shown.visit.board.change(unfinished=unfinished(number))
        await shown.change(verdict(Verdict.WORN))

        assert words("verdict.worn.title") in shown.text
