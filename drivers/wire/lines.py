"""Framing: one JSON object a line, at most 1 MiB of it, in either direction."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from typing import Any, Final, Generic, TypeVar

import msgspec

from drivers.wire.messages import FromDriver, FromStation, Message
from drivers.wire.secret import Secret

#: Bytes a line may hold, its newline included.
MAX_LINE: Final = 1 << 20

M = TypeVar("M")


class WireError(Exception):
    """The peer sent something that is not this protocol. `fatal`: the conversation cannot go on."""

    def __init__(self, reason: str, *, fatal: bool = False) -> None:
        super().__init__(reason)
        self.fatal = fatal


def _reveal(value: Any) -> Any:
    # The one place where a secret becomes JSON: a pipe or socket between our own processes.
    if isinstance(value, Secret):
        return base64.b64encode(value.reveal()).decode()
    raise NotImplementedError(type(value))


def _conceal(kind: type, value: Any) -> Any:
    if kind is Secret:
        if not isinstance(value, str):
            raise ValueError("expected base64 text")
        try:
            return Secret(base64.b64decode(value, validate=True))
        except binascii.Error:
            raise ValueError("expected base64 text") from None
    raise NotImplementedError(kind)


_encoder = msgspec.json.Encoder(enc_hook=_reveal)


def encode(message: Message) -> bytes:
    """One message as one line. Raises WireError when it would be longer than MAX_LINE bytes."""
    line = _encoder.encode(message) + b"\n"
    if len(line) > MAX_LINE:
        raise WireError(f"a {type(message).__name__} of {len(line)} bytes is longer than a line may be ({MAX_LINE})")
    return line


class LineReader(Generic[M]):
    """Bytes in, however they were split; messages out.

    A line that is no message gives a WireError value in its place, so that one bad line loses one message. A line
    over MAX_LINE raises a fatal WireError, because where the next begins is then anybody's guess.
    """

    def __init__(self, messages: Any) -> None:
        self._decoder: msgspec.json.Decoder[M] = msgspec.json.Decoder(messages, dec_hook=_conceal)
        self._pending = bytearray()

    def feed(self, data: bytes) -> Iterator[M | WireError]:
        """Yield what `data` completes. Raises a fatal WireError on an over-long line."""
        self._pending += data
        *lines, rest = self._pending.split(b"\n")
        self._pending = rest
        for line in lines:
            yield self._decode(bytes(line))
        if len(rest) >= MAX_LINE:
            raise WireError(f"a line over {MAX_LINE} bytes", fatal=True)

    def _decode(self, line: bytes) -> M | WireError:
        if len(line) >= MAX_LINE:
            raise WireError(f"a line over {MAX_LINE} bytes", fatal=True)
        try:
            return self._decoder.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as wrong:
            # msgspec's words name the field and its type; a value only where it should be one of a few fixed words.
            return WireError(f"not a message of this protocol: {wrong}")


def from_driver() -> LineReader[FromDriver]:
    """Reads what a driver says."""
    return LineReader(FromDriver)


def from_station() -> LineReader[FromStation]:
    """Reads what the station says."""
    return LineReader(FromStation)
