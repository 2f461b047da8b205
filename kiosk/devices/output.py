"""What a driver says on its standard output and error: logged by lines, so that no secret goes in two pieces."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

#: Bytes of a line that are logged; the rest of that line is not.
MAX_LINE: Final = 1024
#: Bytes of one process that are logged. The rest is read and dropped, so that it never blocks.
MAX_OUTPUT: Final = 16_384


class OutputLines:
    """Bytes in, however they were split; lines of text out, each capped, and no more of them than MAX_OUTPUT."""

    def __init__(self) -> None:
        self._pending = b""
        self._cut = False
        self._logged = 0

    def feed(self, data: bytes) -> Iterator[str]:
        """The lines that `data` completes."""
        *lines, rest = data.split(b"\n")
        for line in lines:
            self._append(line)
            yield from self.end()
        self._append(rest)

    def end(self) -> Iterator[str]:
        """The line that is pending: nothing more comes of it."""
        line, cut = self._pending, self._cut
        self._pending, self._cut = b"", False
        if line and self._logged < MAX_OUTPUT:
            self._logged += len(line)
            yield line.decode(errors="replace") + (" …" if cut else "")

    def _append(self, data: bytes) -> None:
        room = MAX_LINE - len(self._pending)
        self._cut = self._cut or len(data) > room
        self._pending += data[:room]
