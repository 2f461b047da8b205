"""Which key types which character, as data: `keymaps/*.toml`, the digits of the keypad being the same in each."""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any, Final

from evdev import ecodes

from drivers.wire.options import OptionError, nearest

#: How a keymap's file marks a dead key: it changes the next character instead of typing one.
_DEAD: Final = "dead "
_COMBINING: Final = {"^": "\u0302", "\u00b4": "\u0301", "`": "\u0300", "¨": "\u0308", "~": "\u0303"}
#: The keypad, whatever Num Lock says: a scanner that sends these means what is printed on them.
_KEYPAD: Final = {
    **{f"KEY_KP{digit}": str(digit) for digit in range(10)},
    "KEY_KPASTERISK": "*",
    "KEY_KPMINUS": "-",
    "KEY_KPPLUS": "+",
    "KEY_KPSLASH": "/",
    "KEY_KPEQUAL": "=",
    "KEY_KPDOT": ".",
    "KEY_KPCOMMA": ",",
}
#: Keys whose character is a control character in every layout.
_CONTROLS: Final = {"KEY_ESC": "\x1b", "KEY_BACKSPACE": "\x08", "KEY_DELETE": "\x7f", "KEY_SPACE": " "}


@dataclass(frozen=True)
class Keymap:
    """Key codes of the kernel, each with what it types alone, with Shift, with AltGr, and with both; shorter where
    the rest type nothing. A dead key's character has a combining one in `dead`."""

    keys: Mapping[int, tuple[str, ...]]
    dead: frozenset[tuple[int, int]]

    def character(self, code: int, level: int) -> str:
        """What the key types at `level` (1 for Shift, 2 for AltGr, their sum for both); empty for nothing."""
        characters = self.keys.get(code, ())
        if level < len(characters):
            return characters[level]
        # The keypad, space and the controls have one level: they type the same with Shift.
        return characters[0] if len(characters) == 1 else ""

    def is_dead(self, code: int, level: int) -> bool:
        """Whether the key changes the next character."""
        return (code, level) in self.dead


def compose(accent: str, character: str) -> str:
    """What a dead key `accent` and then `character` type: one letter, or, where there is none, both."""
    if character == " ":
        return accent
    one = unicodedata.normalize("NFC", character + _COMBINING[accent])
    return one if len(one) == 1 else accent + character


def names() -> list[str]:
    """The keymaps there are."""
    folder = resources.files("drivers.scanners") / "keymaps"
    return sorted(file.name.removesuffix(".toml") for file in folder.iterdir() if file.name.endswith(".toml"))


def load(name: str) -> Keymap:
    """The keymap called `name`. Raises OptionError."""
    if name not in names():
        raise OptionError(f"no keymap {name!r}; {nearest(name, names())}")
    text = (resources.files("drivers.scanners") / "keymaps" / f"{name}.toml").read_text(encoding="utf-8")
    return _read(tomllib.loads(text))


def _read(table: dict[str, Any]) -> Keymap:
    written = {key: (character,) for key, character in {**_KEYPAD, **_CONTROLS}.items()} | table
    keys = {_code(key): tuple(one.removeprefix(_DEAD) for one in characters) for key, characters in written.items()}
    dead = {
        (_code(key), level)
        for key, characters in written.items()
        for level, one in enumerate(characters)
        if one.startswith(_DEAD)
    }
    return Keymap(keys, frozenset(dead))


def _code(name: str) -> int:
    code: int = ecodes.ecodes[name]
    return code
