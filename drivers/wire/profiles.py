"""Printers by name: the dots across and the dots per inch both sides must agree on. The data is `profiles.toml`."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A kind of printer. `width` and, of a label, `height` in dots; `dpi` in dots per inch."""

    title: str
    width: int
    dpi: int
    height: int | None = None


@cache
def profiles() -> dict[str, Profile]:
    """Every profile there is, by name."""
    text = files("drivers.wire").joinpath("profiles.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), dict[str, Profile])


def filled_in(options: dict[str, Any], takes: frozenset[str]) -> dict[str, Any]:
    """`options` with those of its `profile` that `takes` names. What is set wins.

    Raises KeyError of a profile that does not exist.
    """
    named = options.get("profile")
    if not isinstance(named, str) or not named:
        return options
    known = msgspec.structs.asdict(profiles()[named])
    return {name: value for name, value in known.items() if name in takes and value is not None} | options
