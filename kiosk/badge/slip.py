"""The slip a PIN is handed over on: a page of its own, drawn where somebody asks for it, never part of a badge."""

from __future__ import annotations

from dataclasses import dataclass

from drivers.wire.messages import Page
from drivers.wire.secret import Secret
from kiosk.badge.arrange import arranged
from kiosk.badge.lettering import clean
from kiosk.badge.page import packed
from kiosk.badge.parts import Content
from kiosk.badge.size import PageError, Printer
from kiosk.badge.template import Template, fitting
from kiosk.badge.words import words_in


@dataclass(frozen=True)
class Slip:
    """What is on it. `language`: the worker's, such as `de-AT`."""

    name: str
    organisation: str
    station: str
    pin: Secret
    language: str = ""


def draw_slip(slip: Slip, printer: Printer, template: Template | None = None) -> Page:
    """The page of one slip. Whether there may be slips, the policy says, and the caller asks it. Raises PageError."""
    chosen = template or fitting(printer, "pin_slip")
    if chosen.document != "pin_slip":
        raise PageError(f"{chosen.title} is no template of a PIN slip")
    phrases = words_in(slip.language).phrases
    content = Content(
        texts={
            "name": clean(slip.name),
            "organisation": clean(slip.organisation),
            "station": clean(slip.station),
            "pin_title": phrases.pin,
            "pin_note": phrases.pin_note,
        },
        pin=slip.pin,
    )
    return packed(arranged(chosen, content, printer).image, printer.dpi)
