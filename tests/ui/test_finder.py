"""What the camera sees, on the screen."""

from __future__ import annotations

import re

import cv2
import numpy as np
import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from drivers.wire.messages import Frame
from drivers.wire.secret import Secret
from kiosk.i18n import words
from kiosk.state import Phase, State
from kiosk.ui.widgets.finder import ROWS, Finder, dotted, fitted, shrunk
from kiosk.viewfinder import NOTHING, Glimpse
from tests.drivers.symbols import picture
from tests.ui.stage import Show, Shown

pytestmark = pytest.mark.anyio


def framed(image: NDArray[np.uint8]) -> Frame:
    return Frame(width=image.shape[1], height=image.shape[0], pixels=Secret(image.tobytes()))


def badge(width: int = 160, height: int = 90) -> Frame:
    """A bright card in a dark room."""
    image = np.full((height, width), 30, dtype=np.uint8)
    image[height // 4 : -height // 4, width // 4 : width // 2] = 220
    return framed(image)


async def aim(shown: Shown, glimpse: Glimpse) -> None:
    shown.app._station.aim(glimpse)
    await shown.pilot.pause()


def finder(shown: Shown) -> Finder:
    return shown.app.screen.query_one(f"#{shown.app.state.phase.value} Finder", Finder)


@pytest.mark.parametrize("term", ["linux", "xterm-256color"])
@pytest.mark.parametrize("phase", [Phase.IDLE, Phase.SIGNED_IN])
async def test_while_somebody_aims_the_picture_is_shown_and_after_that_the_figure(
    show: Show, phase: Phase, term: str
) -> None:
    async with show(State(phase=phase), term=term) as shown:
        before = shown.lines
        assert not finder(shown).region
        await aim(shown, Glimpse(badge()))
        assert finder(shown).region.width > 30
        assert shown.lines != before
        assert words("idle.big") not in shown.text, "the words are still drawn in large letters"
        await aim(shown, NOTHING)
        assert shown.lines == before


@pytest.mark.parametrize("hint", ["closer", "further", "still", "dark", "glare"])
async def test_a_hint_is_said_in_large_letters_and_in_a_sentence(show: Show, hint: str) -> None:
    async with show(State()) as shown:
        before = shown.lines
        await aim(shown, Glimpse(badge(), hint))  # type: ignore[arg-type]
        assert words(f"sight.{hint}.title") in shown.text
        assert words(f"sight.{hint}.big") not in shown.text, "drawn, not written"
        assert words("idle.title") not in shown.text
        await aim(shown, NOTHING)
        assert shown.lines == before


async def test_a_hint_is_shown_without_a_picture_too(show: Show) -> None:
    async with show(State()) as shown:
        await aim(shown, Glimpse(None, "dark"))
        assert words("sight.dark.title") in shown.text
        assert not finder(shown).region


async def test_it_is_shown_where_a_badge_is_awaited_and_nowhere_else(show: Show, crowded: dict[str, State]) -> None:
    """New badges and old ones to be handed in are held up, too; a verdict, a question and a PIN stay as they are."""
    aiming = {"idle", "signed_in", "signed_in_late", "attended", "prompt", "wrong", "surrender", "not_old"}
    async with show(State()) as shown:
        for name, state in crowded.items():
            await aim(shown, NOTHING)
            await shown.change(state)
            before = _without_time(shown.lines)
            await aim(shown, Glimpse(badge(), "closer"))
            assert (_without_time(shown.lines) != before) == (name in aiming), name


def _without_time(lines: list[str]) -> list[str]:
    """Countdowns go on meanwhile."""
    return [re.sub(r"\d+", "0", line) for line in lines]


async def test_nothing_is_pushed_off_the_screen_by_a_picture(show: Show, crowded: dict[str, State]) -> None:
    for size in ((80, 25), (120, 40), (40, 12)):
        async with show(crowded["prompt"], size=size) as shown:
            await aim(shown, Glimpse(badge(), "further"))
            assert len(shown.lines) == size[1]
            assert all(len(line) <= size[0] for line in shown.lines)


async def test_pictures_that_follow_each_other_stay_in_their_place(show: Show) -> None:
    async with show(State(), term="xterm") as shown:
        await aim(shown, Glimpse(badge()))
        where = finder(shown).region
        await aim(shown, Glimpse(framed(np.full((90, 160), 7, dtype=np.uint8))))
        assert finder(shown).region == where
        await aim(shown, Glimpse(badge(90, 120)))
        assert finder(shown).region.width < where.width, "a camera that stands on its side"


@given(width=st.integers(1, 160), height=st.integers(1, 120), columns=st.integers(1, 200), rows=st.integers(1, 80))
def test_any_picture_fits_into_any_place(width: int, height: int, columns: int, rows: int) -> None:
    wide, high = fitted(badge_of(width, height), columns, rows)

    assert 1 <= wide <= columns
    assert 1 <= high <= min(rows, ROWS)
    assert shrunk(badge_of(width, height), wide, high).size == (wide, 2 * high)


def badge_of(width: int, height: int) -> Frame:
    return framed(np.zeros((height, width), dtype=np.uint8))


def test_dots_follow_the_light_and_flat_places_are_flat() -> None:
    grey = np.repeat(np.linspace(0, 255, 40, dtype=np.uint8)[None, :], 40, axis=0)
    dots = np.asarray(dotted(shrunk(framed(grey), 40, 20)))

    assert not dots[:, :9].any()
    assert dots[:, -9:].all()
    assert 0.3 < dots[:, 15:25].mean() < 0.7


def test_no_code_can_be_read_off_the_screen() -> None:
    """Not even one that fills the picture, on the largest terminal."""
    code = picture(b"ms-qrpin:v1|" + b"x" * 188, scale=1)
    small = cv2.resize(code, (120, 120), interpolation=cv2.INTER_AREA)
    columns, rows = fitted(framed(small), 500, 200)
    drawn = np.asarray(shrunk(framed(small), columns, rows))

    for larger in (1, 3, 6):
        image = cv2.resize(drawn, None, fx=larger, fy=larger, interpolation=cv2.INTER_CUBIC)
        assert not zxingcpp.read_barcodes(np.ascontiguousarray(image))
