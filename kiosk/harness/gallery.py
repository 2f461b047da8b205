"""Badges as pictures for the manual: each template, long names, each script. `make gallery` draws them."""

from __future__ import annotations

import io
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image, ImageOps

from drivers.wire.profiles import profiles
from drivers.wire.secret import Secret
from kiosk.badge import page, qr, template
from kiosk.badge.kind import CodeKind
from kiosk.badge.slip import Slip, draw_slip
from kiosk.stationery import NOBODY, nobodys

_EXPIRES: Final = datetime(2027, 12, 21, 18, 0, tzinfo=UTC)
_ORGANISATION, _STATION = "Contoso Stores", "gate 3"
#: White around a page, and the line that shows where its paper ends.
_AROUND: Final = 10


@dataclass(frozen=True)
class Picture:
    """One picture of the gallery: `profile` names template and printer alike."""

    file: str
    says: str
    profile: str
    name: str
    language: str = "en"
    role: str = ""
    temporary: bool = False
    photo: bool = False
    logo: bool = False


PICTURES: Final = (
    Picture("receipt-80", "80 mm receipt, standard", "receipt-80", "Ada Okafor", role="Shift lead"),
    Picture("receipt-80-temporary", "80 mm receipt, temporary", "receipt-80", "Ada Okafor", temporary=True),
    Picture("receipt-80-full", "80 mm receipt with logo and photo", "receipt-80", "Ada Okafor", "en", "Shift lead",
            photo=True, logo=True),
    Picture("receipt-58", "58 mm receipt, standard", "receipt-58", "Ada Okafor", role="Shift lead"),
    Picture("receipt-58-temporary", "58 mm receipt, temporary, in French", "receipt-58", "Zoé Lefèvre", "fr",
            temporary=True),
    Picture("label-2x2", "2 in x 2 in label, standard", "label-2x2", "Ada Okafor"),
    Picture("label-2x2-temporary", "2 in x 2 in label, temporary, in German", "label-2x2", "Jörg Weiß", "de",
            temporary=True),
    Picture("label-4x2", "4 in x 2 in label, standard", "label-4x2", "Ada Okafor", role="Shift lead", logo=True),
    Picture("label-4x2-temporary", "4 in x 2 in label, temporary", "label-4x2", "Ada Okafor", role="Shift lead",
            temporary=True),
    Picture("long-name-wrapped", "a long name is shrunk, then wrapped", "receipt-80",
            "Maximiliane Alexandra von Hohenstein zu Wittelsbach", "de"),
    Picture("long-name-cut", "a name longer than anybody's is cut", "label-2x2",
            "Maximiliane Alexandra Theodora Wilhelmina von Hohenstein zu Wittelsbach und Nassau-Weilburg", "de"),
    Picture("polish", "Polish", "label-4x2", "Żaneta Łęcka-Śliwińska", "pl", role="Kierowniczka zmiany"),
    Picture("vietnamese", "Vietnamese name", "label-4x2", "Nguyễn Thị Ánh Tuyết"),
    Picture("greek", "Greek", "label-4x2", "Γιώργος Παπαδόπουλος", "el", temporary=True),
    Picture("ukrainian", "Ukrainian", "label-4x2", "Ірина Кузьменко", "uk", temporary=True),
    Picture("arabic", "Arabic, right to left and shaped", "label-4x2", "ليلى حداد", "ar", "مشرفة الوردية",
            temporary=True),
    Picture("hebrew", "Hebrew and Latin in one name", "label-4x2", "דוד כהן Smith", "he"),
    Picture("hindi", "Hindi", "label-4x2", "अनिता शर्मा", "hi", temporary=True),
    Picture("no-font", "no font for a script: question marks, and it is said", "label-4x2", "山田 太郎", "ja"),
)  # fmt: skip


SLIPS: Final = (
    (
        "pin-slip",
        page.Printer(576, 203),
        "the slip of a PIN: a page of its own, and off unless `badge.pin_slip` is set",
    ),
    ("pin-slip-label", page.Printer(406, 203, 406), "the slip of a PIN on a label"),
)


def _code() -> qr.Symbol:
    return qr.from_content(nobodys("nobody@example.invalid", random=False), level="l")


def drawn(picture: Picture) -> page.Drawn:
    """The page of one picture."""
    profile = profiles()[picture.profile]
    artwork = page.Artwork(
        name=picture.name,
        organisation=_ORGANISATION,
        station=_STATION,
        kind=CodeKind.TEMPORARY if picture.temporary else CodeKind.STANDARD,
        expires=_EXPIRES,
        code_id=str(NOBODY),
        role=picture.role,
        language=picture.language,
        photo=_face() if picture.photo else None,
        logo=_logo() if picture.logo else None,
    )
    paper = page.Printer(profile.width, profile.dpi, profile.height)
    return page.compose(_code(), artwork, paper, template.packaged()[picture.profile])


def _face() -> bytes:
    """A photograph of nobody: a shaded head before a shaded wall."""
    y, x = np.mgrid[-1:1:240j, -1:1:180j]
    wall = 150 + 50 * y
    shoulders = np.where((x / 0.85) ** 2 + ((y - 1.1) / 0.62) ** 2 < 1, 80 + 30 * x, wall)
    neck = np.where((np.abs(x) < 0.2) & (y > 0) & (y < 0.65), 165, shoulders)  # noqa: PLR2004
    hair = np.where((x / 0.52) ** 2 + ((y + 0.3) / 0.46) ** 2 < 1, 40, neck)
    head = np.where((x / 0.42) ** 2 + ((y + 0.12) / 0.42) ** 2 < 1, 205 - 40 * x, hair)
    return _png(Image.fromarray(np.clip(head, 0, 255).astype(np.uint8)))


def _logo() -> bytes:
    """Somebody's mark: three bars in a ring."""
    y, x = np.mgrid[-1:1:240j, -1:1:240j]
    far = np.hypot(x, y)
    ring = np.abs(far - 0.92) < 0.08  # noqa: PLR2004
    bars = (far < 0.7) & (np.abs((x + 0.7) % 0.5 - 0.22) < 0.14)  # noqa: PLR2004
    return _png(Image.fromarray(np.where(ring | bars, 0, 255).astype(np.uint8)))


def _png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def _framed(image: Image.Image) -> Image.Image:
    return ImageOps.expand(ImageOps.expand(image, _AROUND, 255), 1, 0)


def write(folder: Path) -> None:
    """Every picture into `folder`, and the page that shows them beside it. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    for picture in PICTURES:
        _framed(page.picture_of(drawn(picture).page)).save(folder / f"{picture.file}.png", optimize=True)
    slip = Slip("Ada Okafor", _ORGANISATION, _STATION, Secret("00000000"), "en")
    for file, paper, _ in SLIPS:
        _framed(page.picture_of(draw_slip(slip, paper))).save(folder / f"{file}.png", optimize=True)
    (folder.parent / f"{folder.name}.md").write_text(text(folder.name), encoding="utf-8")


def text(folder: str) -> str:
    """The page that shows the pictures."""
    shown = [(picture.file, picture.says) for picture in PICTURES]
    shown += [(file, says) for file, _, says in SLIPS]
    parts = (f"\n## {says[:1].upper()}{says[1:]}\n![{says}]({folder}/{file}.png)\n" for file, says in shown)
    return _OPENING + "".join(parts)


_OPENING: Final = """# Badges

Each as its printer is sent it, one pixel a dot, 203 dpi, with a thin frame where the paper ends. `make gallery` draws
them again; the codes are nobody's. How to change what stands where: [media.md](media.md).
"""


if __name__ == "__main__":
    write(Path(sys.argv[1]))
