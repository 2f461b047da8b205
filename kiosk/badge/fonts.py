"""Which font has the glyphs of a text. Pillow substitutes none: what a font lacks, it draws as a box."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

import regex  # type: ignore[import-untyped]
from fontTools import unicodedata as scripts
from fontTools.ttLib import TTFont
from PIL import ImageFont

_SHARE: Final = Path("/usr/share/fonts")
_NOTO: Final = _SHARE / "truetype/noto"
_DEJAVU: Final = _SHARE / "truetype/dejavu"
#: Latin, Greek and Cyrillic; then all those with Arabic and Hebrew in one, which mixed names need.
_FIRST: Final = (
    (_NOTO / "NotoSans-Regular.ttf", _NOTO / "NotoSans-Bold.ttf"),
    (_DEJAVU / "DejaVuSans.ttf", _DEJAVU / "DejaVuSans-Bold.ttf"),
)
#: Chinese, Japanese and Korean, by the Debian package that brings them: fonts-noto-cjk, fonts-droid-fallback,
#: fonts-wqy-microhei, fonts-ipafont-gothic.
_CJK: Final = (
    (_SHARE / "opentype/noto/NotoSansCJK-Regular.ttc", _SHARE / "opentype/noto/NotoSansCJK-Bold.ttc"),
    (Path("/usr/share/fonts-droid-fallback/truetype/DroidSansFallback.ttf"),) * 2,
    (_SHARE / "truetype/droid/DroidSansFallbackFull.ttf",) * 2,
    (_SHARE / "truetype/wqy/wqy-microhei.ttc",) * 2,
    (_SHARE / "opentype/ipafont-gothic/ipag.ttf",) * 2,
)
_CJK_SCRIPTS: Final = frozenset({"Hani", "Hira", "Kana", "Hang", "Bopo"})
#: Scripts of no font of their own.
_SHARED: Final = frozenset({"Zyyy", "Zinh", "Zzzz", "Latn", "Grek", "Cyrl"})


@dataclass(frozen=True)
class Face:
    """One font file and the characters it has."""

    path: Path
    characters: frozenset[int]

    def has(self, grapheme: str) -> bool:
        """Whether every visible character of `grapheme` has a glyph here."""
        return all(char.isspace() or _invisible(char) or ord(char) in self.characters for char in grapheme)

    def lacks(self, text: str) -> str:
        """The graphemes of `text` this font cannot draw, each once."""
        return "".join(dict.fromkeys(one for one in graphemes(text) if not self.has(one)))

    def at(self, size: int) -> ImageFont.FreeTypeFont:
        """This font, `size` dots high."""
        return _opened(self.path, size)


def graphemes(text: str) -> list[str]:
    """What people take for single characters (UAX #29)."""
    return [str(one) for one in regex.findall(r"\X", text)]


def _invisible(char: str) -> bool:
    # Joiners, marks of direction and variation selectors: fonts act on them and need not have them.
    return unicodedata.category(char) == "Cf" or "\ufe00" <= char <= "\ufe0f"


@cache
def _opened(path: Path, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, size)


@cache
def _face(path: Path) -> Face:
    with TTFont(path, lazy=True, fontNumber=0) as font:
        return Face(path, frozenset(font.getBestCmap()))


@cache
def _present(pairs: tuple[tuple[Path, Path], ...], *, bold: bool) -> tuple[Path, ...]:
    return tuple(pair[bold] if pair[bold].is_file() else pair[0] for pair in pairs if pair[0].is_file())


@cache
def _packaged(*, bold: bool) -> Path:
    # The one that comes from PyPI and is always there.
    return Path(str(files("font_roboto"))) / "files" / ("Roboto-Bold.ttf" if bold else "Roboto-Regular.ttf")


def _candidates(text: str, *, bold: bool) -> Iterator[Path]:
    yield from _present(_FIRST, bold=bold)
    found = dict.fromkeys(scripts.script(char) for char in text)
    for script in found:
        if script in _CJK_SCRIPTS:
            yield from _present(_CJK, bold=bold)
        elif script not in _SHARED:
            yield from _present(_noto(script), bold=bold)
    yield _packaged(bold=bold)


@cache
def _noto(script: str) -> tuple[tuple[Path, Path], ...]:
    name = scripts.script_name(script, default="").replace("_", "")
    families = (f"NotoSans{name}", f"NotoSerif{name}")
    return tuple((_NOTO / f"{family}-Regular.ttf", _NOTO / f"{family}-Bold.ttf") for family in families)


def face_for(text: str, *, bold: bool = False) -> Face:
    """The first font that has every glyph of `text`; where none has, the one that lacks fewest."""
    faces = faces_for(text, bold=bold)
    best = next(faces)
    fewest = len(best.lacks(text))
    for face in faces:
        if not fewest:
            break
        if (lacks := len(face.lacks(text))) < fewest:
            best, fewest = face, lacks
    return best


def faces_for(text: str, *, bold: bool = False) -> Iterator[Face]:
    """The fonts for the scripts of `text`, in the order they are tried; at least one. Most texts need the first."""
    return (_face(path) for path in _candidates(text, bold=bold))


def missing(text: str) -> str:
    """The graphemes of `text` that no font at hand can draw, each once."""
    lacking = list(dict.fromkeys(graphemes(text)))
    for face in faces_for(text):
        lacking = [one for one in lacking if not face.has(one)]
        if not lacking:
            break
    return "".join(lacking)
