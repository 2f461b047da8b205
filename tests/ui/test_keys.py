"""Keys: each does what the foot of the screen says, and no other does anything."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from textual import events

from kiosk.badge.verdict import Verdict
from kiosk.replace.attendant import Choice, Progress, Trouble
from kiosk.replace.plan import Reason, Step
from kiosk.state import Phase, State
from kiosk.ui.keys import keys
from tests.ui.stage import Show

pytestmark = pytest.mark.anyio

#: What Textual or a terminal would like to act on, and what a barcode read as keystrokes may hold.
HOSTILE = [
    *(f"ctrl+{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"),
    *("ctrl+backslash", "ctrl+@", "tab", "shift+tab", "space", "backspace", "delete", "up", "down", "home", "end"),
    *("pageup", "pagedown", "f1", "f5", "f10", "f12", "q", "Q", "7", "0", "colon", "exclamation_mark"),
]


async def test_offers_are_numbered(show: Show, verdict: Callable[..., State]) -> None:
    async with show(verdict(Verdict.WORN, offers=(Reason.WORN, Reason.STOLEN))) as shown:
        await shown.press("2", "1")

        assert shown.visit.sent == [("ask", Reason.STOLEN), ("ask", Reason.WORN)]


async def test_enter_says_yes_and_escape_says_no(show: Show, crowded: dict[str, State]) -> None:
    async with show(crowded["confirm"]) as shown:
        await shown.press("escape", "enter")

        assert shown.visit.sent == ["dismiss", "confirm"]


async def test_a_supervisor_vouches_for_a_visitor_on_a_key(show: Show, crowded: dict[str, State]) -> None:
    async with show(crowded["outside"]) as shown:
        await shown.press("1", "2")

        assert shown.visit.sent == ["vouch"]


async def test_a_copy_can_be_left_until_the_old_badge_is_handed_in(show: Show, crowded: dict[str, State]) -> None:
    async with show(crowded["surrender"]) as shown:
        await shown.press("enter", "1", "escape")

        assert shown.visit.sent == ["dismiss"]


async def test_choices_are_numbered_in_the_order_they_are_given(
    show: Show, replacing: Callable[..., State], trouble: Trouble
) -> None:
    chosen = (Choice.CAME_OUT, Choice.REPRINT, Choice.GIVE_UP)
    state = replacing(Step.PRINT, Progress.FAILED, trouble=replace(trouble, choices=chosen))
    async with show(state) as shown:
        await shown.press("1", "2", "3", "4")

        assert shown.visit.sent == [("answer", choice) for choice in chosen]


@pytest.mark.parametrize(("phase", "key"), [("finished", "enter"), ("failed", "enter"), ("verdict", "escape")])
async def test_what_is_over_can_be_put_away(show: Show, crowded: dict[str, State], phase: str, key: str) -> None:
    async with show(crowded[phase]) as shown:
        await shown.press(key)

        assert shown.visit.sent == ["dismiss"]


async def test_a_replacement_that_runs_has_no_key_at_all(show: Show, replacing: Callable[..., State]) -> None:
    async with show(replacing(Step.CREATE), may_quit=True) as shown:
        await shown.press("enter", "escape", "1", "q")

        assert (shown.visit.sent, shown.leaving) == ([], False)


async def test_a_key_means_what_the_newest_state_says(show: Show, crowded: dict[str, State]) -> None:
    """The key that chose the reason is no answer to the question that follows."""
    async with show(crowded["verdict"]) as shown:
        await shown.change(crowded["confirm"])
        await shown.press("1")

        assert shown.visit.sent == []


@pytest.mark.parametrize(
    "phase", ["idle", "sign_in", "signed_in", "checking", "verdict", "confirm", "replacing", "finished", "failed"]
)
async def test_no_other_key_does_anything(show: Show, crowded: dict[str, State], phase: str) -> None:
    """Not Textual's own (Ctrl+Q, Ctrl+C, Ctrl+P), nor a control character of a barcode."""
    async with show(crowded[phase]) as shown:
        for key in HOSTILE:
            shown.app.post_message(events.Key(key, None))
        await shown.pilot.pause()

        assert (shown.visit.sent, shown.leaving) == ([], False)
        assert len(shown.app.screen_stack) == 1, "no palette, no other screen"


async def test_what_is_pasted_does_nothing(show: Show, crowded: dict[str, State]) -> None:
    async with show(crowded["confirm"], may_quit=True) as shown:
        shown.app.post_message(events.Paste("\r\nq1\x11"))
        await shown.pilot.pause()

        assert (shown.visit.sent, shown.leaving) == ([], False)


@pytest.mark.parametrize("phase", ["idle", "verdict", "finished", "failed"])
@pytest.mark.parametrize("key", ["q", "Q"])
async def test_q_quits_where_that_was_allowed(show: Show, crowded: dict[str, State], phase: str, key: str) -> None:
    async with show(crowded[phase], may_quit=True) as shown:
        assert " Q  Quit" in "\n".join(shown.lines)
        await shown.press(key)

        assert (shown.leaving, shown.app.return_code, shown.visit.sent) == (True, 0, [])


async def test_quitting_is_not_offered_otherwise(show: Show, crowded: dict[str, State]) -> None:
    async with show(crowded["idle"]) as shown:
        assert "Quit" not in shown.text


@pytest.mark.parametrize("size", [(80, 25), (120, 40)])
async def test_every_key_that_works_is_shown_whole(
    show: Show, crowded: dict[str, State], size: tuple[int, int]
) -> None:
    """At 80 by 25 too, however much there is to say."""
    async with show(State(), size=size, may_quit=True) as shown:
        for name, state in crowded.items():
            await shown.change(state)
            for key in filter(lambda key: key.shown, keys(state, may_quit=True)):
                assert any(f" {key.cap}  {key.label}" in line for line in shown.lines), (name, key, shown.lines)


def test_no_two_keys_of_a_state_are_the_same(crowded: dict[str, State]) -> None:
    for state in crowded.values():
        names = [key.name for key in keys(state, may_quit=True)]
        assert len(names) == len(set(names))


def test_a_phase_in_which_somebody_is_waited_for_has_a_key(crowded: dict[str, State]) -> None:
    waiting = {Phase.SIGN_IN, Phase.SIGNED_IN, Phase.VERDICT, Phase.CONFIRM, Phase.FINISHED, Phase.FAILED}
    assert all(keys(state, may_quit=False) for state in crowded.values() if state.phase in waiting)


async def test_a_pin_is_typed_masked_and_taken_back(show: Show, crowded: dict[str, State]) -> None:
    """Digits, Backspace and Enter; nothing of it but its length is on the screen."""
    async with show(crowded["pin"]) as shown:
        await shown.press("0", "9", "backspace", "enter", "a", "escape")

        assert shown.visit.sent == [("type", "0"), ("type", "9"), "erase", "confirm", "dismiss"]
        assert "The next is tried from 20 November 2026, 14:02" in shown.text
