"""The id a printer gives of itself: `MFG:EPSON;CMD:ESC/POS;MDL:TM-T20III;SN:X4Q5;` (IEEE 1284-2000, 7.6)."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Final

from drivers.wire import addresses

#: The long names a printer may use, and the short ones used here.
_SHORT: Final = {
    "MANUFACTURER": "MFG",
    "MODEL": "MDL",
    "COMMAND SET": "CMD",
    "CLASS": "CLS",
    "DESCRIPTION": "DES",
    "SERIALNUMBER": "SN",
    "SERN": "SN",
    "SER": "SN",
}


def parse(text: str) -> dict[str, str]:
    """The id's fields by their short keys in capitals: MFG, MDL, CMD, CLS, DES, SN. Never raises; what is no field is
    left out, and of a key that comes twice the first counts."""
    fields: dict[str, str] = {}
    for part in text.split(";"):
        key, colon, value = part.partition(":")
        key = key.strip().upper()
        if colon and key:
            fields.setdefault(_SHORT.get(key, key), value.strip())
    return fields


def of_printer(entry: Path) -> dict[str, str]:
    """The id of the printer the kernel lists at `entry` (`/sys/class/usbmisc/lpN`); empty when it is gone.

    SN is its USB serial number if the id has none.
    """
    fields: dict[str, str] = {}
    with suppress(OSError):
        fields = parse((entry / "device" / "ieee1284_id").read_text(encoding="utf-8", errors="replace"))
    with suppress(OSError):
        # The interface's parent is the USB device.
        usb = (entry / "device").resolve().parent
        fields.setdefault("SN", (usb / "serial").read_text(encoding="utf-8", errors="replace").strip())
    return fields


def says(fields: dict[str, str], wanted: dict[str, str]) -> bool:
    """Whether the id has every value that is wanted, capitals or not."""
    return all(fields.get(key, "").casefold() == value.casefold() for key, value in wanted.items())


def wanted(text: str) -> dict[str, str]:
    """`MFG=EPSON,SN=X4Q5` as keys and values. Raises ValueError."""
    return {_SHORT.get(key.upper(), key.upper()): value for key, value in addresses.keys(text)}
