"""As much of OData's `$search` and `$filter` as a people search needs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from kiosk.tenant.refusal import unreadable

_PHRASE: Final = re.compile(r'"(\w+):((?:[^"\\]|\\["\\])*)"')
_EQUALS: Final = re.compile(r"(\w+) eq (?:'((?:[^']|'')*)'|(true|false))", re.IGNORECASE)
_STARTS: Final = re.compile(r"startswith\( *(\w+) *, *'((?:[^']|'')*)' *\)", re.IGNORECASE)
_OR: Final = re.compile(r" or ", re.IGNORECASE)
_AND: Final = re.compile(r" and ", re.IGNORECASE)
_WORDS: Final = re.compile(r"\W+")


def found_by(search: str, values: Mapping[str, Any]) -> bool:
    """Whether `search`, phrases of the form "property:text" joined by OR, finds an object with these values.

    As in Graph, every word of the text has to begin a word of the property. Raises GraphError 400.
    """
    phrases = [_PHRASE.fullmatch(part.strip()) for part in search.split(" OR ")]
    if not all(phrases):
        raise unreadable("Syntax error in the $search clause.")
    return any(_has(_value(values, match[1]), match[2].replace('\\"', '"')) for match in phrases if match)


def _has(value: object, text: str) -> bool:
    words = _WORDS.split(str(value).casefold())
    return all(any(word.startswith(part) for word in words) for part in _WORDS.split(text.casefold()) if part)


def fits(condition: str, values: Mapping[str, Any]) -> bool:
    """Whether an object with these values meets `condition`: `eq` and `startswith`, joined by `and` or by `or`.

    Raises GraphError 400 for anything else.
    """
    alternatives = _OR.split(condition)
    # Lists, so that a clause that makes no sense is found wherever it stands.
    held = [[_holds(part.strip(), values) for part in _AND.split(each)] for each in alternatives]
    return any(all(each) for each in held)


def _holds(clause: str, values: Mapping[str, Any]) -> bool:
    if match := _STARTS.fullmatch(clause):
        return str(_value(values, match[1])).casefold().startswith(_unquoted(match[2]))
    if match := _EQUALS.fullmatch(clause):
        wanted = match[3] if match[2] is None else match[2]
        return str(_value(values, match[1])).casefold() == _unquoted(wanted)
    raise unreadable("Invalid filter clause.")


def _unquoted(text: str) -> str:
    return text.replace("''", "'").casefold()


def _value(values: Mapping[str, Any], name: str) -> object:
    for key, value in values.items():
        if key.casefold() == name.casefold():
            return value
    raise unreadable(f"Could not find a property named '{name}' on type 'microsoft.graph.user'.")
