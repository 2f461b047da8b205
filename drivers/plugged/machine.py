"""Where this machine lists its devices; tests lay out their own."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final


@dataclass(frozen=True)
class Machine:
    """The roots of sysfs and of the device nodes."""

    sys: Path = Path("/sys")
    dev: Path = Path("/dev")

    def entries(self, kind: str, pattern: str) -> list[Path]:
        """`/sys/class/KIND/PATTERN`, in the order of their numbers."""
        return sorted((self.sys / "class" / kind).glob(pattern), key=lambda entry: (len(entry.name), entry.name))

    def stable(self, folder: str, node: str, *, by_id: bool, ending: str = "") -> str:
        """The name of `/dev/NODE` that stays: of `/dev/FOLDER/by-id` or `by-path`, else the node itself.

        `by_id`: the device has a serial number. Two of a kind without one share their name in by-id.
        """
        order = ("by-id", "by-path") if by_id else ("by-path", "by-id")
        for way in order:
            for link in sorted((self.dev / folder / way).glob(f"*{ending}")):
                if link.resolve() == (self.dev / node).resolve():
                    return f"/dev/{folder}/{way}/{link.name}"
        return f"/dev/{node}"


#: This machine.
HERE: Final = Machine()


def text(file: Path) -> str:
    """A file of sysfs without its line feed; empty when it is not there."""
    with suppress(OSError):
        return file.read_text(encoding="utf-8", errors="replace").strip()
    return ""


def usb(entry: Path) -> dict[str, str]:
    """What the USB device behind a sysfs entry says of itself; empty when there is none.

    Keys: vendor, product (four hexadecimal digits each), serial, name. Any of them may be empty.
    """
    try:
        place = (entry / "device").resolve(strict=True)
    except OSError:
        return {}
    for folder in (place, *place.parents):
        if (folder / "idVendor").exists():
            name = f"{text(folder / 'manufacturer')} {text(folder / 'product')}".strip()
            return {
                "vendor": text(folder / "idVendor"),
                "product": text(folder / "idProduct"),
                "serial": text(folder / "serial"),
                "name": name,
            }
    return {}
