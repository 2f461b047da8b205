"""Photographs of what was printed: geometry as computed, a fresh badge that reads, a worn one that needs help."""

from __future__ import annotations

import io
import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from kiosk.harness.camera import Camera, Glare, View, corners_in_frame, paper_size_mm, sheet_to_frame
from kiosk.harness.homography import pillow_coefficients, project
from kiosk.harness.looks import LOOKS, NEW_BADGE, WORN_BADGE
from kiosk.harness.paper import Sheet
from kiosk.harness.texture import jpeg, png
from kiosk.harness.wear import Wear, worn

Reader = Callable[[object], list[bytes]]
angles = st.floats(-40, 40)


def blank(height: int = 800) -> Sheet:
    return Sheet(1, 576, 203, bytes(72 * height))


def with_squares(height: int = 800) -> tuple[Sheet, np.ndarray[tuple[int, ...], np.dtype[np.float64]]]:
    """A sheet with four black squares, and their centres in millimetres from the sheet's."""
    at = [(100, 100), (460, 120), (90, 700), (470, 690)]
    picture = np.ones((height, 576), dtype=bool)
    for x, y in at:
        picture[y - 12 : y + 12, x - 12 : x + 12] = False
    sheet = Sheet(1, 576, 203, Image.fromarray(picture).convert("1").tobytes("raw", "1;I"))
    return sheet, (np.array(at) - [288, height / 2]) * 25.4 / 203


@settings(deadline=None)
@given(
    yaw=angles,
    pitch=angles,
    roll=st.floats(-180, 180),
    distance=st.floats(8, 60),
    x=st.floats(-60, 60),
    y=st.floats(-60, 60),
)
def test_a_point_lands_where_a_pinhole_camera_sees_it(
    *, yaw: float, pitch: float, roll: float, distance: float, x: float, y: float
) -> None:
    """Checked with angles one by one, not with the matrices."""
    view = View(distance_cm=distance, yaw=yaw, pitch=pitch, roll=roll)
    a, b, c = (math.radians(v) for v in (yaw, pitch, roll))
    x1, y1 = x * math.cos(c) - y * math.sin(c), x * math.sin(c) + y * math.cos(c)
    y2, z2 = y1 * math.cos(b), -y1 * math.sin(b)
    x3, z3 = x1 * math.cos(a) - z2 * math.sin(a), x1 * math.sin(a) + z2 * math.cos(a)
    depth = distance * 10 + z3
    focal = 640 / math.tan(math.radians(31))
    [seen] = project(sheet_to_frame(blank(), view), np.array([[x, y]]))
    assert seen == pytest.approx([640 + focal * x3 / depth, 360 + focal * y2 / depth], rel=1e-6, abs=1e-6)


def test_pillow_gets_the_way_back() -> None:
    matrix = sheet_to_frame(blank(), View(yaw=20, pitch=-15, roll=30))
    a, b, c, d, e, f, g, h = pillow_coefficients(matrix)
    [[u, v]] = project(matrix, np.array([[12.0, -30.0]]))
    depth = g * u + h * v + 1
    assert [(a * u + b * v + c) / depth, (d * u + e * v + f) / depth] == pytest.approx([12, -30])


@pytest.mark.parametrize(("yaw", "pitch", "roll"), [(0, 0, 0), (25, 0, 0), (0, -25, 0), (-15, 20, 35), (10, 10, 90)])
def test_what_is_printed_is_seen_where_it_should_be(yaw: float, pitch: float, roll: float) -> None:
    """Found in the picture itself: the middle of each black square, to half a pixel."""
    sheet, printed_at = with_squares()
    view = View(yaw=yaw, pitch=pitch, roll=roll)
    frame = Camera(view, np.random.default_rng(1)).photograph(sheet)
    for x, y in project(sheet_to_frame(sheet, view), printed_at):
        left, top = int(x) - 14, int(y) - 14
        dark = 1.0 * (frame[top : top + 29, left : left + 29] < 110)
        row, column = (dark * np.mgrid[:29, :29]).sum(axis=(1, 2)) / dark.sum()
        assert [left + column + 0.5, top + row + 0.5] == pytest.approx([x, y], abs=0.7)


@settings(deadline=None)
@given(angles, angles, st.floats(-180, 180), st.integers(200, 3000))
def test_unless_told_how_near_the_camera_sees_the_whole_sheet(
    yaw: float, pitch: float, roll: float, rows: int
) -> None:
    view = View(yaw=yaw, pitch=pitch, roll=roll)
    corners = corners_in_frame(blank(rows), view)
    assert corners.min() > 0
    assert (corners < [view.width, view.height]).all()
    assert (np.ptp(corners, axis=0) / [view.width, view.height]).max() > 0.4


def test_px_per_mm_is_what_it_says() -> None:
    corners = corners_in_frame(blank(), View(px_per_mm=5))
    width, height = paper_size_mm(blank())
    assert corners[3] - corners[0] == pytest.approx([5 * width, 5 * height])


