"""The serial driver against a scanner at a pseudo-terminal, and at a device server (RFC 2217)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from drivers.scanners.serial import SerialScanner
from drivers.wire.messages import Error, Health, Ping, Scan, Signal, Trigger
from drivers.wire.options import SerialOptions
from kiosk.harness.serial_scanner import XOFF, XON, PtyPlug, Rfc2217Plug, SimulatedScanner
from tests.drivers.driver_process import DriverProcess, Hasty
from tests.drivers.serial_peer import BADGE, content, driver


def test_a_scan_arrives_byte_for_byte(plug: PtyPlug | Rfc2217Plug) -> None:
    """Also with every byte a value can have, suffix aside, and 255, which is Telnet's own."""
    with SimulatedScanner(plug) as scanner, driver(scanner, suffix="CR") as process:
        assert process.hear(Health).state == "ok"
        everything = bytes(byte for byte in range(256) if byte != 0x0D)
        for number, sent in enumerate((BADGE, everything), start=1):
            scanner.scan(sent)
            scan = process.hear(Scan)
            assert (scan.seq, scan.codes[0].engine, content(scan)) == (number, "serial", sent)


def test_prefix_suffix_and_aim_identifier_are_taken_off(link: Path) -> None:
    with (
        SimulatedScanner(PtyPlug(link), prefix=b"\x02", suffix=b"\x03") as scanner,
        driver(scanner, prefix="\x02", suffix="ETX") as process,
    ):
        process.hear(Health)
        scanner.scan(b"]Q1" + BADGE)
        scan = process.hear(Scan)

    assert (content(scan), scan.codes[0].symbology) == (BADGE, "QR Code")


def test_a_scan_in_pieces_is_one_scan(link: Path) -> None:
    with SimulatedScanner(PtyPlug(link)) as scanner, driver(scanner, gap_ms=5000) as process:
        process.hear(Health)
        for byte in b"piece by piece\r":
            scanner.send(bytes([byte]))
        assert content(process.hear(Scan)) == b"piece by piece"


def test_silence_alone_may_end_a_scan(link: Path) -> None:
    with SimulatedScanner(PtyPlug(link), suffix=b"") as scanner, driver(scanner, suffix="none", gap_ms=50) as process:
        process.hear(Health)
        scanner.scan(b"no suffix")
        assert content(process.hear(Scan)) == b"no suffix"


def test_half_a_scan_is_an_event_and_not_the_beginning_of_the_next(link: Path) -> None:
    with SimulatedScanner(PtyPlug(link)) as scanner, driver(scanner, gap_ms=50) as process:
        process.hear(Health)
        scanner.send(b"ms-qrpin:half")
        error = process.hear(Error)
        scanner.scan(b"whole")
        assert (error.about, error.fatal) == ("scan", False)
        assert "half" not in error.reason + error.hint
        assert content(process.hear(Scan)) == b"whole"


def test_a_megabyte_without_a_suffix_is_one_event_and_fills_no_memory(link: Path) -> None:
    with SimulatedScanner(PtyPlug(link)) as scanner, driver(scanner) as process:
        process.hear(Health)
        before = process.kilobytes
        scanner.send(bytes(1 << 20))
        error = process.hear(Error)
        scanner.scan(b"the end of it")
        scanner.scan(BADGE)
        said = process.hear(Scan)
        assert "longer than 7168 bytes" in error.reason
        assert (said.seq, content(said)) == (1, BADGE)
        assert process.kilobytes - before < 600


def test_garbage_crashes_nothing(plug: PtyPlug | Rfc2217Plug) -> None:
    garbage = bytes(range(256)) * 8 + b"\xff\xfe\xfa\xff\xf0" * 20
    with SimulatedScanner(plug) as scanner, driver(scanner) as process:
        process.hear(Health)
        scanner.send(garbage + b"\r")
        scanner.scan(BADGE)
        while content(process.hear(Scan)) != BADGE:
            pass
        process.say(Ping())
        assert process.hear(Health).state == "ok"


def test_two_scanners_at_once_are_two(tmp_path: Path) -> None:
    with (
        SimulatedScanner(PtyPlug(tmp_path / "one")) as one,
        SimulatedScanner(PtyPlug(tmp_path / "two")) as two,
        driver(one) as first,
        driver(two) as second,
    ):
        first.hear(Health)
        second.hear(Health)
        one.scan(b"at the first")
        two.scan(b"at the second")
        assert content(first.hear(Scan)) == b"at the first"
        assert content(second.hear(Scan)) == b"at the second"
        assert (first.hello.identity, second.hello.identity) == (one.address, two.address)


