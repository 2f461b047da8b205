"""Serial ports on the network: device servers that go and come back, those of others, plain sockets."""

from __future__ import annotations

import os
import select
import socket
import threading
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Self

import pytest
import serial
from serial.rfc2217 import PortManager

from drivers.scanners.remote import RemotePort
from drivers.scanners.trouble import DeviceTroubleError
from drivers.wire.messages import Health, Ping, Scan, Trigger
from drivers.wire.options import SerialOptions
from kiosk.harness.serial_scanner import PtyPlug, Rfc2217Plug, SimulatedScanner
from tests.drivers.driver_process import DriverProcess
from tests.drivers.serial_peer import BADGE, content, driver


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


def test_a_port_that_is_hung_up_on_while_it_is_written_to_is_away() -> None:
    """The thread that reads sees the end and closes the port, while a write waits for the socket to take more."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = RemotePort(SerialOptions(device=f"socket://127.0.0.1:{listener.getsockname()[1]}"))
        client, _ = listener.accept()

        class EndsMeanwhile(socket.socket):
            def send(self, data: Any, flags: int = 0) -> int:
                sent = super().send(data, flags)
                client.close()
                port._thread.join()
                return sent

        with closing(port), closing(client):
            select.select([port.descriptor], [], [], 20)
            connected = port._port._socket
            port._port._socket = ending = EndsMeanwhile(fileno=os.dup(connected.fileno()))
            with closing(connected), closing(ending), pytest.raises(DeviceTroubleError) as lost:
                port.write(b"\x16T\r")
    assert lost.value.health.state == "absent"


def test_a_device_server_that_is_none_is_a_state() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with DriverProcess("serial", device=f"rfc2217://127.0.0.1:{port}") as process:
        assert process.hear(Health).state == "absent"


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
