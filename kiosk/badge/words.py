"""The few words a badge has, and its dates, in the worker's language."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Final

import msgspec
from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time

from kiosk.badge.fonts import missing

#: Used where no language is known, there are no words in it, or no font draws them.
FALLBACK: Final = "en"


class _Phrases(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    expires: str
    temporary: str
    until: str
    pin: str
    pin_note: str


@dataclass(frozen=True)
class Words:
    """What is printed in one language. `language` is the one there are words in; dates follow `locale`."""

    language: str
    locale: Locale
    phrases: _Phrases

    def expires(self, moment: datetime, *, to_the_minute: bool) -> str:
        """Such as `valid until 21 December 2027`."""
        date = format_date(moment, "long", locale=self.locale)
        return self.phrases.expires.format(date=f"{date}, {self._time(moment)}" if to_the_minute else date)

    def temporary(self, moment: datetime) -> tuple[str, str, str]:
        """What the band of a temporary badge says: the word, until what time, and of which day."""
        until = self.phrases.until.format(time=self._time(moment))
        return self.phrases.temporary, until, format_date(moment, "long", locale=self.locale)

    def _time(self, moment: datetime) -> str:
        # Of twenty-four hours in every language: a badge good until 6:00 was shown at 18:00.
        return format_time(moment, "HH:mm", locale=self.locale)


@cache
def _all() -> dict[str, _Phrases]:
    text = files("kiosk.badge").joinpath("words.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), dict[str, _Phrases])


def languages() -> tuple[str, ...]:
    """The languages there are words in."""
    return tuple(_all())


@cache
def words_in(language: str) -> Words:
    """Words for a preferred language such as `de-AT` or `pt_BR`, as Graph's preferredLanguage gives it."""
    locale = _locale(language)
    phrases = _all().get(locale.language) if locale else None
    if locale is None or phrases is None or missing("".join(msgspec.structs.astuple(phrases))):
        return Words(FALLBACK, Locale.parse("en_GB"), _all()[FALLBACK])
    return Words(locale.language, locale, phrases)


def _locale(language: str) -> Locale | None:
    wanted = language.replace("_", "-").strip()
    for tag in (wanted, wanted.partition("-")[0]):
        try:
            # Day before month where English is all that is known.
            return Locale.parse("en-GB" if tag == FALLBACK else tag, sep="-")
        except (ValueError, UnknownLocaleError, TypeError):
            continue
    return None
