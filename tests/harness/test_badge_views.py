"""Views of badges are repeatable, of nobody's badge, and what is wrong with them is what they say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import zxingcpp

from kiosk.harness.badge_views import sheet
from kiosk.harness.badge_views.film import Film
from kiosk.harness.badge_views.view import KINDS, Lens, View, views


def _read(film: Film, number: int = 0) -> list[bytes]:
    return [bytes(code.bytes) for code in zxingcpp.read_barcodes(film.frame(number))]


def test_the_same_view_gives_the_same_frames() -> None:
    view = views("everything", 1)[0]
    one, other = Film(view), Film(view)

    assert (one.frame(4) == other.frame(4)).all()
    assert one.content == other.content
    assert not (one.frame(4) == one.frame(5)).all()


@pytest.mark.parametrize("kind", KINDS)
def test_a_seed_chooses_the_views_of_a_kind(kind: str) -> None:
    assert views(kind, 3, 1) == views(kind, 3, 1)  # type: ignore[arg-type]
    assert views(kind, 3, 1) != views(kind, 3, 2)  # type: ignore[arg-type]


@pytest.mark.parametrize("dpi", [203, 300])
def test_a_plain_view_shows_a_version_10_symbol_that_reads_as_its_content(dpi: int) -> None:
    film = Film(View("plain", 1, dpi))
    (code,) = zxingcpp.read_barcodes(film.frame(0))

    assert bytes(code.bytes) == film.content
    assert code.extra["Version"] == "10"
    assert b"nobody@example.com" in film.content


def test_the_middle_of_the_code_is_what_the_hand_holds_to_the_middle_of_the_frame() -> None:
    film = Film(View("plain", 1, 203, sway=0, tremor=0))
    place = zxingcpp.read_barcodes(film.frame(0))[0].position
    corners = np.array(
        [(one.x, one.y) for one in (place.top_left, place.top_right, place.bottom_left, place.bottom_right)]
    )

    assert corners.mean(axis=0) == pytest.approx((640, 360), abs=4)


def test_a_badge_twice_as_far_is_half_as_large() -> None:
    def edge(away: float) -> float:
        film = Film(View("distance", 1, 300, away=away, sway=0, tremor=0))
        place = zxingcpp.read_barcodes(film.frame(0))[0].position
        return float(np.hypot(place.top_right.x - place.top_left.x, place.top_right.y - place.top_left.y))

    assert edge(110) / edge(220) == pytest.approx(2, rel=0.03)


def test_what_is_out_of_focus_is_blurred_and_what_is_in_focus_is_not() -> None:
    lens = Lens(focus=200)

    assert lens.defocus(200) == 0
    assert lens.defocus(80) > lens.defocus(150) > 0
    assert lens.defocus(380) > 0


@pytest.mark.parametrize(
    "damage", [{"bend": 12.0}, {"glare": 12.0}, {"contrast": 3.0}, {"tremor": 40.0}, {"away": 36.0}]
)
def test_enough_of_any_damage_makes_it_unreadable(damage: dict[str, float]) -> None:
    plain = View("plain", 2, 203)
    assert _read(Film(plain)) == [Film(plain).content]

    assert _read(Film(replace(plain, **damage))) == []  # type: ignore[arg-type]


def test_an_empty_frame_holds_no_code() -> None:
    film = Film(View("plain", 1, 203))

    assert zxingcpp.read_barcodes(film.empty(0)) == []


def test_a_page_shows_where_its_code_is() -> None:
    badge = sheet.badge(sheet.content(np.random.default_rng(1)), 203)
    high, wide = sheet.printed(badge.page).shape

    assert abs(badge.middle[0]) < wide / 2
    assert abs(badge.middle[1]) < high / 2
