"""The grabbing thread of a camera: the newest frame only, never a backlog."""

from __future__ import annotations

import os
import threading
import time
import zlib
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from drivers.decode.reading import Image
from drivers.scanners.source import Source
from drivers.scanners.trouble import DeviceTroubleError
from drivers.wire.messages import Health

#: Seconds until a camera that is in trouble is opened again.
RETRY_SECONDS: Final = 2.0
#: Every so many pixels one is compared, to tell a picture from the one before.
_APART: Final = 4
_LEAVE_SECONDS: Final = 0.5


class Eye:
    """Grabs in a thread of its own, because a frame not fetched in time is an old frame, and because opening and
    reading a camera may hang. `descriptor` can be read when there is news.

    `freeze`: seconds for which a camera may show the very same picture; noise alone makes no two alike.
    """

    def __init__(self, source: Source, freeze: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._source = source
        self._freeze = freeze
        self._clock = clock
        self._news: Image | Health | None = None
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._print = 0
        self._changed = clock()
        self._frozen = False
        #: When the thread last came back from the camera.
        self.alive = clock()
        self.descriptor, self._bell = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._thread = threading.Thread(target=self._run, name="grab", daemon=True)

    def open(self) -> None:
        """Begin to grab."""
        self._thread.start()

    def take(self) -> Image | Health | None:
        """The newest frame or trouble, once; None when it was taken before. Takes the ring off `descriptor`."""
        with suppress(BlockingIOError):
            os.read(self.descriptor, 4096)
        with self._lock:
            news, self._news = self._news, None
        return news

    def close(self) -> None:
        """Stop grabbing. A thread that hangs in the camera's driver is left behind: the process ends."""
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join(_LEAVE_SECONDS)

    def _run(self) -> None:
        while not self._closing.is_set():
            try:
                self._grab()
            except DeviceTroubleError as trouble:
                self._tell(trouble.health)
            except Exception as wrong:  # noqa: BLE001 - a library's own exception is trouble of the camera too
                self._tell(Health(state="fault", reason=f"reading it failed ({type(wrong).__name__})"))
            finally:
                self._source.close()
            self.alive = self._clock()
            self._closing.wait(RETRY_SECONDS)

    def _grab(self) -> None:
        self._source.open()
        self._changed = self._clock()
        while not self._closing.is_set():
            frame = self._source.read()
            self.alive = self._clock()
            if self._is_new(frame):
                self._tell(frame)
            elif self.alive - self._changed > self._freeze:
                # After this it is opened again, and believed once it shows something else.
                self._frozen = True
                raise DeviceTroubleError(
                    Health(
                        state="fault",
                        reason=f"its picture has been the same, bit for bit, for {self._freeze:g} s",
                        hint="plug it in again",
                        evidence="compared each frame with the one before",
                    )
                )

    def _is_new(self, frame: Image) -> bool:
        """Whether `frame` is to be shown: it differs from the last, or that was not yet taken for frozen."""
        seen = zlib.crc32(frame[::_APART, ::_APART].tobytes())
        if seen != self._print:
            self._print, self._changed, self._frozen = seen, self._clock(), False
            return True
        return not self._frozen and self._clock() - self._changed <= self._freeze

    def _tell(self, news: Image | Health) -> None:
        with self._lock:
            self._news = news
        # Full means that it has been rung already.
        with suppress(BlockingIOError):
            os.write(self._bell, b"!")
