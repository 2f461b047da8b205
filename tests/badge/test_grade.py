"""A symbol's grade is that of ISO/IEC 15415: measured by the driver on page and scan, judged by the station."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache

import numpy as np
import pytest
import segno
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from drivers.decode import engine, quality
from drivers.decode.codewords import blocks, codewords, errors, format_of
from drivers.wire import lines
from drivers.wire.messages import Code, Prepared, Quality, Scan
from drivers.wire.secret import Secret
from kiosk.badge.grade import grade
from kiosk.badge.kind import CodeKind
from kiosk.badge.page import Artwork, Printer, draw
from kiosk.badge.parts import code
from kiosk.badge.qr import from_content
from kiosk.harness.camera import Camera
from kiosk.harness.looks import NEW_BADGE, WORN_BADGE, Look
from kiosk.harness.paper import Sheet
from kiosk.harness.print_wear import PrintWear, seen, worn

CONTENT = b"ms-qrpin:v1|ada@example.com|1a253da5-3f9a-457d-bd9c-de1aab9a2e59|" + b"k" * 180
SYMBOL = from_content(Secret(CONTENT), level="l")
LEVELS = "lmqh"


@cache
def modules_of(version: int, level: str) -> NDArray[np.bool_]:
    made = segno.make("7", version=version, error=level, mode="byte", boost_error=False, micro=False)
    return np.array([[bool(module) for module in row] for row in made.matrix], dtype=np.bool_)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("version", [1, 2, 5, 6, 7, 10, 14, 15, 22, 32, 40])
def test_codewords_of_every_kind_of_symbol_are_found_undamaged(version: int, level: str) -> None:
    """segno, which drew them, is the referee of placement, mask, format information and interleaving."""
    modules = modules_of(version, level)
    named = format_of(modules)
    assert named is not None
    dealt = blocks(version, named[0])
    read = codewords(modules, named[1])

    assert sorted(place for block in dealt for place in block.at) == list(range(len(read)))
    assert [errors(read[list(block.at)], block.correction) for block in dealt] == [0] * len(dealt)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_damaged_codewords_are_counted_and_too_many_are_refused(data: st.DataObject) -> None:
    modules = modules_of(10, "m")
    level, mask = format_of(modules) or (0, 0)
    block = blocks(10, level)[0]
    right = codewords(modules, mask)[list(block.at)]
    hit = data.draw(st.sets(st.integers(0, len(right) - 1), max_size=block.correction // 2 + 3))
    wrong = right.copy()
    for place in hit:
        wrong[place] ^= data.draw(st.integers(1, 255))

    counted = errors(wrong, block.correction)
    assert counted == len(hit) if len(hit) <= block.correction // 2 else counted is None or counted >= 1


@pytest.mark.parametrize("flipped", range(4))
def test_the_format_is_found_in_whichever_copy_is_whole(flipped: int) -> None:
    modules = modules_of(7, "q").copy()
    right = format_of(modules)
    modules[8, :flipped] ^= True
    assert format_of(modules) == right
    modules[8, :6] ^= True
    assert format_of(modules) == right


def measured(wear: PrintWear, module: int = 6) -> Quality | None:
    picture = seen(worn(~np.asarray(code(SYMBOL, module)), 203, wear, np.random.default_rng(5)), module)
    (reading,) = engine.read(picture)
    return quality.of(picture, reading)


def test_a_page_as_drawn_is_an_a() -> None:
    page = np.where(~np.asarray(code(SYMBOL, 6)), 0, 255).astype(np.uint8)
    (reading,) = engine.read(page)
    found = quality.of(page, reading)

    assert found == Quality(contrast=1.0, modulation=0.5, quiet_zone=1.0, unused_correction=1.0)
    assert grade(found).letter == "A"
    assert grade(found).overall == 4.0


def test_fading_costs_contrast() -> None:
    shares = [found.contrast for fade in (0.0, 0.4, 0.7) if (found := measured(PrintWear(fade=fade)))]
    assert len(shares) == 3
    assert shares == sorted(shares, reverse=True)
    assert shares[0] > 0.7 > shares[2]


def test_damage_costs_error_correction() -> None:
    fresh, damaged = measured(PrintWear()), measured(PrintWear(scratches=1, scratch_mm=0.4))
    assert fresh
    assert damaged
    assert fresh.unused_correction == 1.0
    assert damaged.unused_correction < 1.0


def test_ink_in_the_quiet_zone_is_seen() -> None:
    page = np.where(~np.asarray(code(SYMBOL, 6)), 0, 255).astype(np.uint8)
    page[2:20, 100:240] = 0
    (reading,) = engine.read(page)
    found = quality.of(page, reading)
    assert found
    assert found.quiet_zone < 1.0
    assert grade(found).weakest == "quiet_zone"


def test_what_is_no_symbol_is_not_measured() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (300, 300)).astype(np.uint8)
    corners = (30.0, 30.0, 270.0, 30.0, 270.0, 270.0, 30.0, 270.0)
    assert quality.measure(noise, corners, 10) is None
    assert quality.measure(np.full((300, 300), 255, dtype=np.uint8), corners, 10) is None


@pytest.mark.parametrize(
    ("values", "letter", "weakest"),
    [
        ((0.8, 0.5, 1.0, 0.7), "A", "contrast"),
        ((0.6, 0.5, 1.0, 0.7), "B", "contrast"),
        ((0.8, 0.3, 1.0, 0.7), "C", "modulation"),
        ((0.8, 0.5, 0.91, 0.7), "D", "quiet_zone"),
        ((0.8, 0.5, 1.0, 0.1), "F", "unused_correction"),
    ],
)
def test_the_grade_is_the_lowest_of_the_four(
    values: tuple[float, float, float, float], letter: str, weakest: str
) -> None:
    contrast, modulation, quiet_zone, unused = values
    given_grade = grade(
        Quality(contrast=contrast, modulation=modulation, quiet_zone=quiet_zone, unused_correction=unused)
    )
    assert (given_grade.letter, given_grade.weakest) == (letter, weakest)


@pytest.mark.parametrize(("look", "letters"), [(NEW_BADGE, "AB"), (WORN_BADGE, "BCDF")])
def test_a_scan_of_a_badge_is_graded_as_the_camera_saw_it(look: Look, letters: str) -> None:
    """Through a lens, at an angle, in uneven light: a fresh badge is good, and last year's is not."""
    expires = datetime(2027, 12, 21, 18, 0, tzinfo=UTC)
    artwork = Artwork("Ada Okafor", "Contoso", "gate 3", CodeKind.STANDARD, expires, "1a253da5")
    page = draw(SYMBOL, artwork, Printer(576, 203))
    rng = np.random.default_rng(1)
    view = look.held(rng)
    frame = Camera(view, rng).photograph(Sheet(1, page.width, page.dpi, page.rows.reveal()), view, look.wear)

    (reading,) = engine.read(frame)
    found = quality.of(frame, reading)

    assert found
    assert grade(found).letter in letters


def test_the_quality_of_a_scan_and_of_a_page_goes_over_the_wire() -> None:
    good = Quality(contrast=0.9, modulation=0.5, quiet_zone=1.0, unused_correction=1.0)
    for said in (
        Scan(seq=1, codes=(Code(content=Secret(b"x"), quality=good),)),
        Prepared(job="j", read=(Secret(b"x"),), quality=good),
    ):
        assert list(lines.from_driver().feed(lines.encode(said))) == [said]
