"""USB through the kernel's usblp: `/dev/usb/lpN`, read and written like a file.

Neither libusb nor a detached kernel driver: those reset the printer whenever it is opened.
"""

from __future__ import annotations

import array
import errno
import fcntl
import os
import stat
from pathlib import Path
from typing import Final

from drivers.transports import ieee1284, lock
from drivers.transports.stream import Device, Stream, TransportError

#: Where the kernel lists printers, each with the IEEE 1284 id it gave.
PRINTERS: Final = Path("/sys/class/usbmisc")
_LPGETSTATUS: Final = 0x060B
#: Bits of a USB printer's port status (USB Printer Class 1.1, section 4.2.2); `not error` and `selected` are good.
_PAPER_EMPTY, _SELECTED, _NOT_ERROR = 0x20, 0x10, 0x08
_HINTS = {
    errno.EACCES: "the driver's user must be in group lp",
    errno.EBUSY: "another program holds it",
    errno.ENOENT: "is it plugged in and switched on?",
    errno.ENODEV: "is it plugged in and switched on?",
    errno.ENXIO: "is it plugged in and switched on?",
}
_ABSENT: Final = (errno.ENOENT, errno.ENODEV, errno.ENXIO)


def connect(path: str) -> Stream:
    """The printer at device node `path`, taken for ourselves. Raises TransportError, also for what is no device."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    except OSError as wrong:
        if wrong.errno == errno.EBUSY:
            raise lock.busy(path) from None
        number = wrong.errno or 0
        raise TransportError(
            f"{path}: {wrong.strerror}", hint=_HINTS.get(number, ""), absent=number in _ABSENT
        ) from None
    try:
        if not stat.S_ISCHR(os.fstat(descriptor).st_mode):
            raise TransportError(f"{path} is no device", hint="a file to print into is written file:PATH")
        lock.take(descriptor, path)
    except TransportError:
        os.close(descriptor)
        raise
    return Stream(
        Device(
            descriptor,
            path,
            lambda: os.close(descriptor),
            faults=lambda: port_faults(_status(descriptor)),
            # An empty packet is one.
            ends=False,
        )
    )


def _status(descriptor: int) -> int | None:
    answer = array.array("i", [0])
    try:
        fcntl.ioctl(descriptor, _LPGETSTATUS, answer)
    except OSError:
        return None
    return answer[0]


def port_faults(status: int | None) -> list[str]:
    """What stops the printer, from its port status; empty when nothing does, or it has none."""
    if status is None:
        return []
    if status & _PAPER_EMPTY:
        return ["paper out"]
    if not status & _SELECTED:
        return ["offline"]
    return [] if status & _NOT_ERROR else ["printer error"]


def node(wanted: dict[str, str], printers: Path = PRINTERS) -> str:
    """The device node of the one printer whose IEEE 1284 id says `wanted`. Raises TransportError.

    `wanted`: keys of `ieee1284` and the values they must have, `{"MFG": "EPSON", "SN": "X4Q5"}`.
    """
    found = [
        entry.name for entry in sorted(printers.glob("lp*")) if ieee1284.says(ieee1284.of_printer(entry), wanted)
    ]
    told = ", ".join(f"{key}={value}" for key, value in wanted.items())
    if not found:
        raise TransportError(f"no USB printer says {told}", hint=_HINTS[errno.ENOENT], absent=True)
    if len(found) > 1:
        raise TransportError(f"{len(found)} USB printers say {told}", hint="name the SN (serial number) too")
    return f"/dev/usb/{found[0]}"


def identity(path: str, printers: Path = PRINTERS) -> str:
    """The `usb:` address of the printer at device node `path`, however often it is plugged in; else `path`."""
    fields = ieee1284.of_printer(printers / Path(path).resolve().name)
    told = [f"{key}={fields[key]}" for key in ("MFG", "MDL", "SN") if fields.get(key)]
    return f"usb:{','.join(told)}" if told else path