def test_unplugged_it_says_so_once_and_leaves_and_comes_back_under_another_number(link: Path, tmp_path: Path) -> None:
    """The stable name is what counts: behind it the device has changed."""
    with SimulatedScanner(PtyPlug(link)) as scanner:
        before = link.readlink()
        with driver(scanner) as process:
            process.hear(Health)
            # Something else takes the old number, as with ttyACM0 and ttyACM1.
            scanner.unplug()
            lost = process.rest()
        squatter = os.openpty()
        with DriverProcess("serial", device=scanner.address) as too_early:
            absent = too_early.rest()
        scanner.plug()
        assert link.readlink() != before
        with driver(scanner) as process:
            assert process.hear(Health).state == "ok"
            scanner.scan(BADGE)
            assert content(process.hear(Scan)) == BADGE
        for end in squatter:
            os.close(end)

    assert [(type(one), getattr(one, "state", "")) for one in lost] == [(Health, "absent")]
    assert [(type(one), getattr(one, "state", "")) for one in absent] == [(Health, "absent")]
    assert "plugged in" in getattr(absent[0], "hint", "")


@pytest.mark.parametrize(
    ("family", "plug"),
    [("honeywell", "pty"), ("zebra", "pty"), ("datalogic", "pty"), ("zebra", "rfc2217")],
    indirect=["plug"],
)
def test_trigger_and_signal_are_what_the_make_understands(family: str, plug: PtyPlug | Rfc2217Plug) -> None:
    """The simulated scanner knows the commands from the makers' manuals, not from the driver's data."""
    with SimulatedScanner(plug, family) as scanner, driver(scanner, family=family) as process:
        process.hear(Health)
        assert process.hello.capabilities == ("scan", "trigger", "signal")
        scanner.show(BADGE)
        process.say(Trigger())
        assert content(process.hear(Scan)) == BADGE
        scanner.wait_for("release")
        process.say(Signal(signal="good"))
        process.say(Signal(signal="bad"))
        if family == "honeywell":
            scanner.wait_for("beep", times=3)
        else:
            scanner.wait_for("bad")
        if family == "datalogic":
            # Its "not on file" disables it.
            scanner.wait_for("enable")
        assert "unknown" not in scanner.heard


def test_host_ack_has_tones_of_its_own(link: Path) -> None:
    with (
        SimulatedScanner(PtyPlug(link), "honeywell") as scanner,
        driver(scanner, family="honeywell_host_ack") as process,
    ):
        process.hear(Health)
        process.say(Signal(signal="good"))
        process.say(Signal(signal="bad"))
        scanner.wait_for("bad")
        assert scanner.heard == ["good", "bad"]


def test_a_scanner_that_is_told_nothing_says_so_in_its_capabilities(link: Path) -> None:
    with SimulatedScanner(PtyPlug(link)) as scanner, driver(scanner) as process:
        process.hear(Health)
        process.say(Trigger())
        process.say(Signal(signal="good"))
        scanner.scan(b"x")
        process.hear(Scan)
        assert (process.hello.capabilities, scanner.heard) == (("scan",), [])


def test_a_scanner_that_is_driven_and_left_is_let_go(link: Path) -> None:
    with SimulatedScanner(PtyPlug(link), "honeywell") as scanner:
        with driver(scanner, family="honeywell") as process:
            process.hear(Health)
            process.say(Trigger())
            scanner.wait_for("trigger")
        scanner.wait_for("release")


def test_a_trigger_that_finds_no_code_is_let_go_after_a_while(link: Path) -> None:
    with SimulatedScanner(PtyPlug(link), "datalogic") as scanner:
        loop = Hasty(lambda message: None)
        serial_driver = SerialScanner(loop, SerialOptions(device=scanner.address, family="datalogic"))
        serial_driver.start()
        serial_driver.handle(Trigger())
        loop.later(0, loop.stop)
        loop.run()
        scanner.wait_for("release")
        serial_driver.close()
        assert scanner.heard == ["trigger", "release"]


def test_xoff_holds_a_command_back_and_stops_nothing_else(link: Path) -> None:
    options = {"family": "honeywell", "flow": "xon_xoff", "write_timeout": 0.05}
    with SimulatedScanner(PtyPlug(link), "honeywell") as scanner, driver(scanner, **options) as process:
        process.hear(Health)
        scanner.send(XOFF)
        scanner.scan(b"one")
        process.hear(Scan)
        process.say(Signal(signal="good"))
        error = process.hear(Error)
        scanner.scan(b"two")
        assert content(process.hear(Scan)) == b"two"
        scanner.send(XON)
        scanner.scan(b"three")
        process.hear(Scan)
        process.say(Signal(signal="good"))
        scanner.wait_for("beep")
        assert (error.about, "XOFF" in error.hint) == ("signal", True)
        # What was held back then is not sent later.
        assert scanner.heard == ["beep"]


def test_xoff_is_a_byte_like_any_other_where_there_is_no_flow_control(link: Path) -> None:
    with SimulatedScanner(PtyPlug(link)) as scanner, driver(scanner) as process:
        process.hear(Health)
        scanner.scan(b"a" + XOFF + b"b" + XON)
        assert content(process.hear(Scan)) == b"a\x13b\x11"
