"""A badge's content, and the serial driver at a simulated scanner."""

from __future__ import annotations

from typing import Any

from drivers.wire.messages import Scan
from kiosk.harness.serial_scanner import SimulatedScanner
from tests.drivers.driver_process import DriverProcess

BADGE = b"ms-qrpin:11111111-2222-3333-4444-555555555555:\x00\x80\xff:a@b.example"


def driver(scanner: SimulatedScanner, **options: Any) -> DriverProcess:
    """The driver of this scanner."""
    return DriverProcess("serial", device=scanner.address, **options)


def content(scan: Scan) -> bytes:
    """Of its one code."""
    (code,) = scan.codes
    return code.content.reveal()
