"""What stands where on a page: templates, as data. The packaged ones are in `templates/`, one TOML file each."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Final, Literal, TypeAlias

import msgspec

from drivers.wire.mismatch import explained
from drivers.wire.options import nearest
from kiosk.badge.size import MM_PER_INCH, SIDE_MM, Printer

#: Of these a part shows one alone; the others are texts and may share a line.
_ALONE: Final = frozenset({"symbol", "temporary", "photo", "logo", "pin", "pin_note"})
_OF_SLIPS: Final = frozenset({"pin", "pin_title", "pin_note"})
_OF_BADGES: Final = frozenset({"symbol", "temporary", "expires", "photo", "code_id"})
Field: TypeAlias = Literal[
    "name",
    "organisation",
    "role",
    "station",
    "code_id",
    "expires",
    "temporary",
    "photo",
    "logo",
    "symbol",
    "pin",
    "pin_title",
    "pin_note",
]
Mm: TypeAlias = Annotated[float, msgspec.Meta(gt=0, le=300)]


class TemplateError(ValueError):
    """The template cannot be used. `str` names where it is from, the key's whole path, and the nearest right one."""


class Sheet(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`paper`: a receipt is as long as it must be, a label `height_mm` high. Millimetres throughout.

    `beside`: the symbol in a column of its own at the left, everything else at its right.
    """

    paper: Literal["receipt", "label"]
    width_mm: Mm
    height_mm: Mm | None = None
    margin_mm: Annotated[float, msgspec.Meta(ge=0, le=30)] = 1.5
    gap_mm: Annotated[float, msgspec.Meta(ge=0, le=30)] = 1.25
    beside: bool = False


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One thing below the other. `size_mm`: of letters their height, of a picture or symbol its side at most.

    `lines`: of a text, how many it may take; of the band `temporary`, what it says: 1 the word and the time in one
    line, 2 the time below the word, 3 the day too. `optional`: left out where a label has no room for it. `even`: the
    symbol gets an even number of dots a module.
    """

    show: tuple[Field, ...]
    size_mm: Mm
    bold: bool = False
    lines: Annotated[int, msgspec.Meta(ge=1, le=6)] = 1
    optional: bool = False
    even: bool = True


class Template(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A page of one kind. `document`: a badge, or the slip a PIN is handed over on."""

    title: str
    page: Sheet
    part: tuple[Part, ...]
    document: Literal["badge", "pin_slip"] = "badge"


def parse(text: str, where: str) -> Template:
    """A template out of TOML. `where` names it in errors. Raises TemplateError."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        raise TemplateError(f"{where}: {wrong}") from None
    _check_keys(table, Template, "", where)
    try:
        template = msgspec.convert(table, Template)
    except msgspec.ValidationError as wrong:
        path, reason = explained(wrong, Template)
        raise TemplateError(f"{where}: {path or 'the file'}: {reason}") from None
    _check(template, where)
    return template


def _check_keys(table: dict[str, Any], shape: type[msgspec.Struct], path: str, where: str) -> None:
    right = [field.name for field in msgspec.structs.fields(shape)]
    for name, value in table.items():
        if name not in right:
            raise TemplateError(f"{where}: {path}{name}: there is no such key; {nearest(name, right)}")
        if shape is Template and name == "page" and isinstance(value, dict):
            _check_keys(value, Sheet, "page.", where)
        if shape is Template and name == "part" and isinstance(value, list):
            for at, part in enumerate(value):
                if isinstance(part, dict):
                    _check_keys(part, Part, f"part[{at}].", where)


def _check(template: Template, where: str) -> None:
    """What the shape alone does not say."""
    shown = [field for part in template.part for field in part.show]
    for at, part in enumerate(template.part):
        if not part.show:
            raise TemplateError(f"{where}: part[{at}].show: it shows nothing")
        if len(part.show) > 1 and (alone := _ALONE.intersection(part.show)):
            raise TemplateError(f"{where}: part[{at}].show: {min(alone)} stands alone")
        if "symbol" in part.show and part.size_mm > SIDE_MM * 2:
            raise TemplateError(f"{where}: part[{at}].size_mm: a symbol is at most {SIDE_MM * 2:g} mm wide")
    slip = template.document == "pin_slip"
    if wrong := [field for field in shown if field in (_OF_BADGES if slip else _OF_SLIPS)]:
        what = "a PIN slip" if slip else "a badge"
        raise TemplateError(f"{where}: part: {wrong[0]} is never on {what}")
    required: tuple[Field, ...] = ("pin",) if slip else ("symbol", "temporary")
    for field in required:
        if shown.count(field) != 1:
            raise TemplateError(f"{where}: part: exactly one part must show {field}")
    if (template.page.paper == "label") != (template.page.height_mm is not None):
        raise TemplateError(f"{where}: page.height_mm: a label has one, and a receipt has none")
    if template.page.beside and slip:
        raise TemplateError(f"{where}: page.beside: a PIN slip has no symbol")


@cache
def packaged() -> dict[str, Template]:
    """The templates that come with the station, by name."""
    folder = files("kiosk.badge").joinpath("templates")
    found = sorted((file for file in folder.iterdir() if file.name.endswith(".toml")), key=lambda file: file.name)
    return {file.name.removesuffix(".toml"): parse(file.read_text(encoding="utf-8"), file.name) for file in found}


def fitting(printer: Printer, document: Literal["badge", "pin_slip"] = "badge") -> Template:
    """The packaged template for this printer's paper."""
    if document == "pin_slip":
        return packaged()["pin-slip" if printer.height is None else "pin-slip-label"]
    if printer.height is not None:
        return packaged()["label-4x2" if 2 * printer.width > 3 * printer.height else "label-2x2"]
    narrow = printer.width / printer.dpi * MM_PER_INCH < 60  # noqa: PLR2004 - 58 mm paper has 48 mm of dots
    return packaged()["receipt-58" if narrow else "receipt-80"]