def test_a_fresh_badge_reads_at_first_look(
    sheet_of: Callable[..., Sheet], content: Callable[[int], bytes], reader: Reader
) -> None:
    camera = Camera(NEW_BADGE.view, np.random.default_rng(1))
    for seed in range(10):
        chance = np.random.default_rng(seed)
        frame = camera.photograph(sheet_of(seed), NEW_BADGE.held(chance))
        assert reader(np.array(Image.open(io.BytesIO(jpeg(frame))))) == [content(seed)]


def test_a_worn_badge_mostly_reads_only_when_the_picture_is_made_brighter(
    sheet_of: Callable[..., Sheet], content: Callable[[int], bytes], reader: Reader
) -> None:
    camera = Camera(WORN_BADGE.view, np.random.default_rng(1))
    brighter = (255 * (np.arange(256) / 255) ** 0.35).astype(np.uint8)
    first, helped = 0, 0
    for seed in range(12):
        chance = np.random.default_rng(seed)
        still = camera.still(sheet_of(seed), WORN_BADGE.held(chance), WORN_BADGE.wear, chance)
        frame = camera.develop(still, WORN_BADGE.view.noise)
        first += reader(frame) == [content(seed)]
        helped += reader(brighter[frame]) == [content(seed)]
    assert first <= 2
    assert helped >= 8


def test_an_empty_desk_holds_no_code(reader: Reader) -> None:
    for look in LOOKS.values():
        frame = Camera(look.view, np.random.default_rng(1)).photograph()
        assert frame.shape == (720, 1280)
        assert frame.dtype == np.uint8
        assert reader(frame) == []


def test_the_same_chance_gives_the_same_picture(sheet_of: Callable[..., Sheet]) -> None:
    sheet = sheet_of(1)

    def taken(seed: int) -> bytes:
        camera = Camera(WORN_BADGE.view, np.random.default_rng(seed))
        return camera.photograph(sheet, wear=WORN_BADGE.wear).tobytes()

    assert taken(1) == taken(1)
    assert taken(1) != taken(2)


@pytest.mark.parametrize(
    ("view", "darker"),
    [
        (View(exposure=0.5), True),
        (View(black_level=60), False),
        (View(falloff=0.6), True),
        (View(vignetting=0.6), True),
        (View(glare=Glare(0.5, 0.5, 0.3, 1)), False),
    ],
)
def test_light_and_exposure_do_what_they_say(*, view: View, darker: bool) -> None:
    def mean(view: View) -> float:
        return float(Camera(view, np.random.default_rng(1)).still(blank()).mean())

    before, after = mean(View()), mean(view)
    assert after < before - 5 if darker else after > before + 5


@pytest.mark.parametrize("view", [View(defocus=2), View(motion=8)])
def test_blur_takes_edges_away(view: View, sheet_of: Callable[..., Sheet]) -> None:
    def edges(view: View) -> float:
        return float(np.abs(np.diff(Camera(view, np.random.default_rng(1)).still(sheet_of(1)), axis=1)).max())

    assert edges(view) < 0.8 * edges(View())


def test_noise_has_the_deviation_it_was_given() -> None:
    camera = Camera(View(), np.random.default_rng(1))
    still = camera.still()
    assert (camera.develop(still, 8).astype(float) - still).std() == pytest.approx(8, abs=0.3)


def test_a_frame_survives_png() -> None:
    frame = Camera(View(), np.random.default_rng(1)).photograph()
    assert (np.array(Image.open(io.BytesIO(png(frame)))) == frame).all()


# --- wear


def striped() -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    paper = np.full((400, 400), 0.9, dtype=np.float32)
    paper[:, ::2] = 0.1
    return paper


def test_nothing_worn_is_nothing_changed() -> None:
    assert worn(striped(), 8, Wear(), np.random.default_rng(1)) == pytest.approx(striped())


@pytest.mark.parametrize(
    "wear", [Wear(fade=0.4), Wear(creases=2), Wear(scratches=5), Wear(specks=20), Wear(rubbed=0.8), Wear(grime=0.2)]
)
def test_each_kind_of_wear_shows_and_stays_paper(wear: Wear) -> None:
    after = worn(striped(), 8, wear, np.random.default_rng(3))
    assert np.abs(after - striped()).max() > 0.05
    assert after.min() >= 0
    assert after.max() <= 1


def test_fading_takes_its_share_of_the_blackness() -> None:
    after = worn(striped(), 8, Wear(fade=0.4), np.random.default_rng(1))
    assert after[:, ::2].mean() == pytest.approx(0.1 + 0.4 * 0.8, abs=0.08)


@settings(deadline=None)
@given(st.integers(1, 40), st.integers(0, 1000))
def test_a_snippet_can_be_worn_too(rows: int, seed: int) -> None:
    worn(np.full((rows, 640), 0.9, dtype=np.float32), 8, WORN_BADGE.wear or Wear(), np.random.default_rng(seed))
