"""Every name is drawn in its own script and direction, or what could not be drawn is said."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.badge.fitting import fitted
from kiosk.badge.fonts import face_for, graphemes, missing
from kiosk.badge.lettering import SUBSTITUTE, block, clean, length, runs
from kiosk.badge.words import languages, words_in

NAMES = ["Zoë Śliwińska", "Nguyễn Thị Ánh", "Γιώργος", "Ірина", "ליאת כהן", "ليلى حداد", "Zahra زهرا", "דוד Smith"]


@pytest.mark.parametrize("name", NAMES)
def test_no_name_of_these_scripts_misses_a_glyph(name: str) -> None:
    assert missing(name) == ""
    assert (~np.asarray(block([name], 40, bold=True))).sum() > 200


def test_what_no_font_has_is_reported_and_drawn_as_a_question_mark() -> None:
    assert missing("Ada \U0001fae0\U0001fae0") == "\U0001fae0"
    assert "".join(run.text for run in runs("Ada \U0001fae0", bold=True)) == f"Ada {SUBSTITUTE}"


def test_arabic_is_shaped_and_not_set_letter_by_letter() -> None:
    joined = length("ليلى", 40, bold=False)
    apart = sum(length(letter, 40, bold=False) for letter in "ليلى")
    assert joined < 0.95 * apart


def test_a_text_in_fonts_of_several_scripts_runs_from_right_to_left_when_it_begins_so() -> None:
    """No font here has Hebrew and Devanagari both."""
    seen = runs("דוד अनिता", bold=True)
    assert [run.direction for run in seen] == ["ltr", "rtl"]
    assert len({run.face.path for run in seen}) == 2
    assert [run.direction for run in runs("अनिता דוד", bold=True)] == ["ltr", "rtl"]


def test_decomposed_accents_are_composed_and_marks_that_turn_text_round_are_dropped() -> None:
    assert clean("Zoe\u0308 \u202egnp.exe\u202c\n\x1b@") == "Zoë gnp.exe @"


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=40), st.integers(40, 400), st.integers(1, 3))
def test_any_text_fits_its_room_and_is_cut_between_graphemes(text: str, room: int, lines: int) -> None:
    text = clean(text)
    fit = fitted(text, 30, room, lines=lines, bold=True)

    assert len(fit.lines) <= max(1, lines)
    assert all(length(line, fit.size, bold=True) <= room or line == "…" for line in fit.lines)
    for line in fit.lines:
        whole = line.removesuffix("…") if fit.cut else line
        # A mark may stand on the very space a line is broken at.
        known = {part for grapheme in graphemes(text) for part in (grapheme, grapheme.lstrip())}
        assert set(graphemes(whole.rstrip())) <= known, "no grapheme was taken apart"


def test_long_names_shrink_then_wrap_then_are_cut() -> None:
    name = "Maximiliane Alexandra von Hohenstein"
    shrunk = fitted(name, 50, round(length(name, 42, bold=True)), lines=2, bold=True)
    wrapped = fitted(name, 50, round(length(name, 30, bold=True)), lines=2, bold=True)
    cut = fitted(name, 50, round(length(name, 10, bold=True)), lines=2, bold=True)

    assert (len(shrunk.lines), shrunk.cut) == (1, False)
    assert shrunk.size < 50
    assert (len(wrapped.lines), wrapped.cut) == (2, False)
    assert cut.cut
    assert cut.lines[-1].endswith("…")


@pytest.mark.parametrize("language", ["en", "de-AT", "fr", "es-MX", "pl", "ar", "he", "uk", "tr"])
def test_the_words_of_the_page_are_in_the_workers_language(language: str) -> None:
    words = words_in(language)
    assert words.language == language[:2]


def test_words_without_a_font_or_a_language_unknown_come_in_english() -> None:
    for language in ("", "tlh", "x" * 50, "../../etc", "de_", "xx-YY"):
        assert words_in(language).language in {"en", "de"}
    for language in languages():
        phrases = words_in(language).phrases
        assert not missing(phrases.temporary + phrases.expires + phrases.until)


def test_the_first_face_that_has_all_is_taken() -> None:
    assert not face_for("Zoë").lacks("Zoë")
