"""What many scenes share: starting a tenant and a printer takes longer than a replacement."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from drivers.printers import verdict
from drivers.wire.secret import Secret
from kiosk.harness.printer_server import SimulatedPrinter
from kiosk.registry.opening import open_registry
from kiosk.tenant import model
from kiosk.tenant.method import Pin
from kiosk.tenant.serve import RunningTenant
from tests.crash.child import SILENCE
from tests.replace.bench import DriverSocket
from tests.system.leaks import Leaks


@dataclass
class Stage:
    """A tenant, a printer and its driver, and the only folder that a station on this stage writes to.

    `empty` is a registry without an entry. `leaks` knows every content and PIN that was made in this scene,
    and the tokens.
    """

    tenant: RunningTenant
    paper: SimulatedPrinter
    drivers: DriverSocket
    empty: bytes
    folder: Path
    leaks: Leaks

    def clear(self) -> None:
        """No file is left of an earlier scene, no sheet, no driver, no secret to look for."""
        for left in self.folder.rglob("*"):
            if left.is_file():
                left.unlink()
        # As though somebody had taken the sheets away: thousands of them would be copied at each look.
        self.paper._printer.sheets.clear()
        self.paper._printer.faults.clear()
        self.drivers.conversations.clear()
        self.leaks.known.clear()


@contextmanager
def stage(folder: Path) -> Iterator[Stage]:
    """A stage in an empty folder."""
    new = folder / "registry.db"
    open_registry(new).close()
    empty = new.read_bytes()
    drivers = DriverSocket(folder / "printer.sock")
    (folder / "tmp").mkdir()
    leaks = Leaks()
    try:
        with RunningTenant() as tenant, SimulatedPrinter() as paper, _all_known(leaks), _soon_silent():
            # Accepted connections inherit it: without it each answer waits 40 ms for an acknowledgement.
            tenant._site.listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            yield Stage(tenant, paper, drivers, empty, folder, leaks)
    finally:
        drivers.close()


@contextmanager
def _all_known(leaks: Leaks) -> Iterator[None]:
    """The tenant keeps digests alone: every content and PIN is noted as it is made, told to anybody or not."""
    content, pin = model.new_content, Pin.made

    def noted_content(user_principal_name: str, code_id: str) -> Secret:
        new = content(user_principal_name, code_id)
        leaks.add(new)
        return new

    def noted_pin(pin_id: str, digits: str, *about: Any, **more: Any) -> Pin:
        leaks.add(Secret(digits))
        return pin(pin_id, digits, *about, **more)

    vars(model)["new_content"] = noted_content
    Pin.made = noted_pin  # type: ignore[method-assign]
    try:
        yield
    finally:
        vars(model)["new_content"] = content
        Pin.made = pin  # type: ignore[method-assign]


@contextmanager
def _soon_silent() -> Iterator[None]:
    """A silent printer is asked for as long as a real one may take; here it answers from this machine or never."""
    seconds = verdict.STATUS_SECONDS
    vars(verdict)["STATUS_SECONDS"] = SILENCE
    try:
        yield
    finally:
        vars(verdict)["STATUS_SECONDS"] = seconds
