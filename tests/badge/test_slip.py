"""The slip of a PIN: every digit is on it, whatever the paper and however long the PIN."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from drivers.printers.page import Dots, unpack
from drivers.wire.profiles import profiles
from drivers.wire.secret import Secret
from kiosk.badge.page import Printer
from kiosk.badge.slip import Slip, draw_slip


def eights(dots: Dots) -> int:
    """How many pieces of ink have two holes and a digit's height; small letters that touch have holes, too."""
    pieces, hierarchy = cv2.findContours(dots.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    inside_of = [int(each[3]) for each in hierarchy[0] if each[3] >= 0]
    heights = [cv2.boundingRect(pieces[at])[3] for at in set(inside_of) if inside_of.count(at) == 2]
    return sum(height >= 0.9 * max(heights) for height in heights)


@pytest.mark.parametrize("profile", profiles())
@pytest.mark.parametrize("digits", [8, 9, 13, 20])
def test_every_digit_is_there_and_nothing_touches_the_edge(profile: str, digits: int) -> None:
    named = profiles()[profile]
    slip = Slip("Katarzyna Wisniewska-Przybyszewska", "Contoso", "3", Secret("8" * digits))

    page = draw_slip(slip, Printer(named.width, named.dpi, named.height))

    assert named.height is None or page.height <= named.height
    dots = unpack(page)
    assert eights(dots) == digits
    assert not dots[:, :4].any()
    assert not dots[:, -4:].any()


def test_digits_are_made_smaller_before_they_take_another_line() -> None:
    """Eight fit on 80 mm paper as large as meant; twenty there, or eight on the narrowest, do not."""
    heights = [
        draw_slip(Slip("Ada", "", "", Secret("8" * digits)), Printer(width, 203)).height
        for digits, width in ((8, 576), (9, 576), (20, 576))
    ]
    assert heights[0] >= heights[1]
    assert heights[2] > heights[0]
