"""The foot of the screen: the keys that do something now, and how the devices are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from textual.content import Content

from kiosk.i18n import words
from kiosk.state import DeviceView
from kiosk.ui.keys import Key
from kiosk.ui.plain import plain
from kiosk.ui.widgets.flow import Flow

#: Cells a device's name may take.
_NAME: Final = 16
#: Cells what is said of one that is well may take.
_REASON: Final = 48


class KeyLine(Flow):
    """The keys, each with what it does."""

    def show(self, keys: Sequence[Key]) -> None:
        """Show these keys."""
        self.items = tuple(
            Content.assemble((f" {key.cap} ", "$on-cap on $cap bold"), (f" {key.label}", ""))
            for key in keys
            if key.shown
        )


class DeviceLine(Flow):
    """Each device's sign, name and state in words."""

    def show(self, devices: Sequence[DeviceView], signs: Mapping[str, str]) -> None:
        """Show these devices."""
        shown = [Content(f"{signs[device.health.state]} {describe(device)}") for device in devices]
        self.items = tuple(shown) or (Content(words("device.none")),)


def describe(device: DeviceView) -> str:
    """`Printer receipts: ready`, and what there is to say of a device that is well: `ready, paper near its end`."""
    name, health = plain(device.name)[:_NAME], device.health
    said = f"{words(f'device.{device.role}')} {name}: {words(f'device.state.{health.state}')}"
    return f"{said}, {plain(health.reason)[:_REASON]}" if health.state == "ok" and health.reason else said
