"""Motion JPEG: one JPEG after another, with nothing between them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

_START: Final = b"\xff\xd8\xff"
_END: Final = b"\xff\xd9"
#: Bytes one frame may have; what has no end by then is thrown away.
MAX_FRAME: Final = 8 << 20


class Frames:
    """Cuts a stream into frames, however its bytes were split.

    The start and end markers cannot occur inside a frame's picture data, where 0xff is always stuffed (ITU T.81,
    B.1.1.5). Cameras write no thumbnails, inside which they could.
    """

    def __init__(self) -> None:
        self._pending = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield each frame `data` completes."""
        self._pending += data
        while (frame := self._cut()) is not None:
            yield frame
        if len(self._pending) > MAX_FRAME:
            self._pending.clear()

    def _cut(self) -> bytes | None:
        start = self._pending.find(_START)
        if start < 0:
            del self._pending[: max(0, len(self._pending) - len(_START) + 1)]
            return None
        end = self._pending.find(_END, start + len(_START))
        if end < 0:
            return None
        # A writer that was cut off leaves a beginning without an end, and the next one begins anew.
        start = self._pending.rfind(_START, start, end)
        frame = bytes(self._pending[start : end + len(_END)])
        del self._pending[: end + len(_END)]
        return frame
