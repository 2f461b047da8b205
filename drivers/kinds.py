"""From a kind's name and its options to a driver. Each kind is imported only when it is the one."""

from __future__ import annotations

from typing import Any, Literal

from drivers.loop import Driver, Loop
from drivers.wire import options as declared

Role = Literal["scan", "print"]


def make(role: Role, kind: str, options: dict[str, Any], loop: Loop) -> Driver:
    """The driver of `kind`. Raises OptionError."""
    kinds = declared.SCANNERS if role == "scan" else declared.PRINTERS
    return _driver(kind, declared.read(kind, options, kinds), loop)


def _driver(kind: str, options: declared.Options, loop: Loop) -> Driver:
    match options:
        case declared.PicturesOptions():
            from drivers.scanners.pictures import Pictures  # noqa: PLC0415

            return Pictures(loop, options)
        case declared.CameraOptions():
            from drivers.scanners.camera import Camera  # noqa: PLC0415

            return Camera(loop, options)
        case declared.EscposOptions():
            from drivers.printers.driver import PrinterDriver  # noqa: PLC0415
            from drivers.printers.receipt import ReceiptPrinter  # noqa: PLC0415

            return PrinterDriver(loop, kind, ReceiptPrinter(options))
        case _:
            from drivers.null import NullDriver  # noqa: PLC0415

            return NullDriver(loop)
