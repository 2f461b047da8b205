"""Options are typed per driver, and a wrong one is named with the nearest right one."""

from __future__ import annotations

import pytest

from drivers.wire.options import (
    PRINTERS,
    SCANNERS,
    CameraOptions,
    EscposOptions,
    KeyboardOptions,
    OptionError,
    from_text,
    read,
)


def test_right_options_are_taken() -> None:
    assert read("escpos", {"to": "tcp:h:9100", "width": 384}, PRINTERS) == EscposOptions(to="tcp:h:9100", width=384)


@pytest.mark.parametrize(
    ("kind", "options", "says"),
    [
        ("escpoz", {}, "did you mean escpos?"),
        ("escpos", {"too": "x"}, "did you mean to?"),
        (
            "escpos",
            {"to": "x", "width": "wide"},
            "driver escpos: width: should be a whole number, not text",
        ),
        ("escpos", {"to": 7}, "to: should be text, not a whole number"),
        ("escpos", {}, "driver escpos: to is missing"),
        ("escpos", {"to": "x"}, "no printer address"),
        ("escpos", {"to": "tcp:h:1", "dpi": 0}, "dpi: should be a whole number, at least 1"),
        (
            "escpos",
            {"to": "tcp:h:1", "flow": "both"},
            "flow: there is no 'both'; it is one of rts_cts, xon_xoff, none",
        ),
        ("escpos", {"to": "tcp:h:1", "timeout": 0}, "timeout: should be a number, more than 0"),
        ("escpos", {"to": "tcp:h:1", "double": "yes"}, "double: should be true or false, not text"),
        ("zpl", {"to": "tcp:h:1", "speed": 15}, "speed: should be a whole number, at most 14"),
        ("picture", {"to": "/tmp"}, "content_on_disk"),
    ],
)
def test_wrong_ones_are_named(kind: str, options: dict[str, object], says: str) -> None:
    with pytest.raises(OptionError, match="driver") as caught:
        read(kind, options, PRINTERS)
    assert says in str(caught.value)


def test_a_kind_that_is_none_of_them_is_told_what_there_is() -> None:
    with pytest.raises(OptionError, match="camera, keyboard, none, pictures, serial"):
        read("telescope", {}, SCANNERS)


@pytest.mark.parametrize(
    ("kind", "options", "says"),
    [
        (
            "camera",
            {"device": "/dev/video0", "rotation": 45},
            "rotation: there is no 45; it is one of 0, 90, 180, 270",
        ),
        ("camera", {"device": "/dev/video0", "focus": "far"}, "focus: there is no 'far'; it is one of auto"),
        ("camera", {"device": "0"}, "no camera"),
        ("camera", {"device": "rtsp://h/x"}, "no camera"),
        ("camera", {"device": "http://a:b@h/x"}, "no password"),
        ("serial", {"device": "COM3"}, "no serial port"),
        ("serial", {"device": "rfc2217://h"}, "no serial port"),
        ("serial", {"device": "socket://h:99999"}, "no serial port"),
        ("serial", {"device": "/dev/x", "code_ids": {"s": 1}}, "code_ids[...]: should be text, not a whole number"),
        ("keyboard", {}, "name its device, or some of vendor"),
        ("keyboard", {"vendor": "5e0"}, "four hexadecimal digits"),
        ("pictures", {"paths": "a.png"}, "paths: should be a list, not text"),
        ("pictures", {"paths": ["a.png", 7]}, "paths[1]: should be text, not a whole number"),
    ],
)
def test_what_is_wrong_with_a_scanners_is_said_in_plain_words(
    kind: str, options: dict[str, object], says: str
) -> None:
    with pytest.raises(OptionError) as caught:
        read(kind, options, SCANNERS)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("vendor", "05e0", "05e0"),
        ("product", "1200", "1200"),
        ("aim", "false", False),
        ("max_length", "99", 99),
        ("gap_ms", "1.5", 1.5),
        ("max_length", "many", "many"),
        ("none_such", "1", "1"),
    ],
)
def test_what_a_person_types_is_what_the_option_takes(name: str, text: str, value: object) -> None:
    """A vendor of 05e0 is no number with an exponent, and a product of 1200 no number at all."""
    assert from_text(name, text, KeyboardOptions) == value


def test_a_choice_or_a_number_may_be_typed() -> None:
    typed = {name: from_text(name, text, CameraOptions) for name, text in (("rotation", "90"), ("focus", "12"))}

    assert typed == {"rotation": 90, "focus": 12}
    assert from_text("exposure", "auto", CameraOptions) == "auto"
