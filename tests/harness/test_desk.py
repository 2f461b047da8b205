"""The desk's own logic: what is held, what is kept, what the hand does by itself."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kiosk.clock import ManualClock
from kiosk.errors import UsageError
from kiosk.harness import desk_words as words
from kiosk.harness.desk import HOLD_AFTER, HOLD_FOR, Desk
from kiosk.harness.escpos_printer import EscposPrinter
from kiosk.harness.paper import Sheet

Sheets = Callable[..., Sheet]
Contents = Callable[[int], bytes]
Reader = Callable[[object], list[bytes]]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 1, 1, tzinfo=UTC))


@pytest.fixture
def desk(clock: ManualClock) -> Desk:
    return Desk(EscposPrinter(), clock=clock)


def numbered(sheet: Sheet, number: int) -> Sheet:
    return replace(sheet, number=number)


def test_what_is_held_is_what_the_camera_sees(
    desk: Desk, sheet_of: Sheets, content: Contents, reader: Reader
) -> None:
    assert reader(desk.frame()) == []
    assert desk.printed(sheet_of(1)) == words.Printed(1, torn=False)
    desk.printed(numbered(sheet_of(2), 2))
    for which, seed in (("newest", 2), ("first", 1), (2, 2)):
        assert desk.obey(words.Hold(paper=which)) == words.Held(seed, "new")  # type: ignore[arg-type]
        assert reader(desk.frame()) == [content(seed)]
    assert desk.obey(words.Remove()) == words.Removed()
    assert reader(desk.frame()) == []


def test_a_view_is_the_frame_as_png(desk: Desk, sheet_of: Sheets, content: Contents, reader: Reader) -> None:
    desk.printed(sheet_of(1))
    desk.obey(words.Hold())
    viewed = desk.obey(words.LookAt())
    assert isinstance(viewed, words.Viewed)
    assert len(words.line(viewed)) < 1 << 20
    assert len(repr(viewed)) < 50
    assert reader(np.array(Image.open(io.BytesIO(base64.b64decode(viewed.png_base64))))) == [content(1)]


def test_the_same_paper_is_as_worn_each_time_it_is_held(clock: ManualClock, sheet_of: Sheets) -> None:
    def still() -> bytes:
        desk = Desk(EscposPrinter(), clock=clock, seed=4)
        desk.printed(sheet_of(1))
        desk.obey(words.Hold(as_="worn"))
        return desk._seen.tobytes()

    assert still() == still()


@pytest.mark.parametrize("which", ["newest", "first", 7])
def test_paper_that_is_not_there_cannot_be_held(desk: Desk, which: words.Which) -> None:
    with pytest.raises(UsageError, match="nothing has been printed"):
        desk.obey(words.Hold(paper=which))


def test_paper_with_another_number_cannot_be_held(desk: Desk, sheet_of: Sheets) -> None:
    desk.printed(sheet_of(1))
    with pytest.raises(UsageError, match="no paper 7"):
        desk.obey(words.Hold(paper=7))


@pytest.mark.parametrize(("rows", "held"), [(1, True), (30, True), (20_000, False)])
def test_a_snippet_can_be_held_and_a_whole_roll_cannot(*, desk: Desk, rows: int, held: bool) -> None:
    desk.printed(Sheet(1, 576, 203, bytes(72 * rows)))
    if held:
        assert desk.obey(words.Hold(as_="worn")) == words.Held(1, "worn")
    else:
        with pytest.raises(UsageError, match="too long"):
            desk.obey(words.Hold())


def test_the_printer_fails_and_recovers_by_command(clock: ManualClock) -> None:
    printer = EscposPrinter()
    desk = Desk(printer, clock=clock)
    assert desk.obey(words.parse(b'{"do":"fault","name":"paper_out","after_rows":3}')) == words.Faulted("paper_out")
    assert printer.condition.rows_left == 3
    assert desk.obey(words.Repair()) == words.Repaired()
    assert printer.condition.rows_left > 3
    printer.receive(b"?")
    assert desk.obey(words.ListPapers()) == words.Papers([], [(0, "text")])


def test_papers_are_listed_with_their_size(desk: Desk, sheet_of: Sheets) -> None:
    sheet = sheet_of(1)
    desk.printed(sheet)
    assert desk.obey(words.ListPapers()) == words.Papers([words.PaperThere(1, 576, sheet.height, False)], [])


# --- pictures


def test_pictures_are_kept_where_they_were_asked_for(
    clock: ManualClock, tmp_path: Path, sheet_of: Sheets, content: Contents, reader: Reader
) -> None:
    desk = Desk(EscposPrinter(), clock=clock, keep=tmp_path)
    desk.printed(sheet_of(1))
    desk.obey(words.Hold())
    desk.obey(words.Hold(as_="worn"))
    names = ["paper-1.png", "view-1-new.png", "view-1-worn.png"]
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    for name in names[:2]:
        with Image.open(tmp_path / name) as picture:
            assert reader(picture.convert("L")) == [content(1)]


def test_a_view_is_kept_the_first_time_only(clock: ManualClock, tmp_path: Path, sheet_of: Sheets) -> None:
    desk = Desk(EscposPrinter(), clock=clock, keep=tmp_path)
    desk.printed(sheet_of(1))
    desk.obey(words.Hold())
    first = (tmp_path / "view-1-new.png").read_bytes()
    desk.obey(words.Hold())
    assert (tmp_path / "view-1-new.png").read_bytes() == first


# --- by itself


def seen_after(desk: Desk, clock: ManualClock, seconds: float, reader: Reader) -> list[bytes]:
    clock.advance(seconds)
    desk.tick()
    return reader(desk.frame())


def test_by_itself_a_new_sheet_is_held_up_a_while_after_the_cut(
    desk: Desk, clock: ManualClock, sheet_of: Sheets, content: Contents, reader: Reader
) -> None:
    desk.obey(words.Auto())
    assert desk.due() is None
    desk.printed(sheet_of(1))
    assert desk.due() == HOLD_AFTER
    assert seen_after(desk, clock, HOLD_AFTER - 0.1, reader) == []
    assert seen_after(desk, clock, 0.1, reader) == [content(1)]
    assert seen_after(desk, clock, HOLD_FOR - 0.1, reader) == [content(1)]
    assert seen_after(desk, clock, 0.1, reader) == []
    assert desk.due() is None


def test_by_itself_the_worn_one_is_shown_worn_and_later_ones_new(
    clock: ManualClock, tmp_path: Path, sheet_of: Sheets, reader: Reader
) -> None:
    desk = Desk(EscposPrinter(), clock=clock, keep=tmp_path)
    desk.printed(sheet_of(1))
    assert desk.obey(words.Auto(worn=1)) == words.Automatic(1, on=True)
    seen_after(desk, clock, HOLD_AFTER, reader)
    desk.printed(numbered(sheet_of(2), 2))
    seen_after(desk, clock, HOLD_AFTER, reader)
    assert sorted(path.name for path in tmp_path.glob("view-*")) == ["view-1-worn.png", "view-2-new.png"]


def test_a_torn_half_is_not_held_up_by_itself(desk: Desk, sheet_of: Sheets) -> None:
    desk.obey(words.Auto())
    desk.printed(replace(sheet_of(1), torn=True))
    assert desk.due() is None


@pytest.mark.parametrize("command", [words.Auto(on=False), words.Remove(), words.Hold()])
def test_a_command_takes_the_hand_back(desk: Desk, sheet_of: Sheets, command: words.Command) -> None:
    desk.obey(words.Auto())
    desk.printed(sheet_of(1))
    desk.obey(command)
    assert desk.due() is None


# --- words


@pytest.mark.parametrize(
    ("line", "command"),
    [
        (b'{"do":"hold","paper":"newest","as":"worn"}', words.Hold("worn", "newest")),
        (b'{"do":"hold","paper":3}', words.Hold("new", 3)),
        (b'{"do":"auto","worn":null}', words.Auto(None)),
        (b'{"do":"fault","name":"silent"}', words.LetFail("silent", {})),
        (b'{"do":"quit"}', words.Quit()),
    ],
)
def test_a_line_is_a_command(line: bytes, command: words.Command) -> None:
    assert words.parse(line) == command


@pytest.mark.parametrize(
    "line", [b"", b"hold", b"[]", b"{}", b'{"do":"jump"}', b'{"do":"hold","papr":1}', b'{"do":"fault"}', b"\xff"]
)
def test_anything_else_is_refused(line: bytes) -> None:
    with pytest.raises(UsageError, match="not a command"):
        words.parse(line)
