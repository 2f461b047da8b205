"""The serial port of a device server: Telnet's COM Port Control Option (RFC 2217), as far as a client needs it."""

from __future__ import annotations

from typing import Final

_IAC, _DONT, _DO, _WONT, _WILL, _SB, _SE = 255, 254, 253, 252, 251, 250, 240
_COM_PORT: Final = 44
#: Options granted: binary transmission (RFC 856), echo (857), suppress go ahead (858), COM port control.
_GRANTED: Final = frozenset({0, 1, 3, _COM_PORT})
#: What the server's answer to a client's command has added to the command's number.
_ANSWER: Final = 100
_NEGOTIATION: Final = frozenset({_DO, _DONT, _WILL, _WONT})


class ComPort:
    """One client's connection: its bytes in, the device's bytes and what to answer out."""

    def __init__(self) -> None:
        self._pending = b""
        self._agreed: set[tuple[int, int]] = set()

    def receive(self, data: bytes) -> tuple[bytes, bytes]:
        """What of `data` is for the device, and what to send back to the client."""
        data = self._pending + data
        for_device, answer = bytearray(), bytearray()
        place = 0
        while place < len(data):
            if data[place] != _IAC:
                for_device.append(data[place])
                place += 1
                continue
            length = _length(data, place)
            if length == 0:
                break
            answer += self._command(data[place : place + length])
            if data[place : place + length] == bytes([_IAC, _IAC]):
                for_device.append(_IAC)
            place += length
        self._pending = data[place:]
        return bytes(for_device), bytes(answer)

    def send(self, data: bytes) -> bytes:
        """The device's `data`, as it goes to the client."""
        return data.replace(bytes([_IAC]), bytes([_IAC, _IAC]))

    def _command(self, command: bytes) -> bytes:
        if command[1] in _NEGOTIATION:
            return self._negotiate(command[1], command[2])
        if command[1] == _SB and command[2] == _COM_PORT:
            # The new value comes back as the one in force: a simulated line takes any.
            return bytes([_IAC, _SB, _COM_PORT, command[3] + _ANSWER]) + command[4:]
        return b""

    def _negotiate(self, verb: int, option: int) -> bytes:
        if verb not in (_DO, _WILL) or (verb, option) in self._agreed:
            return b""
        self._agreed.add((verb, option))
        granted = option in _GRANTED
        agreed, refused = (_WILL, _WONT) if verb == _DO else (_DO, _DONT)
        return bytes([_IAC, agreed if granted else refused, option])


def _length(data: bytes, place: int) -> int:
    """Bytes of the command at `place`; 0 when it is not all there."""
    rest = len(data) - place
    if rest < 2:  # noqa: PLR2004
        return 0
    if data[place + 1] in _NEGOTIATION:
        return 3 if rest >= 3 else 0  # noqa: PLR2004
    if data[place + 1] == _SB:
        end = data.find(bytes([_IAC, _SE]), place)
        return end + 2 - place if end >= 0 else 0
    return 2
