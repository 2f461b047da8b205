"""The serial driver against a scanner at a pseudo-terminal, and at a device server (RFC 2217)."""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import subprocess
import sys
import termios
import threading
import tty
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import pytest
import serial
from serial.rfc2217 import PortManager

from drivers.scanners.serial import SerialScanner
from drivers.scanners.trouble import explain
from drivers.wire.messages import Error, Health, Ping, Scan, Signal, Trigger
from drivers.wire.options import SCANNERS, OptionError, SerialOptions, read
from kiosk.harness.serial_scanner import XOFF, XON, PtyPlug, Rfc2217Plug, SimulatedScanner
from tests.drivers.driver_process import DriverProcess, Hasty

BADGE = b"ms-qrpin:11111111-2222-3333-4444-555555555555:\x00\x80\xff:a@b.example"


@pytest.fixture(params=["pty", "rfc2217"])
def plug(request: pytest.FixtureRequest, tmp_path: Path) -> PtyPlug | Rfc2217Plug:
    return PtyPlug(tmp_path / "usb-Honeywell-if00") if request.param == "pty" else Rfc2217Plug()


@pytest.fixture
def link(tmp_path: Path) -> Path:
    return tmp_path / "usb-Honeywell-if00"


def driver(scanner: SimulatedScanner, **options: Any) -> DriverProcess:
    return DriverProcess("serial", device=scanner.address, **options)


def content(scan: Scan) -> bytes:
    (code,) = scan.codes
    return code.content.reveal()


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


def test_a_device_server_that_goes_and_comes_back_is_said_once_each() -> None:
    with SimulatedScanner(Rfc2217Plug()) as scanner, driver(scanner) as process:
        assert process.hear(Health).state == "ok"
        scanner.unplug()
        lost = process.hear(Health)
        process.say(Trigger())
        process.say(Ping())
        assert (lost.state, process.hear(Health).state) == ("absent", "absent")
        scanner.plug()
        assert process.hear(Health).state == "ok"
        scanner.scan(BADGE)
        assert content(process.hear(Scan)) == BADGE


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


@pytest.fixture
def terminal() -> Iterator[str]:
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    yield os.ttyname(theirs)
    os.close(ours)
    os.close(theirs)


def test_a_port_that_another_program_holds_is_busy_and_the_program_is_named(terminal: str) -> None:
    """The driver stays, and takes the port when it is free."""
    held = os.open(terminal, os.O_RDWR | os.O_NOCTTY)
    fcntl.flock(held, fcntl.LOCK_EX)
    with DriverProcess("serial", device=terminal) as process:
        busy = process.hear(Health)
        os.close(held)
        back = process.hear(Health)
    assert (busy.state, back.state) == ("fault", "ok")
    assert f"(process {os.getpid()})" in busy.reason


def test_a_port_is_taken_for_ourselves(terminal: str) -> None:
    with DriverProcess("serial", device=terminal) as process:
        process.hear(Health)
        probe = "import os, sys; os.setuid(65534); os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY)"
        if os.getuid() == 0:
            os.chmod(terminal, 0o666)  # noqa: S103, PTH101
            refused = subprocess.run([sys.executable, "-c", probe, terminal], check=False, capture_output=True)
            assert b"EBUSY" in refused.stderr or b"busy" in refused.stderr
        with DriverProcess("serial", device=terminal) as second:
            assert (second.hear(Health)).state == "fault"


@pytest.mark.skipif(os.getuid() != 0, reason="nothing is denied to anybody else here without a second user")
def test_a_port_that_may_not_be_opened_names_the_group(terminal: str) -> None:
    """The driver as another user, as systemd runs it."""
    os.chmod(terminal, 0o600)  # noqa: PTH101
    program = (
        "import os, sys, json; sys.path.insert(0, '.'); from drivers.scanners import port, trouble\n"
        "from drivers.wire.options import SerialOptions\n"
        "os.setuid(65534)\n"
        "try: port.LocalPort(SerialOptions(device=sys.argv[1]))\n"
        "except trouble.DeviceTroubleError as wrong: print(wrong.health.state, wrong.health.hint)\n"
    )
    told = subprocess.run([sys.executable, "-c", program, terminal], check=True, capture_output=True, text=True)
    assert told.stdout.startswith("fault")
    assert "group" in told.stdout


