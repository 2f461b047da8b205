"""Wires end when they should: one user at a time, every wait has a deadline, and what is no device gets no badge."""

from __future__ import annotations

import os
import select
import socket
import stat
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.transports import address, ieee1284, lock, serial, usb
from drivers.transports.stream import Stream, TransportError
from drivers.wire import addresses, options
from drivers.wire.options import OptionError
from kiosk.harness.printer_server import SimulatedPrinter
from kiosk.harness.printer_wires import Pty

SOON = 0.1


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


def _connect(listener: socket.socket) -> tuple[Stream, socket.socket]:
    stream = address.connect(f"tcp:127.0.0.1:{listener.getsockname()[1]}", baud=9600, seconds=1)
    peer, _ = listener.accept()
    return stream, peer


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(lock, "PATIENCE", SOON)
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(tmp_path))


# --- deadlines


def test_a_peer_that_takes_nothing_is_given_up_on_and_what_it_took_is_told(listener: socket.socket) -> None:
    stream, peer = _connect(listener)
    with peer:
        with pytest.raises(TransportError, match="took no bytes") as gone:
            stream.write(bytes(50_000_000), SOON)
        assert 0 < gone.value.sent < 50_000_000
        stream.abandon()


def test_all_of_a_page_has_a_deadline_and_not_only_its_pieces(listener: socket.socket) -> None:
    stream, peer = _connect(listener)
    done = threading.Event()

    def sip() -> None:
        while not done.is_set():
            peer.recv(65536)
            done.wait(SOON / 10)

    sipping = threading.Thread(target=sip)
    sipping.start()
    began = time.monotonic()
    with pytest.raises(TransportError, match="took no bytes"):
        stream.write(bytes(1 << 30), seconds=30, total=3 * SOON)
    assert time.monotonic() - began < 10
    done.set()
    stream.close()
    sipping.join()
    peer.close()


def test_what_comes_back_while_sending_can_stop_it(listener: socket.socket) -> None:
    stream, peer = _connect(listener)
    with peer:
        peer.sendall(b"stop")
        heard: list[bytes] = []
        assert select.select([stream._descriptor], [], [], 5)[0]

        sent = stream.write(bytes(1 << 26), 5, heard=lambda data: not heard.append(data))

        assert (heard, sent < 1 << 26) == ([b"stop"], True)
        stream.close()


def test_a_half_closed_connection_is_noticed(listener: socket.socket) -> None:
    """The printer was switched off: reading says so, and so does sending while it listens."""
    stream, peer = _connect(listener)
    with peer:
        peer.shutdown(socket.SHUT_WR)
        assert select.select([stream._descriptor], [], [], 5)[0]
        with pytest.raises(TransportError, match="closed the connection"):
            stream.read(1)
        with pytest.raises(TransportError, match="closed the connection") as gone:
            stream.write(b"page", 1, heard=lambda _: False)
        assert gone.value.sent == 0
        stream.close()


def test_a_silent_printers_connection_is_watched_by_the_kernel(listener: socket.socket) -> None:
    stream, peer = _connect(listener)
    with peer, socket.socket(fileno=os.dup(stream._descriptor)) as same:
        assert same.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        idle = same.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE)
        between = same.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL)
        assert idle + between * same.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT) <= 30
        stream.close()


def test_xoff_for_ever_ends_the_write_and_the_close() -> None:
    """Closing a port waits for its output to leave, unless it was thrown away."""
    with SimulatedPrinter(wire=Pty()) as printer:
        stream = address.connect(printer.address, baud=9600, seconds=1, flow="xon_xoff")
        printer.fault("xoff")
        with pytest.raises(TransportError, match="took no bytes"):
            stream.write(bytes(1 << 20), SOON)
        began = time.monotonic()
        stream.abandon()
        assert time.monotonic() - began < 2


# --- one user at a time


