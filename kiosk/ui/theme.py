"""How the screen looks on this terminal: all colours and glyphs, or those of a Linux console."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from textual.theme import BUILTIN_THEMES, Theme

from kiosk.replace.attendant import Progress

#: Terminals with 16 colours at most and a font of 256 glyphs.
_CONSOLES: Final = frozenset({"linux", "ansi", "cons25", "dumb", "vt100", "vt102", "vt220"})

#: What kiosk.tcss names beyond Textual's own colours: background and letters of each kind of panel.
RICH: Final[dict[str, str]] = {
    "good": "#157f3d",
    "on-good": "#ffffff",
    "attention": "#f5c211",
    "on-attention": "#1b1b1b",
    "bad": "#b3201c",
    "on-bad": "#ffffff",
    "calm": "#1d3a57",
    "on-calm": "#ffffff",
    "bar": "#0b1622",
    "on-bar": "#c7d3e0",
    "cap": "#f2f5f8",
    "on-cap": "#101820",
    "faint": "#9fb0c0",
    "light": "#ffffff",
    "dark": "#000000",
}

#: The console knows no bright backgrounds and draws bright letters as bold ones: only the eight are used.
_CONSOLE: Final[dict[str, str]] = {
    "good": "ansi_green",
    "on-good": "ansi_black",
    "attention": "ansi_yellow",
    "on-attention": "ansi_black",
    "bad": "ansi_red",
    "on-bad": "ansi_white",
    "calm": "ansi_blue",
    "on-calm": "ansi_white",
    "bar": "ansi_default",
    "on-bar": "ansi_default",
    "cap": "ansi_white",
    "on-cap": "ansi_black",
    "faint": "ansi_default",
    "light": "ansi_white",
    "dark": "ansi_black",
}


#: Letters that Unicode does not take apart into a plain one and its accent.
_PLAINER: Final = str.maketrans("łŁđĐøØħĦıŒœ", "lLdDoOhHiOo")


@dataclass(frozen=True)
class Look:
    """A theme, and the sign for each state of a device and each progress of a step.

    `charset`: the characters that the terminal's font is sure to have. `greys`: it has colours enough for pictures.
    """

    theme: Theme
    device: Mapping[str, str]
    progress: Mapping[Progress, str]
    charset: str = "utf-8"
    greys: bool = True

    def legible(self, name: str) -> str:
        """`name`, without the accents that this terminal's font lacks: its owner knows it better so than as boxes."""
        return "".join(char if self._has(char) else self._plainer(char) for char in name)

    def _plainer(self, char: str) -> str:
        parts = unicodedata.normalize("NFKD", char.translate(_PLAINER))
        return "".join(part for part in parts if self._has(part)) or "?"

    def _has(self, char: str) -> bool:
        return bool(char.encode(self.charset, "ignore"))


_RICH_LOOK: Final = Look(
    Theme(
        name="kiosk",
        primary="#4c8dd6",
        background="#101c29",
        surface="#101c29",
        foreground="#eef3f8",
        dark=True,
        variables=RICH,
    ),
    {"ok": "✓", "fault": "✗", "unknown": "?", "absent": "○"},
    {Progress.WAITING: "·", Progress.DOING: "►", Progress.DONE: "✓", Progress.FAILED: "✗"},
)

_BUILT_IN: Final = BUILTIN_THEMES["ansi-dark"]
_CONSOLE_LOOK: Final = Look(
    replace(_BUILT_IN, name="kiosk-console", variables={**_BUILT_IN.variables, **_CONSOLE}),
    {"ok": "+", "fault": "!", "unknown": "?", "absent": "-"},
    {Progress.WAITING: ".", Progress.DOING: ">", Progress.DONE: "+", Progress.FAILED: "!"},
    charset="cp437",
    greys=False,
)


def look(term: str) -> Look:
    """What suits the terminal type `term`, as `$TERM` names it."""
    return _CONSOLE_LOOK if term in _CONSOLES else _RICH_LOOK
