"""What is wrong with a setting, in words of whoever wrote it instead of msgspec's."""

from __future__ import annotations

import re
import types
import typing
from typing import Annotated, Any, Final, Literal, Union

import msgspec

_KINDS: Final = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "a table",
    "null": "nothing",
}
_EXPECTED: Final = re.compile(r"Expected `([^`]+)`(?: (>=|<=|>|<) ([-\d.]+))?(?:, got `(\w+)`)?$")
_COMPARED: Final = {">=": "at least", "<=": "at most", ">": "more than", "<": "less than"}
_STEP: Final = re.compile(r"\.(\w+)|\[(\d+|\.\.\.)\]")


def explained(wrong: msgspec.ValidationError, shape: Any) -> tuple[str, str]:
    """Of an error in converting to `shape`: the path of the key, such as `part[0].size_mm`, and what is wrong there.

    The path is empty where the whole is wrong. What no choices or kinds are known of keeps msgspec's own words.
    """
    reason, _, place = str(wrong).partition(" - at `")
    path = place.rstrip("`").removeprefix("$")
    return path.removeprefix("."), _reason(reason, _at(path, shape))


def _reason(reason: str, there: Any) -> str:
    if reason.startswith("Invalid enum value "):
        value = reason.removeprefix("Invalid enum value ")
        return f"there is no {value}; it is one of {', '.join(map(str, _choices(there)))}"
    if reason.startswith("Object missing required field "):
        return f"{reason.partition('`')[2].rstrip('`')} is missing"
    found = _EXPECTED.fullmatch(reason)
    return _should(*found.groups()) if found else reason[:1].lower() + reason[1:]


def _should(kinds: str, comparison: str | None, limit: str | None, got: str | None) -> str:
    wanted = " or ".join(_KINDS.get(kind, kind) for kind in kinds.split(" | ") if kind != "null")
    if comparison and limit:
        wanted += f", {_COMPARED[comparison]} {limit.removesuffix('.0')}"
    return f"should be {wanted}" + (f", not {_KINDS.get(got, got)}" if got else "")


def _at(path: str, shape: Any) -> Any:
    """The type that `path` leads to in `shape`."""
    for key, _ in _STEP.findall(path):
        shape = _field(shape, key) if key else _items(shape)
    return shape


def _field(shape: Any, key: str) -> Any:
    for one in _members(shape):
        if isinstance(one, type) and issubclass(one, msgspec.Struct):
            return next((field.type for field in msgspec.structs.fields(one) if field.name == key), None)
    return None


def _items(shape: Any) -> Any:
    return next((typing.get_args(one)[-1 if _is_table(one) else 0] for one in _members(shape) if _many(one)), None)


def _many(shape: Any) -> bool:
    return typing.get_origin(shape) in (tuple, list, dict)


def _is_table(shape: Any) -> bool:
    return typing.get_origin(shape) is dict


def _members(shape: Any) -> list[Any]:
    """`shape`, or what it is a union of, without what annotates them."""
    origin = typing.get_origin(shape)
    if origin is Annotated:
        return _members(typing.get_args(shape)[0])
    if origin in (Union, types.UnionType):
        return [one for part in typing.get_args(shape) for one in _members(part)]
    return [shape]


def _choices(shape: Any) -> list[Any]:
    literals = [one for one in _members(shape) if typing.get_origin(one) is Literal]
    return [choice for literal in literals for choice in typing.get_args(literal)]