@pytest.mark.parametrize("kind", ["tcp", "serial", "file"])
def test_a_device_has_one_user_and_the_next_is_told_who(kind: str, tmp_path: Path, listener: socket.socket) -> None:
    with SimulatedPrinter(wire=Pty()) as printer:
        to = {
            "tcp": f"tcp:127.0.0.1:{listener.getsockname()[1]}",
            "serial": printer.address,
            "file": f"file:{tmp_path / 'page.bin'}",
        }[kind]
        first = address.connect(to, baud=9600, seconds=1)
        with pytest.raises(TransportError, match="is busy: held by") as busy:
            address.connect(to, baud=9600, seconds=1)
        assert busy.value.hint
        assert not busy.value.absent
        if kind == "tcp":
            assert f"process {os.getpid()} (" in str(busy.value)
        first.close()
        address.connect(to, baud=9600, seconds=1).close()


def test_a_lock_ends_with_its_holder(tmp_path: Path) -> None:
    code = "from drivers.transports import lock; lock.for_address('h:1'); print('held', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ}
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(TransportError, match=f"held by process {other.pid} "):
            lock.for_address("h:1")
        other.kill()
    release = lock.for_address("h:1", 5)
    assert [file.name for file in tmp_path.iterdir()] == [f"kiosk-printer-{os.getuid()}-h_1.lock"]
    release()
    assert list(tmp_path.iterdir()) == []


def test_a_lock_file_taken_away_by_its_holder_locks_nothing(tmp_path: Path) -> None:
    """Who waited for it waits for the new one."""
    release = lock.for_address("h:1")
    taken: list[TransportError] = []
    waiting = threading.Thread(target=lambda: taken.append(lock.for_address("h:1", 5)))  # type: ignore[arg-type]
    waiting.start()
    release()
    waiting.join()

    with pytest.raises(TransportError, match="is busy"):
        lock.for_address("h:1")
    taken[0]()  # type: ignore[operator]


def test_a_place_for_locks_that_cannot_be_written_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNTIME_DIRECTORY", "/proc/none")

    with pytest.raises(TransportError, match="no lock for h:1"):
        lock.for_address("h:1")


# --- addresses


def test_a_file_gets_badges_only_when_that_was_said_and_is_its_owners_alone(tmp_path: Path) -> None:
    to = f"file:{tmp_path / 'page.bin'}"
    with pytest.raises(OptionError, match="content_on_disk"):
        options.read("escpos", {"to": to}, options.PRINTERS)
    options.read("escpos", {"to": to, "content_on_disk": True}, options.PRINTERS)

    stream = address.connect(to, baud=9600, seconds=1)
    stream.write(b"page", 1)
    assert stream.read(5) == b"", "nothing is ever heard of a file, and nobody waits for it"
    stream.close()

    assert (tmp_path / "page.bin").read_bytes() == b"page"
    assert stat.S_IMODE((tmp_path / "page.bin").stat().st_mode) == 0o600


def test_a_file_where_a_device_should_be_gets_nothing(tmp_path: Path) -> None:
    (tmp_path / "lp0").write_bytes(b"")

    with pytest.raises(TransportError, match="is no device"):
        address.connect(str(tmp_path / "lp0"), baud=9600, seconds=1)
    assert (tmp_path / "lp0").read_bytes() == b""


def test_a_device_that_is_not_there_is_absent() -> None:
    for to in ("/dev/usb/lp99", "serial:/dev/ttyUSB99", "usb:SN=none-such"):
        with pytest.raises(TransportError) as gone:
            address.connect(to, baud=9600, seconds=1)
        assert gone.value.absent, to
        assert gone.value.hint


@pytest.mark.parametrize("kind", ["escpos", "zpl"])
@pytest.mark.parametrize(
    "to",
    [
        "usb:",
        "usb:SN",
        "usb:=x",
        "usb:SN=",
        "file:x",
        "serial:COM1",
        "tcp:h",
        "tcp:h:0",
        "tcp:h:65536",
        "tcp:[::1]",
        "tcp::9100",
        "tcp:h:",
        "tcp:h:٩",
        "tcp://h:9100",
        "lp0",
        "ipp:h:631",
    ],
)
def test_an_address_that_is_none_is_refused(kind: str, to: str) -> None:
    with pytest.raises(OptionError, match="no printer address"):
        options.read(kind, {"to": to, "content_on_disk": True}, options.PRINTERS)


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("printer.example:9100", "printer.example"),
        ("[::1]:9100", "::1"),
        ("::1:9100", "::1"),
        ("192.0.2.7:9100", "192.0.2.7"),
    ],
)
def test_a_host_is_a_name_or_an_address_of_either_kind(text: str, host: str) -> None:
    assert addresses.host_and_port(text) == (host, 9100)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_a_printer_answers_by_name_and_by_address_of_either_kind(host: str) -> None:
    family = socket.AF_INET6 if host == "[::1]" else socket.AF_INET
    with socket.create_server(("::1" if host == "[::1]" else "127.0.0.1", 0), family=family) as listener:
        stream = address.connect(f"tcp:{host}:{listener.getsockname()[1]}", baud=9600, seconds=1)
        stream.write(b"page", 1)
        peer, _ = listener.accept()
        with peer:
            assert peer.recv(4) == b"page"
        stream.close()


