"""From a kind's name and its options to a driver. Each kind is imported only when it is the one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from drivers.loop import Driver, Loop
from drivers.wire import options as declared

if TYPE_CHECKING:
    from drivers.printers.driver import Printer

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
        case declared.SerialOptions():
            from drivers.scanners.serial import SerialScanner  # noqa: PLC0415

            return SerialScanner(loop, options)
        case declared.KeyboardOptions():
            from drivers.scanners.keyboard import Keyboard  # noqa: PLC0415

            return Keyboard(loop, options)
        case declared.PaperOptions():
            from drivers.printers.driver import PrinterDriver  # noqa: PLC0415

            return PrinterDriver(loop, kind, _printer(options))
        case _:
            from drivers.null import NullDriver  # noqa: PLC0415

            return NullDriver(loop)


def _printer(options: declared.PaperOptions) -> Printer:
    match options:
        case declared.ZplOptions():
            from drivers.printers.label import LabelPrinter  # noqa: PLC0415

            return LabelPrinter(options)
        case declared.PictureOptions():
            from drivers.printers.picture import PicturePrinter  # noqa: PLC0415

            return PicturePrinter(options)
        case declared.EscposOptions():
            from drivers.printers.receipt import ReceiptPrinter  # noqa: PLC0415

            return ReceiptPrinter(options)
        case _:
            raise declared.OptionError(f"no printer for {type(options).__name__}")
