"""Which font has the glyphs of a text. Pillow substitutes none: what a font lacks, it draws as a box."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

from fontTools.ttLib import TTFont
from PIL import ImageFont

_DEBIAN: Final = Path("/usr/share/fonts/truetype")
#: In the order tried: Debian's, then the one that comes from PyPI and is always there.
_FAMILIES: Final = (
    (_DEBIAN / "noto/NotoSans-Regular.ttf", _DEBIAN / "noto/NotoSans-Bold.ttf"),
    (_DEBIAN / "dejavu/DejaVuSans.ttf", _DEBIAN / "dejavu/DejaVuSans-Bold.ttf"),
    (_DEBIAN / "noto/NotoSansArabic-Regular.ttf", _DEBIAN / "noto/NotoSansArabic-Bold.ttf"),
    (_DEBIAN / "noto/NotoSansHebrew-Regular.ttf", _DEBIAN / "noto/NotoSansHebrew-Bold.ttf"),
    (_DEBIAN / "noto/NotoSansThai-Regular.ttf", _DEBIAN / "noto/NotoSansThai-Bold.ttf"),
    (_DEBIAN / "noto/NotoSansDevanagari-Regular.ttf", _DEBIAN / "noto/NotoSansDevanagari-Bold.ttf"),
)


@dataclass(frozen=True)
class Face:
    """One font file and the characters it has."""

    path: Path
    characters: frozenset[int]

    def lacks(self, text: str) -> str:
        """The characters of `text` this font has no glyph for, each once."""
        return "".join(
            dict.fromkeys(char for char in text if not char.isspace() and ord(char) not in self.characters)
        )

    def at(self, size: int) -> ImageFont.FreeTypeFont:
        """This font, `size` dots high."""
        return _opened(self.path, size)


@cache
def _opened(path: Path, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, size)


@cache
def _face(path: Path) -> Face:
    with TTFont(path, lazy=True) as font:
        return Face(path, frozenset(font.getBestCmap()))


@cache
def _paths(*, bold: bool) -> tuple[Path, ...]:
    packaged = Path(str(files("font_roboto"))) / "files"
    families = (*_FAMILIES, (packaged / "Roboto-Regular.ttf", packaged / "Roboto-Bold.ttf"))
    return tuple(pair[bold] for pair in families if pair[bold].is_file())


def face_for(text: str, *, bold: bool = False) -> Face:
    """The first font that has every glyph of `text`; where none has, the one that lacks fewest."""
    best: Face | None = None
    for path in _paths(bold=bold):
        face = _face(path)
        if not face.lacks(text):
            return face
        if best is None or len(face.lacks(text)) < len(best.lacks(text)):
            best = face
    assert best is not None, "font-roboto is a dependency"
    return best
