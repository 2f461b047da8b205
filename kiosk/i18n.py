"""The words people read, by key. They stand in `messages/`, one TOML file a language."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

#: The language of the catalogue used.
LANGUAGE: Final = "en"


class WordsError(LookupError):
    """The program asked for words that no catalogue has, or left out a value that is named in them."""


def words(key: str, **values: object) -> str:
    """The words of `key`, such as `verdict.worn.title`, with `{name}` replaced by the value of that name.

    Raises WordsError: a missing key or value is a mistake in the program, which a test finds.
    """
    try:
        pattern = _catalogue()[key]
    except KeyError:
        raise WordsError(f"messages/{LANGUAGE}.toml has no words for {key}") from None
    try:
        return pattern.format_map(values)
    except KeyError as missing:
        raise WordsError(f"the words of {key} need a value for {missing}") from None


def keys() -> frozenset[str]:
    """Every key there are words for."""
    return frozenset(_catalogue())


@cache
def _catalogue() -> Mapping[str, str]:
    text = files("kiosk").joinpath("messages", f"{LANGUAGE}.toml").read_text(encoding="utf-8")
    return dict(_flat(tomllib.loads(text), ""))


def _flat(table: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value
