"""Parts onto a sheet: below each other, or beside the symbol; on a label, as many as it has room for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from PIL import Image

from kiosk.badge.parts import Content, code, drawn
from kiosk.badge.picture import PictureError
from kiosk.badge.qr import Symbol
from kiosk.badge.size import QUIET, PageError, Printer, dots_per_module
from kiosk.badge.template import Field, Part, Template

#: How far letters are shrunk on a label: before anything is left out, and at last.
_FIRST, _LAST = (1.0, 0.85), (0.7, 0.6)
#: Dots free at each side of even the widest part: a receipt printer's driver moves a page aside when its bytes would
#: be taken for commands.
_ASIDE: Final = 8
#: What a name needs beside a symbol.
_NARROWEST_MM: Final = 15.0


@dataclass(frozen=True)
class Sheet:
    """A page of dots, mode 1. `module`: dots a module of its symbol has, 0 without one. `left_out`: what had no room,
    or was no picture that can be read."""

    image: Image.Image
    module: int = 0
    left_out: tuple[Field, ...] = ()


@dataclass(frozen=True)
class _Room:
    """`width` and `height` of the sheet in dots, height None for a roll."""

    width: int
    height: int | None
    margin: int
    gap: int


@dataclass(frozen=True)
class _Column:
    """Parts below each other, `gap` dots between them; None stands for where the symbol goes, whose quiet zone is
    the gap. `left_out`: pictures that could not be read."""

    parts: tuple[Image.Image | None, ...]
    gap: int
    left_out: tuple[Field, ...] = ()

    @property
    def height(self) -> int:
        """Dots from top to bottom, those of a symbol not counted."""
        joints = sum(1 for upper, lower in pairwise(self.parts) if upper and lower)
        return sum(part.height for part in self.parts if part) + joints * self.gap

    def paste(self, out: Image.Image, left: int, right: int, top: int, symbol: Image.Image | None) -> None:
        """Put everything in the middle between `left` and `right`, from `top` downwards."""
        for part, below in zip(self.parts, (*self.parts[1:], None), strict=True):
            image = part or symbol
            if image is None:
                continue
            x = left + (right - left - image.width) // 2
            if part is None:
                # On even dots, so that a printer that doubles them can draw the symbol from half as many.
                x, top = x & ~1, top + top % 2
            out.paste(image, (x, top))
            top += image.height + (self.gap if part and below else 0)


@dataclass(frozen=True)
class _Drawing:
    """What parts are drawn for. `width`: dots a text may take; `band`: dots the band of a temporary badge takes."""

    printer: Printer
    width: int
    band: int
    gap: int


def arranged(template: Template, content: Content, printer: Printer) -> Sheet:
    """The page. Raises PageError where symbol and what must not be left out do not fit."""
    room = _room(template, printer)
    if content.symbol and template.page.beside:
        return _beside(template, content, content.symbol, printer, room)
    return _stacked(template, content, printer, room)


def _room(template: Template, printer: Printer) -> _Room:
    page = template.page
    margin, gap = printer.dots(page.margin_mm), printer.dots(page.gap_mm)
    if page.paper == "receipt":
        return _Room(printer.width, None, margin, gap)
    assert page.height_mm is not None, "a label has a height"
    height = printer.dots(page.height_mm)
    return _Room(min(printer.width, printer.dots(page.width_mm)), min(height, printer.height or height), margin, gap)


def _attempts(template: Template, room: _Room) -> Iterator[tuple[tuple[Part, ...], float]]:
    """What to draw at what scale, the best first. On a roll there is room for everything."""
    yield template.part, _FIRST[0]
    if room.height is None:
        return
    yield template.part, _FIRST[1]
    parts = list(template.part)
    for optional in [part for part in reversed(template.part) if part.optional]:
        parts.remove(optional)
        yield tuple(parts), _FIRST[1]
    for scale in _LAST:
        yield tuple(parts), scale


def _column(template: Template, parts: tuple[Part, ...], content: Content, scale: float, draw: _Drawing) -> _Column:
    images: list[Image.Image | None] = []
    left_out: list[Field] = []
    for part in parts:
        if "symbol" in part.show:
            images += [] if template.page.beside else [None]
            continue
        try:
            image = drawn(part, content, draw.printer, draw.band if "temporary" in part.show else draw.width, scale)
        except PictureError:
            left_out += part.show
            continue
        images += [image] if image else []
    return _Column(tuple(images), draw.gap, tuple(left_out))


def _stacked(template: Template, content: Content, printer: Printer, room: _Room) -> Sheet:
    """Everything below each other, the symbol among it, as large as what else there is leaves room for."""
    wrong = PageError("nothing of it fits this label")
    draw = _Drawing(printer, room.width - 2 * room.margin, room.width - 2 * _ASIDE, room.gap)
    for parts, scale in _attempts(template, room):
        column = _column(template, parts, content, scale, draw)
        try:
            image, module = _with_symbol(column, template, content.symbol, printer, room)
        except PageError as no_room:
            wrong = no_room
            continue
        return Sheet(image, module, _without(template, parts, content, column))
    raise wrong


def _with_symbol(
    column: _Column, template: Template, symbol: Symbol | None, printer: Printer, room: _Room
) -> tuple[Image.Image, int]:
    left = None if room.height is None else room.height - 2 * room.margin - column.height
    module, image = 0, None
    if symbol:
        part = _symbol_part(template)
        side = room.width if left is None else min(room.width, left)
        module = dots_per_module(symbol, printer, side_mm=part.size_mm, even=part.even, room=side)
        image = code(symbol, module)
    elif left is not None and left < 0:
        raise PageError(f"it needs {-left} more dots than the label is high")
    # One more, for the row by which a symbol may be moved to an even one.
    height = column.height + (image.height + 1 if image else 0)
    out = Image.new("1", (room.width, max(1, height) if room.height is None else room.height), 1)
    column.paste(out, 0, room.width, 0 if room.height is None else max(0, room.height - height) // 2, image)
    return out, module


def _symbol_part(template: Template) -> Part:
    return next(part for part in template.part if "symbol" in part.show)


def _beside(template: Template, content: Content, symbol: Symbol, printer: Printer, room: _Room) -> Sheet:
    height = room.height or room.width
    part = _symbol_part(template)
    side = min(room.width, height)
    module = dots_per_module(symbol, printer, side_mm=part.size_mm, even=part.even, room=side)
    image = code(symbol, module)
    left = image.width + max(0, room.gap - QUIET * module)
    width = room.width - room.margin - left
    if width < printer.dots(_NARROWEST_MM):
        raise PageError(f"beside its code this label has {max(0, width)} dots for the name")
    draw = _Drawing(printer, width, width, room.gap)
    for parts, scale in _attempts(template, room):
        column = _column(template, parts, content, scale, draw)
        if column.height <= height - 2 * room.margin:
            out = Image.new("1", (room.width, height), 1)
            out.paste(image, (0, (height - image.height) // 2 & ~1))
            column.paste(out, left, left + width, (height - column.height) // 2, None)
            return Sheet(out, module, _without(template, parts, content, column))
    raise PageError(f"what must stand beside the code is higher than the label, which has {height} dots")


def _without(template: Template, parts: tuple[Part, ...], content: Content, column: _Column) -> tuple[Field, ...]:
    """The fields that have something to show and are not on the page."""
    gone = [name for part in template.part if part not in parts for name in part.show]
    there = {name for name, text in content.texts.items() if text} | set(content.pictures)
    return tuple(dict.fromkeys([*column.left_out, *(name for name in gone if name in there)]))
