"""The keyboard driver: its characters from recorded events, and its loop on a pipe."""

from __future__ import annotations

import os
import socket
import string
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from evdev import ecodes
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.loop import Loop
from drivers.scanners import keymap, keystrokes
from drivers.scanners.input_device import Recording
from drivers.scanners.input_events import RECORD, Event, Events, Lost
from drivers.scanners.keyboard import Keyboard
from drivers.scanners.keystrokes import Ended, Typed, Unknown
from drivers.wire.messages import Error, FromDriver, Health, Ping, Scan
from drivers.wire.options import KeyboardOptions, OptionError
from tests.drivers.driver_process import DriverProcess
from tests.drivers.key_events import ALT_GR, SHIFT, Stroke, alt_code, contents, keys, record, tap, written

BADGE = "ms-qrpin:11111111-2222-3333-4444-555555555555:c2VjcmV0:amelie.muller@contoso.example"


ENTER = keys("ENTER")


def typed(name: str, text: str) -> bytes:
    """The events of a scanner set to layout `name` that types `text`."""
    layout = keymap.load(name)
    chords = {0: (), 1: (SHIFT,), 2: (ALT_GR,), 3: (SHIFT, ALT_GR)}
    where = {
        character: (*chords[level], code)
        for code, characters in layout.keys.items()
        for level, character in enumerate(characters)
        if not layout.is_dead(code, level)
    }
    return written(stroke for character in text for stroke in tap(*where[character]))


class Stage:
    """The driver's own loop on a socket pair, inside this process, with the messages it says."""

    def __init__(self, **options: Any) -> None:
        self.said: list[FromDriver] = []
        self.ours, theirs = socket.socketpair()
        self._loop = Loop(self.said.append)
        settings = KeyboardOptions(device="/dev/recording", **options)
        source = Recording(theirs.detach(), "recording")
        self.driver = Keyboard(self._loop, settings, open_source=lambda path: source)

    def run(self, *data: bytes) -> list[FromDriver]:
        """What it says of these bytes, until its end of them."""
        self.driver.start()
        for chunk in data:
            self.ours.sendall(chunk)
        self.ours.close()
        self._loop.run()
        self.driver.close()
        return [message for message in self.said if not isinstance(message, Health)]


def heard(*data: bytes, **options: Any) -> list[bytes]:
    """The contents of the scans, nothing else being said."""
    said = Stage(**options).run(*data)
    assert not [message for message in said if isinstance(message, Error)], said
    return contents(said)


@pytest.mark.parametrize("name", keymap.names())
@pytest.mark.parametrize("text", [BADGE, "Aa0", string.printable[:95]])
def test_what_is_typed_on_a_layout_arrives(name: str, text: str) -> None:
    """Every printable ASCII character that has a key on the layout; dead keys are below."""
    dead = {"us": "", "de": "^`", "fr": "~`"}[name]
    text = "".join(character for character in text if character not in dead)

    assert heard(typed(name, text) + ENTER, keymap=name) == [text.encode()]


def test_the_keymaps_there_are() -> None:
    assert keymap.names() == ["de", "fr", "us"]
    with pytest.raises(OptionError, match="did you mean us"):
        keymap.load("uss")


def test_a_wrong_keymap_would_be_seen() -> None:
    """A French scanner on a US keymap: the digits are gone."""
    assert heard(typed("fr", "az1") + ENTER, keymap="us") != [b"az1"]


@pytest.mark.parametrize(
    ("events", "text"),
    [
        (keys("KP1", "KP2", "KP0", "KPDOT", "KPMINUS", "KPSLASH", "KPASTERISK", "KPPLUS"), "120.-/*+"),
        (keys("LEFTSHIFT+A", "RIGHTSHIFT+A", "A"), "AAa"),
        (keys("CAPSLOCK", "A", "LEFTSHIFT+A", "1", "CAPSLOCK", "A"), "Aa1a"),
        (keys("NUMLOCK", "KP7"), "7"),
        (alt_code("0065") + alt_code("0252"), "A\u00fc"),
        (alt_code("129"), "\u00fc"),
        (alt_code("8364"), "\u20ac"),
        (alt_code("0128"), "\u20ac"),
        (alt_code("029") + alt_code("30"), "\x1d\x1e"),
        (keys("LEFTCTRL+A", "LEFTCTRL+Z", "RIGHTCTRL+M"), "\x01\x1a\r"),
        (keys("LEFTCTRL+RIGHTBRACE", "LEFTCTRL+LEFTSHIFT+6", "LEFTCTRL+LEFTSHIFT+MINUS"), "\x1d\x1e\x1f"),
        (keys("LEFTCTRL+LEFTBRACE", "ESC", "TAB", "BACKSPACE", "DELETE"), "\x1b\x1b\t\x08\x7f"),
    ],
)
def test_keys_of_a_us_scanner(events: bytes, text: str) -> None:
    """Keypad, Shift, Caps Lock, Alt codes, Ctrl and a letter; GS and RS among them."""
    assert heard(events + ENTER) == [text.encode()]


