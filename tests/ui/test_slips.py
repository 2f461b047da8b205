"""A PIN on the screen, and on a slip: what is offered, and what is said of a slip."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import get_args

import pytest

from drivers.wire.messages import Health, Result
from drivers.wire.secret import Secret
from kiosk.i18n import keys as catalogue
from kiosk.replace.plan import Step
from kiosk.state import DeviceView, SlipView, State
from kiosk.ui.keys import keys
from kiosk.ui.widgets.foot import describe
from tests.ui.stage import Show

pytestmark = pytest.mark.anyio

PIN = "40718256"


@pytest.fixture
def telling(replacing: Callable[..., State]) -> State:
    """A new PIN is there; nobody has seen it."""
    return replacing(Step.CLOSE, pin=Secret(PIN), slip=SlipView())


async def test_a_slip_is_printed_on_a_key_and_the_pin_is_not_shown_for_it(show: Show, telling: State) -> None:
    async with show(telling) as shown:
        await shown.press("2")
        assert shown.visit.sent == ["print_slip"]
        await shown.press("enter")
        assert shown.visit.sent == ["print_slip"], "nobody has it yet"

        await shown.change(replace(telling, slip=SlipView(result="printed")))
        assert "Give it to the worker alone" in shown.text
        assert PIN not in shown.text
        await shown.press("enter")
        assert shown.visit.sent == ["print_slip", "told"]


async def test_while_a_slip_is_on_its_way_no_other_is_printed(show: Show, telling: State) -> None:
    async with show(replace(telling, pin_shown=True, slip=SlipView(printing=True))) as shown:
        assert "The slip is being printed" in shown.text
        await shown.press("2", "enter")
        assert shown.visit.sent == []


@pytest.mark.parametrize("result", ["failed", "unknown"])
async def test_a_slip_that_may_not_be_there_is_said_with_its_reason(
    show: Show, telling: State, result: Result
) -> None:
    async with show(replace(telling, slip=SlipView(result=result, reason="paper out"))) as shown:
        assert "paper out" in shown.text
        assert "Print another slip" in shown.text
        await shown.press("2")
        assert shown.visit.sent == ["print_slip"]


def test_where_slips_are_not_allowed_none_is_offered(telling: State) -> None:
    off = replace(telling, slip=None)
    assert [key.label for key in keys(off, may_quit=False)] == ["Show the PIN"]


def test_every_result_of_a_slip_has_words() -> None:
    assert {f"slip.{result}{what}" for result in get_args(Result) for what in ("", "_hint")} <= catalogue()


def test_what_is_low_is_at_the_foot_of_the_screen() -> None:
    low = Health(state="ok", reason="stock is low, labels left 3", evidence="labels left 3")
    assert describe(DeviceView("till", "print", low)) == "Printer till: ready, stock is low, labels left 3"
