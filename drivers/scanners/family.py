"""What each make of serial scanner is told, as data: `families/*.toml`."""

from __future__ import annotations

import tomllib
from importlib import resources

import msgspec

from drivers.wire.options import OptionError, nearest


class Family(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Commands as bytes; empty where the make has none.

    `trigger` begins to read, `release` stops it, `good` and `bad` show what became of a scan. `answers`: what the
    scanner sends back, which is no scan.
    """

    trigger: bytes = b""
    release: bytes = b""
    good: bytes = b""
    bad: bytes = b""
    answers: tuple[bytes, ...] = ()


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    trigger: str = ""
    release: str = ""
    beep: str = ""
    good: str = ""
    bad: str = ""
    answers: tuple[str, ...] = ()


def names() -> list[str]:
    """The families there are."""
    folder = resources.files("drivers.scanners") / "families"
    return sorted(file.name.removesuffix(".toml") for file in folder.iterdir() if file.name.endswith(".toml"))


def load(name: str) -> Family:
    """The family called `name`; the empty name is a scanner that is told nothing. Raises OptionError."""
    if not name:
        return Family()
    if name not in names():
        raise OptionError(f"no scanner family {name!r}; {nearest(name, names())}")
    text = (resources.files("drivers.scanners") / "families" / f"{name}.toml").read_text(encoding="utf-8")
    file = msgspec.convert(tomllib.loads(text), _File)
    return Family(
        trigger=bytes.fromhex(file.trigger),
        release=bytes.fromhex(file.release),
        good=bytes.fromhex(file.good or file.beep),
        bad=bytes.fromhex(file.bad),
        answers=tuple(map(bytes.fromhex, file.answers)),
    )