@pytest.mark.parametrize(
    ("name", "events", "text"),
    [
        ("de", keys("RIGHTALT+Q", "RIGHTALT+7", "RIGHTALT+E", "Z", "Y"), "@{\u20acyz"),
        ("de", keys("GRAVE", "A", "GRAVE", "SPACE", "EQUAL", "E", "LEFTSHIFT+EQUAL", "SPACE"), "\u00e2^\u00e9`"),
        ("de", keys("GRAVE", "X", "GRAVE", "GRAVE", "SPACE"), "^x^^"),
        ("de", keys("GRAVE"), "^"),
        ("de", keys("CAPSLOCK", "APOSTROPHE", "MINUS"), "\u00c4\u00df"),
        ("fr", keys("LEFTSHIFT+1", "1", "RIGHTALT+0", "Q", "A", "LEFTBRACE", "E"), "1&@aq\u00ea"),
        ("fr", keys("LEFTSHIFT+LEFTBRACE", "U", "RIGHTALT+2", "N"), "\u00fc\u00f1"),
        ("fr", keys("LEFTCTRL+Q", "RIGHTALT+RIGHTBRACE"), "\x01\u00a4"),
        ("fr", keys("LEFTCTRL+RIGHTALT+MINUS"), "\x1d"),
    ],
)
def test_keys_of_other_layouts(name: str, events: bytes, text: str) -> None:
    """AltGr, dead keys, and Ctrl by what the key types there."""
    assert heard(events + ENTER, keymap=name) == [text.encode()]


def test_bytes_typed_as_characters_become_bytes_again() -> None:
    """A scanner that types each byte of a UTF-8 code by its Alt code, the ones Windows-1252 leaves free included."""
    events = b"".join(alt_code(f"0{byte:03}") for byte in "ü€\x81".encode())

    assert heard(events + ENTER, encoding="windows-1252") == ["ü€\x81".encode()]


def test_key_repeat_is_nobodys_keystroke() -> None:
    a = ecodes.KEY_A
    assert heard(written([(a, 1), (a, 2), (a, 2), (a, 0)]) + ENTER) == [b"a"]


@pytest.mark.parametrize(
    ("suffix", "events", "texts"),
    [
        ("enter", keys("A", "TAB", "ENTER", "B", "KPENTER"), [b"a\t", b"b"]),
        ("tab", keys("A", "ENTER", "TAB"), [b"a\r"]),
        ("any", keys("A", "TAB", "B", "ENTER", "C", "KPENTER"), [b"a", b"b", b"c"]),
    ],
)
def test_the_keys_that_end_a_scan(suffix: str, events: bytes, texts: list[bytes]) -> None:
    assert heard(events, suffix=suffix) == texts


def test_identifier_and_prefix_are_taken_off() -> None:
    said = Stage(prefix="\x02").run(keys("LEFTCTRL+B"), typed("us", "]Q1x"), ENTER)

    (scan,) = said
    assert isinstance(scan, Scan)
    assert (scan.codes[0].symbology, contents(said)) == ("QR Code", [b"x"])


@pytest.mark.parametrize(
    "unknown",
    [keys("F5"), keys("LEFTALT+A"), alt_code("99999999"), alt_code("55296"), keys("LEFTCTRL+1")],
)
def test_a_key_without_a_character_voids_its_scan_and_no_other(unknown: bytes) -> None:
    """Exact or nothing: what else was typed is dropped up to the suffix, and said so, once."""
    said = Stage().run(
        typed("us", "secret"), unknown, unknown, typed("us", "rest"), ENTER, typed("us", "next"), ENTER
    )

    assert [type(message) for message in said] == [Error, Scan]
    assert contents(said) == [b"next"]
    assert "secret" not in str(said)


def test_a_character_that_is_no_byte_voids_its_scan() -> None:
    said = Stage(encoding="windows-1252").run(alt_code("1234"), ENTER, typed("us", "next"), ENTER)

    assert [type(message) for message in said] == [Error, Scan]


def test_a_scan_that_is_too_long_is_said_once_and_dropped() -> None:
    said = Stage(max_length=5).run(typed("us", "123456789"), ENTER, typed("us", "12345"), ENTER)

    assert [type(message) for message in said] == [Error, Scan]
    assert contents(said) == [b"12345"]


