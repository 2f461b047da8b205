"""What a replacement works with."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.clock import Clock
from kiosk.config import Policy
from kiosk.devices.printer import Printer
from kiosk.registry import Registry
from kiosk.replace.issuer import Issuer
from kiosk.stationery import Stationery


@dataclass(frozen=True)
class Facilities:
    """The ports, the clock and the settings. `printer` is the one badges come out of."""

    issuer: Issuer
    registry: Registry
    printer: Printer
    clock: Clock
    stationery: Stationery
    policy: Policy
