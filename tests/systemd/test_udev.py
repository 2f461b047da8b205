"""The udev rules, read by their grammar (udev(7)): `udevadm verify` exists only from systemd 254 on."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

MATCH, ASSIGN = {"==", "!="}, {"=", "+=", "-=", ":="}
#: Which operators a key takes; `attribute` tells whether it needs one in braces.
KEYS = {
    "ACTION": MATCH,
    "SUBSYSTEM": MATCH,
    "KERNEL": MATCH,
    "KERNELS": MATCH,
    "ATTRS": MATCH,
    "TEST": MATCH,
    "ATTR": MATCH | {"="},
    "ENV": MATCH | {"=", "+="},
    "TAG": MATCH | ASSIGN,
    "SYMLINK": MATCH | ASSIGN,
    "GROUP": {"=", ":="},
    "MODE": {"=", ":="},
    "GOTO": {"="},
    "LABEL": {"="},
}
WITH_ATTRIBUTE = {"ATTR", "ATTRS", "ENV"}
TERM = re.compile(r'(?P<key>[A-Z]+)(?:\{(?P<attribute>[^}]+)\})?(?P<operator>==|!=|\+=|-=|:=|=)"(?P<value>[^"]*)"')

Term = tuple[str, str | None, str, str]


def terms(line: str) -> list[Term]:
    """Key, attribute, operator and value of each term of a rule; fails on anything udev would not understand."""
    parsed = []
    for text in re.split(r",\s*", line):
        term = TERM.fullmatch(text)
        assert term, f"not a term: {text}"
        key, attribute, operator, value = term.groups()
        assert operator in KEYS.get(key, ()), f"{key}{operator} in: {line}"
        assert (attribute is not None) == (key in WITH_ATTRIBUTE), f"{key} and its braces in: {line}"
        parsed.append((key, attribute, operator, value))
    return parsed


def rules(text: str) -> list[list[Term]]:
    return [terms(line) for line in text.splitlines() if line and not line.startswith("#")]


@pytest.mark.parametrize("name", ["60-kiosk.rules", "90-kiosk-roles.rules"])
def test_every_rule_parses(shipped: Path, name: str) -> None:
    rules((shipped / "udev" / name).read_text())


@pytest.mark.parametrize(
    "line", ['GROUP=="lp"', 'SUBSYSTEM="tty"', 'ATTRS=="x"', 'GRUOP="lp"', 'MODE="0660" TAG+="x"']
)
def test_a_wrong_rule_does_not_parse(line: str) -> None:
    with pytest.raises(AssertionError):
        terms(line)


def test_a_jump_has_its_label(shipped: Path) -> None:
    parsed = [term for rule in rules((shipped / "udev/60-kiosk.rules").read_text()) for term in rule]
    assert {value for key, _, _, value in parsed if key == "GOTO"} == {
        value for key, _, _, value in parsed if key == "LABEL"
    }


def test_vendors_are_written_as_sysfs_writes_them(shipped: Path) -> None:
    """idVendor is four lower-case hexadecimal digits; anything else never matches."""
    parsed = [term for rule in rules((shipped / "udev/60-kiosk.rules").read_text()) for term in rule]
    vendors = {vendor for _, attribute, _, value in parsed if attribute == "idVendor" for vendor in value.split("|")}
    assert vendors == {"0c2e", "05e0", "05f9", "1eab"}


def test_every_node_handed_over_goes_to_the_drivers_group_and_to_nobody_else(shipped: Path) -> None:
    for rule in rules((shipped / "udev/60-kiosk.rules").read_text()):
        given = {key: value for key, _, operator, value in rule if operator in ASSIGN}
        if "GROUP" in given or "MODE" in given:
            assert (given["GROUP"], given["MODE"], given["TAG"]) == ("kiosk-hw", "0660", "systemd")


def test_the_examples_of_roles_are_whole_rules(shipped: Path) -> None:
    """Uncommented, each gives one device one role's symlink, to the drivers' group; shipped, none does anything."""
    text = (shipped / "udev/90-kiosk-roles.rules").read_text()
    assert rules(text) == []
    examples = rules("\n".join(line[1:] for line in text.splitlines() if line.startswith("#SUBSYSTEM")))
    roles = [value for rule in examples for key, _, _, value in rule if key == "SYMLINK"]
    assert len(roles) == len(examples) == 4
    assert all(re.fullmatch(r"kiosk/(scanner|printer)-[a-z0-9]+", role) for role in roles)
    assert all({("GROUP", None, "=", "kiosk-hw"), ("MODE", None, "=", "0660")} <= set(rule) for rule in examples)
