"""What scanners understand of what they are told, by make, from the makers' manuals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

#: Honeywell: commands of SYN and a letter, ended by CR, and of ESC and a digit, ended by a comma.
_HONEYWELL: Final = {
    b"\x16T\r": "trigger",
    b"\x16U\r": "release",
    b"\x16\x07\r": "beep",
    b"\x1b5,": "beep",
    b"\x1b7,": "good",
    b"\x1b8,": "bad",
}
_DATALOGIC: Final = {
    b"T": "trigger",
    b"X": "release",
    b"\x01": "beep",
    b"B": "good",
    b"F": "bad",
    b"E": "enable",
    b"D": "disable",
}
_ZEBRA_OPCODES: Final = {0xE4: "trigger", 0xE5: "release"}
_ZEBRA_ACK: Final = b"\x04\xd0\x00\x00\xff\x2c"
_ZEBRA_RESEND: Final = b"\x05\xd1\x00\x00\x01\xff\x29"
#: Zebra's beeps of a low tone are the bad ones.
_LOW: Final = range(5, 10)


class CommandReader:
    """Bytes in, however they were split; the names of commands out, and what the scanner answers to each."""

    def __init__(self, family: str) -> None:
        self._family = family
        self._pending = b""

    def feed(self, data: bytes) -> Iterator[tuple[str, bytes]]:
        """Yield each command `data` completes: `trigger`, `release`, `beep`, `good`, `bad`, … or `unknown`."""
        self._pending += data
        while self._pending and (step := self._zebra() if self._family == "zebra" else self._table()):
            name, length, answer = step
            self._pending = self._pending[length:]
            yield name, answer

    def _table(self) -> tuple[str, int, bytes] | None:
        known = {"honeywell": _HONEYWELL, "datalogic": _DATALOGIC}.get(self._family, {})
        for command, name in known.items():
            if self._pending.startswith(command):
                return name, len(command), b""
        if any(command.startswith(self._pending) for command in known):
            return None
        return "unknown", 1, b""

    def _zebra(self) -> tuple[str, int, bytes] | None:
        length = self._pending[0] + 2
        if len(self._pending) < length:
            return None
        packet = self._pending[:length]
        if (sum(packet[:-2]) + int.from_bytes(packet[-2:], "big")) & 0xFFFF:
            return "unknown", length, _ZEBRA_RESEND
        opcode = packet[1]
        if opcode == 0xE6:  # noqa: PLR2004
            return ("bad" if packet[4] in _LOW else "good"), length, _ZEBRA_ACK
        return _ZEBRA_OPCODES.get(opcode, "unknown"), length, _ZEBRA_ACK
