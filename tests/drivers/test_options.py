"""Options are typed per driver, and a wrong one is named with the nearest right one."""

from __future__ import annotations

import pytest

from drivers.wire.options import PRINTERS, SCANNERS, EscposOptions, OptionError, read


def test_right_options_are_taken() -> None:
    assert read("escpos", {"to": "tcp:h:9100", "width": 384}, PRINTERS) == EscposOptions(to="tcp:h:9100", width=384)


@pytest.mark.parametrize(
    ("kind", "options", "says"),
    [
        ("escpoz", {}, "did you mean escpos?"),
        ("escpos", {"too": "x"}, "did you mean to?"),
        ("escpos", {"to": "x", "width": "wide"}, "width"),
        ("escpos", {}, "to"),
    ],
)
def test_wrong_ones_are_named(kind: str, options: dict[str, object], says: str) -> None:
    with pytest.raises(OptionError, match="driver") as caught:
        read(kind, options, PRINTERS)
    assert says in str(caught.value)


def test_a_kind_that_is_none_of_them_is_told_what_there_is() -> None:
    with pytest.raises(OptionError, match="camera, keyboard, none, pictures, serial"):
        read("telescope", {}, SCANNERS)
