"""What each kind of driver is tried with: a simulated device on the other side of it, which can be taken away."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2

from kiosk.harness.http_camera import HttpCamera
from kiosk.harness.printer_model import Language
from kiosk.harness.printer_server import SimulatedPrinter
from kiosk.harness.serial_scanner import PtyPlug, SimulatedScanner
from tests.drivers.noisy import frames
from tests.drivers.symbols import picture


@dataclass(frozen=True)
class Peer:
    """One device. `options` are its driver's; `lose` and `restore` take it away and bring it back, if it can go."""

    options: dict[str, Any] = field(default_factory=dict)
    lose: Callable[[], None] | None = None
    restore: Callable[[], None] | None = None


@dataclass(frozen=True)
class Kind:
    """One kind of driver. `peer` makes its device in a folder; None where none can be simulated on any machine.

    `absent`: the options of one whose device is not there. `leaves`: its driver leaves with the device. `wrong`: an
    option that does not exist, and the right one. `state`: how it is with its device there.
    """

    role: str
    name: str
    wrong: tuple[str, str]
    absent: dict[str, Any] | None = None
    peer: Callable[[Path], Any] | None = None
    leaves: bool = False
    state: str = "ok"

    @property
    def can_go(self) -> bool:
        """Whether its device can be taken away: not where there is none, nor where it is files."""
        return self.name not in ("none", "pictures")

    def __str__(self) -> str:
        return f"{self.role}-{self.name}"


@contextmanager
def nothing(_: Path) -> Iterator[Peer]:
    yield Peer()


@contextmanager
def folder_of_pictures(folder: Path) -> Iterator[Peer]:
    cv2.imwrite(str(folder / "a.png"), picture(b"a picture"))
    yield Peer({"paths": [str(folder)], "watch": True, "interval": 0.05})


@contextmanager
def camera(_: Path) -> Iterator[Peer]:
    with HttpCamera(frames(picture(b"seen", scale=8))) as peer:

        def lose() -> None:
            peer.fault = "disconnect"

        def restore() -> None:
            peer.fault = ""

        yield Peer({"device": peer.url, "freeze_seconds": 2.0}, lose, restore)


@contextmanager
def serial(folder: Path) -> Iterator[Peer]:
    with SimulatedScanner(PtyPlug(folder / "usb-scanner-if00")) as scanner:
        yield Peer({"device": scanner.address}, scanner.unplug, scanner.plug)


def printer(language: Language) -> Callable[[Path], Any]:
    @contextmanager
    def peer(_: Path) -> Iterator[Peer]:
        with ExitStack() as on:
            first = on.enter_context(SimulatedPrinter(language=language))
            address = first.address
            port = int(address.rpartition(":")[2])

            def restore() -> None:
                on.enter_context(SimulatedPrinter(language=language, port=port))

            yield Peer({"to": address, "timeout": 0.5}, on.close, restore)

    return peer


@contextmanager
def folder_of_pages(folder: Path) -> Iterator[Peer]:
    pages = folder / "pages"
    pages.mkdir()
    yield Peer({"to": str(pages), "content_on_disk": True}, pages.rmdir, pages.mkdir)


KINDS = [
    Kind("scan", "none", ("paht", "there are"), {}, nothing, state="absent"),
    Kind("scan", "pictures", ("pahts", "paths"), None, folder_of_pictures),
    Kind("scan", "camera", ("devise", "device"), {"device": "/dev/v4l/by-id/nobody"}, camera),
    Kind("scan", "serial", ("bauds", "baud"), {"device": "/dev/serial/by-id/nobody"}, serial, leaves=True),
    Kind("scan", "keyboard", ("key_map", "keymap"), {"device": "/dev/input/by-id/nobody"}),
    Kind("print", "none", ("paht", "there are"), {}, nothing, state="absent"),
    Kind("print", "escpos", ("widht", "width"), {"to": "tcp:127.0.0.1:9", "timeout": 0.5}, printer("escpos")),
    Kind("print", "zpl", ("darknes", "darkness"), {"to": "tcp:127.0.0.1:9", "timeout": 0.5}, printer("zpl")),
    Kind("print", "picture", ("too", "to"), {"to": "/nowhere", "content_on_disk": True}, folder_of_pages),
]