def test_dropped_events_void_the_scan_in_hand_and_the_keys_held_are_asked_for() -> None:
    """SYN_DROPPED: up to the next report nothing is true. Shift was let go meanwhile, or what follows is capitals."""
    overrun = record(ecodes.EV_SYN, ecodes.SYN_DROPPED, 0) + written([(ecodes.KEY_B, 1)])
    said = Stage().run(
        typed("us", "lost"), written([(SHIFT, 1)]), overrun, typed("us", "also"), ENTER, typed("us", "next"), ENTER
    )

    assert [type(message) for message in said] == [Error, Scan]
    assert "dropped" in said[0].reason if isinstance(said[0], Error) else False
    assert contents(said) == [b"next"]


def test_a_key_held_over_an_overrun_is_held_after_it() -> None:
    keyboard = keystrokes.Keyboard(keymap.load("us"), frozenset({ecodes.KEY_ENTER}))

    keyboard.resume([SHIFT, ecodes.KEY_B], caps_lock=False)

    assert keyboard.key(ecodes.KEY_A, 1) == [Typed("A")]


def test_a_dead_key_before_a_silence_is_not_of_the_next_scan() -> None:
    """By the kernel's clock, so that a slow reader does not take an accent off its letter."""
    accent, letter, enter = ecodes.KEY_GRAVE, ecodes.KEY_A, ecodes.KEY_ENTER
    stale = b"".join(record(ecodes.EV_KEY, accent, value) for value in (1, 0))
    later = b"".join(
        RECORD.pack(1_700_000_009, 0, ecodes.EV_KEY, code, value) for code, value in [*tap(letter), *tap(enter)]
    )

    assert heard(stale + later, keymap="de") == [b"a"]


def test_silence_ends_a_scan_where_no_key_does(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "keys")
    with DriverProcess("keyboard", device=str(tmp_path / "keys"), suffix="none", gap_ms=50) as process:
        process.hear(Health)
        (tmp_path / "keys").write_bytes(typed("us", "no suffix"))
        assert contents([process.hear(Scan)]) == [b"no suffix"]


def test_half_a_scan_is_an_event_and_not_the_beginning_of_the_next(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "keys")
    with DriverProcess("keyboard", device=str(tmp_path / "keys"), gap_ms=50) as process:
        assert process.hear(Health).state == "ok"
        (tmp_path / "keys").write_bytes(typed("us", "half"))
        assert process.hear(Error).about == "scan"
        (tmp_path / "keys").write_bytes(typed("us", BADGE) + ENTER)
        assert contents([process.hear(Scan)]) == [BADGE.encode()]
        process.say(Ping())
        assert process.hear(Health).state == "ok"


def test_a_recording_is_played_by_hand_and_nothing_of_it_reaches_the_terminal(tmp_path: Path) -> None:
    (tmp_path / "recording").write_bytes(
        keys("LEFTCTRL+LEFTBRACE") + typed("us", "[2J") + ENTER + typed("us", BADGE) + ENTER
    )

    command = [sys.executable, "-m", "drivers", "scan", "keyboard", str(tmp_path / "recording")]
    done = subprocess.run(command, check=False, capture_output=True, timeout=40)

    assert done.returncode == 0
    assert b"\x1b" not in done.stdout + done.stderr
    assert b"ms-qrpin" not in done.stdout + done.stderr
    assert done.stdout.count(b'"type":"scan"') == 2


@settings(max_examples=40, deadline=None)
@given(
    strokes=st.lists(st.tuples(st.integers(0, 255), st.integers(0, 2)), max_size=60),
    cuts=st.lists(st.integers(0, 5000), max_size=6),
)
def test_any_split_of_the_records_gives_the_same_keys(strokes: list[Stroke], cuts: list[int]) -> None:
    data = written(strokes)
    whole = list(Events().feed(data))
    split, begin = Events(), 0
    found: list[Event | Lost] = []
    for cut in [*sorted(min(cut, len(data)) for cut in cuts), len(data)]:
        found += split.feed(data[begin:cut])
        begin = cut

    assert found == whole
    assert [event[:2] for event in whole] == strokes


@settings(max_examples=60, deadline=None)
@given(data=st.binary(max_size=3000), name=st.sampled_from(["us", "de", "fr"]))
def test_no_bytes_of_a_device_crash_it(data: bytes, name: str) -> None:
    keyboard = keystrokes.Keyboard(keymap.load(name), frozenset({ecodes.KEY_ENTER}))
    for event in Events().feed(data):
        if isinstance(event, Event):
            keyboard.key(event.code, event.value)


@settings(max_examples=60, deadline=None)
@given(strokes=st.lists(st.tuples(st.integers(0, 0x2FF), st.integers(0, 2)), max_size=80))
def test_no_keys_crash_it_and_all_are_accounted_for(strokes: list[Stroke]) -> None:
    keyboard = keystrokes.Keyboard(keymap.load("de"), frozenset({ecodes.KEY_ENTER}))
    for code, value in strokes:
        for stroke in keyboard.key(code, value):
            assert isinstance(stroke, Ended | Unknown) or len(stroke.character) == 1
