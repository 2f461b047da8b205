"""Large letters, figures, the flow of items, and text from elsewhere."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.content import Content

from kiosk.ui.plain import plain, sentence
from kiosk.ui.theme import look
from kiosk.ui.widgets.figures import Figure, figure
from kiosk.ui.widgets.flow import pack
from kiosk.ui.widgets.half_blocks import lettering

cells = st.integers(1, 90)


@given(text=st.text("AEW mi.", min_size=1, max_size=20).filter(str.strip), columns=cells, rows=st.integers(1, 30))
def test_letters_stay_in_their_place(text: str, columns: int, rows: int) -> None:
    drawn = lettering(text, columns, rows)

    assert len(drawn) <= rows
    assert all(len(line) <= columns for line in drawn)


def test_more_room_means_larger_letters() -> None:
    assert len(lettering("WORKS", 56, 12)) < len(lettering("WORKS", 112, 24))


def test_letters_are_drawn_with_the_blocks_every_console_has() -> None:
    assert set("".join(lettering("WORKS", 56, 12))) <= set(" ▀▄█")


@pytest.mark.parametrize("text", ["Μαρία", "Łódź", "Żółć"])
def test_other_scripts_are_letters_too(text: str) -> None:
    """Not a row of equal boxes, which is what a font draws for glyphs it lacks."""
    drawn = lettering(text, 100, 10)

    assert drawn
    assert drawn != lettering("\U0010fffd" * len(text), 100, 10)


@given(which=st.sampled_from(Figure), columns=cells, rows=st.integers(1, 40))
def test_figures_stay_in_their_place(which: Figure, columns: int, rows: int) -> None:
    drawn = figure(which, columns, rows)

    assert len(drawn) <= max(rows, 9)
    assert all(len(line) <= max(columns, 17) for line in drawn)


def test_figures_differ() -> None:
    assert len({figure(which, 20, 10) for which in Figure}) == len(Figure)


@given(texts=st.lists(st.text("abc ", min_size=1, max_size=30)), width=st.integers(1, 80))
def test_items_flow_in_order_and_within_the_width(texts: list[str], width: int) -> None:
    rows = pack([Content(text) for text in texts], width)

    assert [item.plain for row in rows for item in row] == [text[:width] for text in texts]
    assert all(sum(item.cell_length for item in row) + 3 * (len(row) - 1) <= width for row in rows)


@given(st.text())
def test_text_from_elsewhere_cannot_steer_a_terminal(text: str) -> None:
    shown = plain(text)

    assert all(unicodedata.category(char)[0] != "C" or char in "\u200c\u200d" for char in shown)
    assert "\n" not in shown


def test_letters_of_every_script_are_kept() -> None:
    assert plain("Zoë Müller, 李小龙, می‌خواهم") == "Zoë Müller, 李小龙, می‌خواهم"


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Zofia Śliwińska", "Zofia Sliwinska"),
        ("Łukasz Żółć", "Lukasz Zólc"),
        ("Zoë Müller", "Zoë Müller"),
        ("李", "?"),
    ],
)
def test_a_console_writes_a_name_without_the_accents_its_font_lacks(name: str, written: str) -> None:
    assert look("linux").legible(name) == written
    assert look("xterm-256color").legible(name) == name


@pytest.mark.parametrize(("line", "said"), [("out of paper", "Out of paper."), ("Wait.", "Wait."), ("", "")])
def test_the_line_of_an_error_becomes_a_sentence(line: str, said: str) -> None:
    assert sentence(line) == said
