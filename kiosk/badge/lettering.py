"""A line of text as dots, in whatever scripts and fonts it takes."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby, pairwise
from math import ceil
from typing import Final, Literal, TypeAlias

from PIL import Image, ImageDraw

from kiosk.badge.fonts import Face, face_for, faces_for, graphemes

Direction: TypeAlias = Literal["ltr", "rtl"]
#: Control characters, halves of surrogate pairs, private and unassigned ones: nothing a name is written with.
_NOT_TEXT: Final = frozenset({"Cc", "Cs", "Co", "Cn"})
#: Embeddings, overrides and isolates: they turn a name round for the reader of the badge.
_TURNING: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
#: Drawn in the place of what no font has. The caller reports it.
SUBSTITUTE: Final = "?"
#: How much of a dot a stroke must cover to fill it, of 255.
_COVERED: Final = 127


@dataclass(frozen=True)
class Run:
    """A piece of a line in one font and one direction. `direction` None: the whole line, which its shaper orders."""

    text: str
    face: Face
    direction: Direction | None = None

    def length(self, size: int) -> float:
        """Its advance in dots."""
        return self.face.at(size).getlength(self.text, direction=self.direction)


def clean(text: str) -> str:
    """`text` composed, on one line, without what is no text."""
    spaced = (" " if char.isspace() else char for char in text)
    kept = (char for char in spaced if unicodedata.category(char) not in _NOT_TEXT and char not in _TURNING)
    return " ".join(unicodedata.normalize("NFC", "".join(kept)).split())


@lru_cache(maxsize=512)
def runs(text: str, *, bold: bool) -> tuple[Run, ...]:
    """The line `text` from left to right as it is seen."""
    face = face_for(text, bold=bold)
    if not face.lacks(text):
        return (Run(text, face),) if text else ()
    pieces = _pieces(text, bold=bold)
    base: Direction = next((direction for char in text if (direction := _strong(char))), "ltr")
    groups = [
        (direction, [Run("".join(one for _, one, _ in same), face, direction) for face, same in _by_face(of)])
        for direction, of in groupby(_resolved(pieces, base), key=lambda piece: piece[2])
    ]
    seen = reversed(groups) if base == "rtl" else groups
    return tuple(run for direction, of in seen for run in (reversed(of) if direction == "rtl" else of))


_Piece: TypeAlias = tuple[Face, str, Direction]


def _pieces(text: str, *, bold: bool) -> list[tuple[Face, str]]:
    """Each grapheme with the font it is drawn in: that of the one before it while that has it."""
    faces = list(faces_for(text, bold=bold))
    pieces: list[tuple[Face, str]] = []
    for one in graphemes(text):
        near = [pieces[-1][0], *faces] if pieces else faces
        face = next((face for face in near if face.has(one)), None)
        pieces.append((face, one) if face else (faces[0], SUBSTITUTE))
    return pieces


def _resolved(pieces: list[tuple[Face, str]], base: Direction) -> Iterator[_Piece]:
    """The pieces with their direction; what has none takes that of its neighbours if both agree, else the line's."""
    strong = [_strong(one[0]) for _, one in pieces]
    for at, (face, one) in enumerate(pieces):
        before = next((direction for direction in reversed(strong[: at + 1]) if direction), base)
        after = next((direction for direction in strong[at:] if direction), base)
        yield face, one, before if before == after else base


def _by_face(pieces: Iterator[_Piece]) -> Iterator[tuple[Face, Iterator[_Piece]]]:
    return groupby(pieces, key=lambda piece: piece[0])


def _strong(char: str) -> Direction | None:
    match unicodedata.bidirectional(char):
        case "L":
            return "ltr"
        case "R" | "AL":
            return "rtl"
    return None


def length(text: str, size: int, *, bold: bool) -> float:
    """Dots the line takes across."""
    return sum(run.length(size) for run in runs(text, bold=bold))


@dataclass(frozen=True)
class _Line:
    """A drawn line. `above` and `below` are the dots it reaches over and under its baseline."""

    dots: Image.Image
    above: int
    below: int


def block(lines: list[str], size: int, *, bold: bool, centred: bool = True) -> Image.Image:
    """The lines below each other, black on white, cut to their ink. Mode 1; of one dot when there is no ink."""
    drawn = [line for text in lines if (line := _line(text, size, bold=bold))]
    baselines = [drawn[0].above] if drawn else []
    for upper, lower in pairwise(drawn):
        pitch = max(round(1.12 * size), upper.below + lower.above + max(2, size // 10))
        baselines.append(baselines[-1] + pitch)
    width = max((line.dots.width for line in drawn), default=1)
    height = baselines[-1] + drawn[-1].below if drawn else 1
    out = Image.new("1", (width, max(1, height)), 1)
    for line, baseline in zip(drawn, baselines, strict=True):
        left = (width - line.dots.width) // 2 if centred else 0
        out.paste(line.dots, (left, baseline - line.above))
    return out


def _line(text: str, size: int, *, bold: bool) -> _Line | None:
    parts = runs(text, bold=bold)
    # Room for accents above capitals and for marks that reach out of their advance.
    baseline = 2 * size
    grey = Image.new("L", (ceil(length(text, size, bold=bold)) + 2 * size, 3 * size + size // 2), 255)
    pen, x = ImageDraw.Draw(grey), float(size)
    for run in parts:
        pen.text((x, baseline), run.text, font=run.face.at(size), fill=0, anchor="ls", direction=run.direction)
        x += run.length(size)
    # Drawn grey and then cut at the middle: Pillow's own 1-bit text drops thin strokes.
    dots = grey.point(lambda dot: 255 if dot > _COVERED else 0, mode="1")
    box = Image.eval(dots, lambda dot: 255 - dot).getbbox()
    if box is None:
        return None
    return _Line(dots.crop(box), above=baseline - box[1], below=box[3] - baseline)