# --- USB


@pytest.mark.parametrize(
    ("status", "faults"),
    [
        (None, []),
        (0x18, []),
        (0x38, ["paper out"]),
        (0x20, ["paper out"]),
        (0x08, ["offline"]),
        (0x10, ["printer error"]),
    ],
)
def test_a_ports_status_means_what_the_usb_printer_class_says(status: int | None, faults: list[str]) -> None:
    assert usb.port_faults(status) == faults


EPSON = "MFG:EPSON;CMD:ESC/POS;MDL:TM-T20III;CLS:PRINTER;"
ZEBRA = "MANUFACTURER:Zebra Technologies ;COMMAND SET:ZPL;MODEL:ZTC ZD421;CLASS:PRINTER;SERN:D4J1;"


def _plug(folder: Path, name: str, identity: str, serial_number: str) -> None:
    """A printer as the kernel lists it: an interface with its id, in a device with its serial number."""
    device = folder / "devices" / name / "interface"
    device.mkdir(parents=True)
    (device / "ieee1284_id").write_text(identity)
    (device.parent / "serial").write_text(serial_number + "\n")
    (folder / "class" / name).mkdir(parents=True)
    (folder / "class" / name / "device").symlink_to(device)


def test_a_printer_is_found_by_what_it_says_of_itself(tmp_path: Path) -> None:
    _plug(tmp_path, "lp0", EPSON, "X4Q5")
    _plug(tmp_path, "lp1", EPSON, "X4Q6")
    _plug(tmp_path, "lp2", ZEBRA, "ignored")

    def node(text: str) -> str:
        return usb.node(ieee1284.wanted(text), tmp_path / "class")

    assert node("SN=X4Q6") == "/dev/usb/lp1"
    assert node("mfg=epson,sn=x4q5") == "/dev/usb/lp0"
    assert node("MODEL=ZTC ZD421,SN=D4J1") == "/dev/usb/lp2"
    assert usb.identity("/dev/usb/lp0", tmp_path / "class") == "usb:MFG=EPSON,MDL=TM-T20III,SN=X4Q5"
    assert usb.identity("/dev/usb/lp9", tmp_path / "class") == "/dev/usb/lp9"
    with pytest.raises(TransportError, match="2 USB printers"):
        node("MFG=EPSON")
    with pytest.raises(TransportError, match="no USB printer") as gone:
        node("SN=none")
    assert gone.value.absent


@given(st.text())
def test_no_id_does_harm(text: str) -> None:
    fields = ieee1284.parse(text)

    assert all(key and key == key.upper() for key in fields)


@given(
    st.dictionaries(
        st.sampled_from(["MFG", "MDL", "CMD", "SN", "DES"]), st.text(alphabet="aZ0 -/", min_size=1).map(str.strip)
    )
)
def test_an_id_is_read_as_it_was_written(fields: dict[str, str]) -> None:
    assert ieee1284.parse("".join(f"{key}:{value};" for key, value in fields.items())) == fields


def test_a_port_is_set_as_it_was_said() -> None:
    with SimulatedPrinter(wire=Pty()) as printer:
        path = printer.address.removeprefix("serial:")
        stream = serial.connect(path, 19200, "xon_xoff")
        flags, _, _, _, _, speed, _ = termios.tcgetattr(stream._descriptor)
        assert flags & termios.IXON
        assert speed == termios.B19200
        stream.close()
