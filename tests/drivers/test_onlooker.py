"""What a camera says of badges as people hold them: the hint that helps, and none where none is needed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from drivers.decode.watcher import Watcher
from drivers.scanners.onlooker import Onlooker
from drivers.wire.messages import Frame, FromDriver, Motion, Sight
from kiosk.harness.badge_views.film import FPS, Film
from kiosk.harness.badge_views.view import Lens, View

PLAIN = View("plain", 1, 203)
#: Half the size in each direction: what matters here is how things look in 160 x 90 pixels.
LENS = Lens(width=640, height=360)
EVERY = 3


class FrameClock:
    """Seconds: when the frame was taken, and two thousandths whenever anybody asked since, as work takes time."""

    def __init__(self) -> None:
        self._now = 100.0

    def at(self, seconds: float) -> None:
        """Another frame."""
        self._now = seconds

    def __call__(self) -> float:
        self._now += 0.002
        return self._now


def said_of(view: View, seconds: float = 3.0) -> tuple[list[FromDriver], bool]:
    """What is said of half a second of bare desk and then a badge, and whether the badge was read."""
    film, clock, said, read = Film(view, LENS), FrameClock(), list[FromDriver](), False
    watcher = Watcher(clock=clock, budget_ms=25)
    onlooker = Onlooker(said.append, clock)
    onlooker.preview = True
    for number in range(0, int(seconds * FPS), EVERY):
        clock.at(100 + number / FPS)
        before = number - FPS // 2
        image = film.empty(number) if before < 0 else film.frame(before)
        found = bool(watcher.look(image))
        read = read or found
        onlooker.see(image, read=found, in_sight=watcher.in_sight, moving=watcher.moving)
    return said, read


@pytest.mark.parametrize(
    ("view", "hint"),
    [
        (replace(PLAIN, away=44.0), "further"),
        (replace(PLAIN, contrast=30.0, noise=6.0), "dark"),
        (replace(PLAIN, away=150.0, glare=12.0), "glare"),
        (replace(PLAIN, away=150.0, tremor=4.5, shutter=1 / 40), "still"),
        (replace(PLAIN, away=390.0), "closer"),
    ],
    ids=["near", "dim", "glaring", "shaking", "far"],
)
def test_a_badge_that_does_not_read_is_helped_with_what_is_wrong(view: View, hint: str) -> None:
    said, read = said_of(view)

    hints = [message.hint for message in said if isinstance(message, Sight)]
    assert not read
    assert hints
    assert set(hints) == {hint}
    assert len(hints) <= 3, "at most one a second"


def test_a_badge_that_reads_is_not_talked_about() -> None:
    """However the hand that holds it wanders."""
    said, read = said_of(replace(PLAIN, away=120.0))

    assert read
    assert not [message for message in said if isinstance(message, Sight)]
    assert [message for message in said if isinstance(message, Motion)]


def test_a_bare_desk_is_silent_but_for_what_was_asked_for() -> None:
    """No motion after the first picture, no hint; small pictures, because they were asked for."""
    film, now, said = Film(PLAIN, LENS), 100.0, list[FromDriver]()
    watcher = Watcher(clock=lambda: now, budget_ms=25)
    onlooker = Onlooker(said.append, lambda: now)
    for wanted in (True, False):
        onlooker.preview = wanted
        said.clear()
        for number in range(0, 3 * FPS, EVERY):
            now += EVERY / FPS
            onlooker.see(
                film.empty(number),
                read=False,
                in_sight=watcher.in_sight,
                moving=bool(watcher.look(film.empty(number))),
            )
        assert {type(message) for message in said} == ({Frame} if wanted else set())


def test_pictures_are_small_and_no_more_than_ten_a_second() -> None:
    now, said = 0.0, list[FromDriver]()
    onlooker = Onlooker(said.append, lambda: now)
    onlooker.preview = True
    for number in range(300):
        now = 10 + number / 60
        onlooker.see(np.zeros((720, 1280), dtype=np.uint8), read=False, in_sight=False, moving=False)

    frames = [message for message in said if isinstance(message, Frame)]
    assert 40 <= len(frames) <= 51
    assert {(frame.width, frame.height, len(frame.pixels.reveal())) for frame in frames} == {(160, 90, 160 * 90)}