def test_what_is_no_serial_port_is_a_state(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no port")
    with DriverProcess("serial", device=str(tmp_path / "file")) as process:
        health = process.hear(Health)
        assert (health.state, health.hint) == ("fault", "is this the right device?")
        assert health.reason.endswith("it is no serial port")


def test_a_device_server_that_is_none_is_a_state() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with DriverProcess("serial", device=f"rfc2217://127.0.0.1:{port}") as process:
        assert process.hear(Health).state == "absent"


def test_a_port_held_by_a_meddling_program_says_what_keeps_it_off(terminal: str, tmp_path: Path) -> None:
    """Found among the processes by the device they have open, here as ModemManager would be."""
    process = tmp_path / "4711"
    (process / "fd").mkdir(parents=True)
    (process / "comm").write_text("ModemManager\n")
    (process / "fd/7").symlink_to(terminal)
    (process / "fd/0").symlink_to("/dev/null")

    health = explain(terminal, errno.EBUSY, group="dialout", processes=tmp_path).health

    assert health.state == "fault"
    assert "ModemManager (process 4711)" in health.reason
    assert "ID_MM_DEVICE_IGNORE" in health.hint


def test_a_port_that_brltty_took_away_says_so(tmp_path: Path) -> None:
    """It claims the USB adapter itself, so there is no port left that it could be seen to hold."""
    (tmp_path / "815").mkdir()
    (tmp_path / "815/comm").write_text("brltty\n")

    health = explain("/dev/ttyUSB0", errno.ENOENT, group="dialout", processes=tmp_path).health

    assert (health.state, "brltty" in health.hint) == ("absent", True)


class NoModemLines(serial.Serial):
    """A pseudo-terminal has none to ask for, nor to set."""

    cts = dsr = ri = cd = property(lambda self: False)

    def _update_dtr_state(self) -> None:
        pass

    _update_rts_state = _update_dtr_state


class PySerialServer:
    """pyserial's own RFC 2217 server before a pseudo-terminal: a peer that none of us wrote."""

    def __init__(self, terminal: str) -> None:
        self._port = NoModemLines(terminal, timeout=0.05)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"rfc2217://127.0.0.1:{self._listener.getsockname()[1]}"
        self._leaving = threading.Event()

    def write(self, data: bytes) -> None:
        """What the manager answers."""
        self._client.sendall(data)

    def _run(self) -> None:
        self._client, _ = self._listener.accept()
        self._client.settimeout(0.05)
        manager = PortManager(self._port, self)
        while not self._leaving.is_set():
            # A driver that is done hangs up.
            with suppress(BrokenPipeError, ConnectionResetError):
                self.write(b"".join(manager.escape(self._port.read(self._port.in_waiting or 1))))
            with suppress(TimeoutError, ConnectionResetError):
                self._port.write(b"".join(manager.filter(self._client.recv(4096))))

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._leaving.set()
        self._thread.join()
        for end in (self._client, self._listener, self._port):
            end.close()


def test_another_makers_device_server_serves_as_well(link: Path) -> None:
    with (
        SimulatedScanner(PtyPlug(link), "zebra") as scanner,
        PySerialServer(str(link.resolve())) as server,
        DriverProcess("serial", device=server.address, family="zebra", suffix="CR", baud=19200) as process,
    ):
        assert process.hear(Health).state == "ok"
        scanner.show(BADGE)
        process.say(Trigger())
        assert content(process.hear(Scan)) == BADGE
        scanner.wait_for("release")


def test_a_plain_socket_is_a_port_too() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"socket://127.0.0.1:{listener.getsockname()[1]}"
        with DriverProcess("serial", device=address, family="honeywell") as process:
            client, _ = listener.accept()
            with client:
                process.hear(Health)
                client.sendall(BADGE + b"\r")
                assert content(process.hear(Scan)) == BADGE
                process.say(Trigger())
                assert client.recv(16) == b"\x16T\r"
            assert process.hear(Health).state == "absent"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({}, "device"),
        ({"device": "/dev/x", "boud": 1}, "did you mean baud?"),
        ({"device": "/dev/x", "parity": "evn"}, "parity"),
        ({"device": "/dev/x", "bytesize": 9}, "bytesize"),
        ({"device": "/dev/x", "max_length": 1_000_000}, "max_length"),
        ({"device": "/dev/x", "prefix": "€"}, "bytes"),
    ],
)
def test_wrong_options_are_named(options: dict[str, Any], says: str) -> None:
    with pytest.raises(OptionError) as caught:
        read("serial", options, SCANNERS)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("ttyS0",), b"/dev/serial/by-id"),
        (("/dev/ttyS0", "/dev/ttyS1"), b"one device, not 2"),
        (("/dev/x", "--option", "family=honeywel"), b"did you mean honeywell?"),
        (("/dev/x", "--option", "suffix=\u20ac"), b"is not bytes"),
        (("rfc2217://nowhere:99999999",), b"rfc2217"),
        (("socket://nowhere",), b"socket://HOST:PORT"),
        (("rfc2217://localhost:1?logging=debug",), b"rfc2217://HOST:PORT"),
    ],
)
def test_what_only_the_driver_can_know_is_named_as_well(words: tuple[str, ...], says: bytes) -> None:
    command = [sys.executable, "-m", "drivers", "scan", "serial", *words]
    done = subprocess.run(command, check=False, capture_output=True, timeout=40)
    assert (done.returncode, says in done.stderr, b"Traceback" in done.stderr) == (2, True, False), done.stderr


def test_line_settings_reach_the_line(terminal: str) -> None:
    with DriverProcess("serial", device=terminal, baud=115200, flow="rts_cts", stopbits=2) as process:
        process.hear(Health)
        look = os.open(terminal, os.O_RDWR | os.O_NOCTTY) if os.getuid() == 0 else -1
        if look >= 0:
            settings = termios.tcgetattr(look)
            assert settings[4] == termios.B115200
            assert settings[2] & termios.CSTOPB
            assert settings[2] & termios.CRTSCTS
            os.close(look)
