"""Key events in, characters out. Pure: what the kernel sent is decided elsewhere.

A scanner that types an Alt code writes a byte as a number on the keypad: with a leading zero a character of
Windows-1252, without one of code page 437, above 255 of Unicode. The control characters come from Ctrl and a letter.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from evdev import ecodes

from drivers.scanners.keymap import Keymap, compose


@dataclass(frozen=True)
class Typed:
    """A character of the content."""

    character: str


@dataclass(frozen=True)
class Ended:
    """A key that ends a scan."""


@dataclass(frozen=True)
class Unknown:
    """A key whose character is not known: the content cannot be exact any more."""

    reason: str


#: Values of a key event (input.h). The kernel's own repetition, 2, is nobody's keystroke.
RELEASED, PRESSED = 0, 1

_SHIFTS: Final = frozenset({ecodes.KEY_LEFTSHIFT, ecodes.KEY_RIGHTSHIFT})
_CTRLS: Final = frozenset({ecodes.KEY_LEFTCTRL, ecodes.KEY_RIGHTCTRL})
_MODIFIERS: Final = _SHIFTS | _CTRLS | {ecodes.KEY_LEFTALT, ecodes.KEY_RIGHTALT}
#: Keys that type nothing and say nothing about the content.
_SILENT: Final = frozenset(
    {ecodes.KEY_NUMLOCK, ecodes.KEY_SCROLLLOCK, ecodes.KEY_LEFTMETA, ecodes.KEY_RIGHTMETA, ecodes.KEY_COMPOSE}
)
_DIGITS: Final = {getattr(ecodes, f"KEY_KP{digit}"): str(digit) for digit in range(10)}
#: The keys that may end a scan, with what they type where they do not.
ENDS: Final = {ecodes.KEY_ENTER: "\r", ecodes.KEY_KPENTER: "\r", ecodes.KEY_TAB: "\t"}
#: Digits an Alt code may have; more is no Alt code.
_LONGEST_ALT: Final = 7
_BYTE: Final = 256


class Keyboard:
    """What a keyboard's keys come to, held keys and locks included."""

    def __init__(self, keymap: Keymap, suffixes: frozenset[int], *, caps_lock: bool = False) -> None:
        self._keymap = keymap
        self._suffixes = suffixes
        self._held: set[int] = set()
        self._caps_lock = caps_lock
        self._accent = ""
        self._alt_code: str | None = None

    def resume(self, held: Iterable[int], *, caps_lock: bool) -> None:
        """Begin anew with these keys held: events were lost."""
        self._held = set(held) & _MODIFIERS
        self._caps_lock = caps_lock
        self.pause()

    def pause(self) -> None:
        """Silence ended a scan: a dead key or an Alt code that was begun is no part of the next."""
        self._accent = ""
        self._alt_code = None

    def key(self, code: int, value: int) -> list[Typed | Ended | Unknown]:
        """What one key event comes to."""
        if code in _MODIFIERS:
            return self._modifier(code, value)
        if value != PRESSED or code in _SILENT:
            return []
        if code == ecodes.KEY_CAPSLOCK:
            self._caps_lock = not self._caps_lock
            return []
        if ecodes.KEY_LEFTALT in self._held:
            return self._alt(code)
        return self._press(code)

    def _modifier(self, code: int, value: int) -> list[Typed | Ended | Unknown]:
        if value == RELEASED:
            self._held.discard(code)
            return self._alt_ended() if code == ecodes.KEY_LEFTALT else []
        self._held.add(code)
        return []

    def _alt(self, code: int) -> list[Typed | Ended | Unknown]:
        digits = (self._alt_code or "") + _DIGITS.get(code, "")
        if code not in _DIGITS or len(digits) > _LONGEST_ALT:
            return [Unknown("a key was pressed with Alt that is no digit of a character's number")]
        self._alt_code = digits
        return []

    def _alt_ended(self) -> list[Typed | Ended | Unknown]:
        digits, self._alt_code = self._alt_code, None
        if digits is None:
            return []
        character = _alt_character(digits)
        return self._type(character) if character else [Unknown("an Alt code stands for no character")]

    def _press(self, code: int) -> list[Typed | Ended | Unknown]:
        if code in self._suffixes:
            accent, self._accent = self._accent, ""
            return [*([Typed(accent)] if accent else []), Ended()]
        if code in ENDS:
            return self._type(ENDS[code])
        if self._held & _CTRLS:
            return self._control(code)
        level = bool(self._held & _SHIFTS) + 2 * (ecodes.KEY_RIGHTALT in self._held)
        character = self._cased(self._keymap.character(code, level))
        if not character:
            return [Unknown("a key was pressed that types nothing in this keymap")]
        if self._keymap.is_dead(code, level):
            pending, self._accent = self._accent, character
            return [Typed(pending)] if pending else []
        return self._type(character)

    def _control(self, code: int) -> list[Typed | Ended | Unknown]:
        level = int(bool(self._held & _SHIFTS))
        if ecodes.KEY_RIGHTALT in self._held:
            level += 2
        character = self._keymap.character(code, level).upper()
        if len(character) != 1 or not "@" <= character <= "_":
            return [Unknown("a key was pressed with Ctrl that stands for no control character")]
        return self._type(chr(ord(character) & 0x1F))

    def _cased(self, character: str) -> str:
        # Caps Lock turns letters round, and with Shift back again.
        swapped = character.swapcase()
        return swapped if self._caps_lock and character.isalpha() and len(swapped) == 1 else character

    def _type(self, character: str) -> list[Typed | Ended | Unknown]:
        accent, self._accent = self._accent, ""
        return [Typed(one) for one in (compose(accent, character) if accent else character)]


def _alt_character(digits: str) -> str:
    number = int(digits)
    if number >= _BYTE:
        return chr(number) if number <= 0x10FFFF and not 0xD800 <= number <= 0xDFFF else ""  # noqa: PLR2004
    if not digits.startswith("0"):
        return bytes([number]).decode("cp437")
    try:
        return bytes([number]).decode("windows-1252")
    except UnicodeDecodeError:
        # The five bytes that Windows-1252 leaves free are control characters of Unicode.
        return chr(number)
