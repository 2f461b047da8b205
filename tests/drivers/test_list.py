"""`python -m drivers list`: what is plugged in, on a machine laid out in a folder, and a table to paste for each."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from drivers.plugged import listing
from drivers.plugged.found import Found, quoted, stanza
from drivers.plugged.machine import Machine
from drivers.wire.options import CameraOptions, EscposOptions, KeyboardOptions, SerialOptions, ZplOptions
from kiosk.config import parse

#: A device that tries to write on the terminal of who lists it.
HOSTILE = 'Evil\x1b[2J\x9b31m\u202eneffo"\n[graph]\ntenant_id = "x'
KEYS = "1000000000007 ff9f207ac14057ff febeffdfffefffff fffffffffffffffe\n"


class Workshop:
    """A machine in a folder, to plug things into."""

    def __init__(self, folder: Path) -> None:
        self.machine = Machine(sys=folder / "sys", dev=folder / "dev")
        self._count = 0
        (folder / "sys").mkdir()
        (folder / "dev").mkdir()

    def usb(self, vendor: str, product: str, serial: str = "", name: str = "") -> Path:
        """A USB device; gives its one interface."""
        self._count += 1
        device = self.machine.sys / f"devices/pci0000:00/usb1/1-{self._count}"
        interface = device / f"1-{self._count}:1.0"
        interface.mkdir(parents=True)
        for file, value in {"idVendor": vendor, "idProduct": product, "serial": serial, "product": name}.items():
            if value:
                (device / file).write_text(value + "\n", encoding="utf-8")
        return interface

    def add(self, kind: str, node: str, device: Path | None = None, **files: str) -> Path:
        """`/sys/class/KIND/NODE` and `/dev/…/NODE`."""
        entry = self.machine.sys / "class" / kind / node
        entry.mkdir(parents=True)
        if device:
            (entry / "device").symlink_to(device)
        for name, value in files.items():
            (entry / name).write_text(value + "\n", encoding="utf-8")
        return entry

    def link(self, folder: str, name: str, node: str) -> None:
        """A stable name in /dev."""
        path = self.machine.dev / folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        (self.machine.dev / node).parent.mkdir(parents=True, exist_ok=True)
        (self.machine.dev / node).touch()
        path.symlink_to(self.machine.dev / node)

    def keyboard(self, number: int, name: str, vendor: str, serial: str = "", keys: str = KEYS) -> None:
        """An input device."""
        device = self.machine.sys / f"devices/virtual/input{number}"
        (device / "id").mkdir(parents=True)
        (device / "capabilities").mkdir()
        for file, value in {
            "name": name,
            "uniq": serial,
            "phys": f"usb-{number}",
            "id/vendor": vendor,
            "id/product": "0001",
        }.items():
            (device / file).write_text(value + "\n", encoding="utf-8")
        (device / "capabilities/key").write_text(keys)
        self.add("input", f"event{number}", device)

    def printer(self, number: int, told: str, serial: str = "") -> None:
        """A USB printer and the id it gives."""
        interface = self.usb("04b8", "0e28", serial)
        (interface / "ieee1284_id").write_text(told + "\n", encoding="utf-8")
        self.add("usbmisc", f"lp{number}", interface)


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    return Workshop(tmp_path)


@pytest.fixture
def full(workshop: Workshop) -> Workshop:
    """One of everything, and two cameras of a kind without a serial number."""
    for number, plug in enumerate(("1", "2")):
        workshop.add("video4linux", f"video{2 * number}", workshop.usb("046d", "0825"), name="HD Webcam", index="0")
        workshop.add("video4linux", f"video{2 * number + 1}", name="HD Webcam", index="1")
        workshop.link("v4l/by-path", f"pci-0000:00:14.0-usb-0:{plug}:1.0-video-index0", f"video{2 * number}")
    workshop.link("v4l/by-id", "usb-046d_HD_Webcam-video-index0", "video2")
    workshop.add("tty", "ttyACM0", workshop.usb("0c2e", "0b6a", "21123B0042", "1470g 2D"))
    workshop.link("serial/by-id", "usb-Honeywell_1470g_21123B0042-if00", "ttyACM0")
    workshop.link("serial/by-path", "pci-0000:00:14.0-usb-0:3:1.0", "ttyACM0")
    workshop.add("tty", "ttyUSB0", workshop.usb("1a86", "7523", name="USB Serial"))
    workshop.link("serial/by-path", "pci-0000:00:14.0-usb-0:4:1.0-port0", "ttyUSB0")
    workshop.add("tty", "ttyS0", type="4")
    workshop.add("tty", "ttyS1", type="0")
    workshop.keyboard(2, "Dell Keyboard", "413c")
    workshop.keyboard(3, "Symbol Bar Code Scanner", "05e0", "S17")
    workshop.keyboard(5, "Barcode Reader", "1234", "S18")
    workshop.keyboard(4, "Power Button", "0000", keys="10000000000000 0\n")
    workshop.link("input/by-id", "usb-Symbol_Bar_Code_Scanner_S17-event-kbd", "input/event3")
    workshop.printer(0, "MFG:EPSON;CMD:ESC/POS;MDL:TM-T20III;", "X4Q5")
    workshop.printer(1, "MANUFACTURER:Zebra;COMMAND SET:ZPL;MODEL:ZD421;")
    workshop.printer(2, "MFG:Nobody;MDL:Box;")
    return workshop


def test_everything_has_its_stable_name_and_its_kind(full: Workshop) -> None:
    found = {name: (one.kind, one.options, one.likely) for name, one in listing.find(full.machine)}

    assert found == {
        "camera": ("camera", {"device": "/dev/v4l/by-path/pci-0000:00:14.0-usb-0:1:1.0-video-index0"}, True),
        "camera-2": ("camera", {"device": "/dev/v4l/by-path/pci-0000:00:14.0-usb-0:2:1.0-video-index0"}, True),
        "serial": (
            "serial",
            {"device": "/dev/serial/by-id/usb-Honeywell_1470g_21123B0042-if00", "family": "honeywell"},
            True,
        ),
        "serial-2": ("serial", {"device": "/dev/serial/by-path/pci-0000:00:14.0-usb-0:4:1.0-port0"}, False),
        "serial-3": ("serial", {"device": "/dev/ttyS0"}, False),
        "keyboard": (
            "keyboard",
            {"device": "/dev/input/by-id/usb-Symbol_Bar_Code_Scanner_S17-event-kbd", "keymap": "us"},
            True,
        ),
        "keyboard-2": ("keyboard", {"vendor": "1234", "product": "0001", "serial": "S18", "keymap": "us"}, True),
        "keyboard-3": ("keyboard", {"vendor": "413c", "product": "0001", "phys": "usb-2", "keymap": "us"}, False),
        "printer": ("escpos", {"to": "usb:SN=X4Q5"}, True),
        "printer-2": ("zpl", {"to": "/dev/usb/lp1"}, True),
        "printer-3": ("escpos", {"to": "/dev/usb/lp2"}, False),
    }


def test_every_stanza_is_a_configuration(full: Workshop) -> None:
    """All of them pasted into one file, as one would."""
    text = "\n\n".join(row["stanza"] for row in json.loads(listing.as_json(full.machine)))

    config = parse(tomllib.loads(text), None)

    kinds = {name: type(device.options) for name, device in (config.scanners | config.printers).items()}
    assert kinds == {
        "camera": CameraOptions,
        "camera-2": CameraOptions,
        "serial": SerialOptions,
        "serial-2": SerialOptions,
        "serial-3": SerialOptions,
        "keyboard": KeyboardOptions,
        "keyboard-2": KeyboardOptions,
        "keyboard-3": KeyboardOptions,
        "printer": EscposOptions,
        "printer-2": ZplOptions,
        "printer-3": EscposOptions,
    }


def test_the_table_for_people_can_be_pasted_too(full: Workshop) -> None:
    table, _, pasted = listing.as_text(full.machine).partition("\n\n")

    assert len(table.splitlines()) == 11
    assert len(parse(tomllib.loads(pasted), None).scanners) == 8
    # What is perhaps not meant is marked in the table and explained where it is pasted from.
    assert table.count("(?)") == 4
    assert pasted.count("# ") == 4


def test_a_hostile_name_commands_no_terminal_and_forges_no_setting(workshop: Workshop) -> None:
    workshop.keyboard(1, HOSTILE, "05e0")
    workshop.printer(0, f"MFG:{HOSTILE};CMD:ZPL;MDL:x;SN:{HOSTILE};")
    workshop.add("video4linux", "video0", name=HOSTILE, index="0")

    shown = listing.as_text(workshop.machine)

    assert all(" " <= character <= "~" or character == "\n" for character in shown)
    assert all(" " <= character <= "~" or character == "\n" for character in listing.as_json(workshop.machine))
    assert set(tomllib.loads(shown.partition("\n\n")[2])) == {"scanners", "printers"}


@pytest.mark.parametrize("text", [HOSTILE, "\x7f\x80\x9f", "\U0001f600", "\\u0041", ""])
def test_a_quoted_text_is_that_text_to_toml(text: str) -> None:
    found = Found("scanners", "camera", "x", {"device": text})

    assert tomllib.loads(stanza(found, "desk"))["scanners"]["desk"]["device"] == text
    assert quoted(text).isascii()


def test_nothing_is_said_to_be_there_where_nothing_is(workshop: Workshop) -> None:
    assert "No camera" in listing.as_text(workshop.machine)
    assert json.loads(listing.as_json(workshop.machine)) == []


@pytest.mark.parametrize("words", [("list",), ("list", "--json")])
def test_the_command_runs_on_this_machine(words: tuple[str, ...]) -> None:
    command = [sys.executable, "-m", "drivers", *words]
    done = subprocess.run(command, check=False, capture_output=True, timeout=40)

    assert (done.returncode, done.stderr) == (0, b"")
    if "--json" in words:
        assert isinstance(json.loads(done.stdout), list)
