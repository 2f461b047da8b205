"""A camera on the network: motion JPEG over HTTP, `multipart/x-mixed-replace`.

Read here and not by FFmpeg, which buffers, and says neither what the camera answered nor why it ended.
"""

from __future__ import annotations

import http.client
import select
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final
from urllib.parse import urlsplit

from drivers.decode import engine
from drivers.decode.reading import Image
from drivers.scanners.motion_jpeg import Frames
from drivers.scanners.trouble import DeviceTroubleError
from drivers.wire.messages import Health
from drivers.wire.options import CameraOptions

_READ: Final = 1 << 18
#: Seconds in which a camera must let itself be connected to and begin to answer.
_CONNECT: Final = 3.0
#: Reads after which a stream that never pauses is looked at, for the newest frame so far.
_READS: Final = 32
_TYPES: Final = ("multipart/x-mixed-replace", "image/jpeg", "video/x-motion-jpeg")


class HttpStream:
    """The Source of an `http://` address."""

    def __init__(self, options: CameraOptions, clock: Callable[[], float] = time.monotonic) -> None:
        self._url = options.device
        self._host, self._port, self._path = _parts(options.device)
        self._patience = options.freeze_seconds
        self._clock = clock
        self._connection: http.client.HTTPConnection | None = None
        self._response: http.client.HTTPResponse | None = None
        self._frames = Frames()
        self.evidence = ""

    def open(self) -> None:
        self._frames = Frames()
        self._connection = http.client.HTTPConnection(self._host, self._port, timeout=min(_CONNECT, self._patience))
        try:
            self._connection.request("GET", self._path, headers={"Accept": ", ".join(_TYPES)})
            line = self._connection.sock
            self._response = self._connection.getresponse()
        except (OSError, http.client.HTTPException) as wrong:
            raise self._absent(f"cannot be reached: {_words(wrong)}") from None
        kind = self._response.headers.get_content_type()
        if self._response.status != http.client.OK:
            raise self._fault(f"answers {self._response.status} {self._response.reason}", "is the path right?")
        if kind not in _TYPES:
            raise self._fault(f"answers with {kind}, not a motion JPEG stream", "is the path right?")
        line.settimeout(self._patience)
        self.evidence = f"GET {self._path}: {kind}"

    def read(self) -> Image:
        until = self._clock() + self._patience
        while self._clock() < until:
            newest = self._newest()
            if newest is None:
                continue
            with suppress(engine.NotAPictureError):
                return engine.unpack(newest)
        raise self._frozen()

    def close(self) -> None:
        if self._response is not None:
            self._response.close()
        if self._connection is not None:
            self._connection.close()
        self._response = self._connection = None

    def _newest(self) -> bytes | None:
        """The last whole frame of what has come; None while there is but a part. Raises DeviceTroubleError."""
        newest = None
        for _ in range(_READS):
            for frame in self._frames.feed(self._piece()):
                newest = frame
            if not self._more():
                break
        return newest

    def _piece(self) -> bytes:
        assert self._response is not None
        try:
            data = self._response.read1(_READ)
        except TimeoutError:
            raise self._frozen() from None
        except (OSError, http.client.HTTPException) as wrong:
            raise self._absent(f"broke off: {_words(wrong)}") from None
        if not data:
            raise self._absent("hung up")
        return data

    def _more(self) -> bool:
        """Whether more has come already, so that what was read is not the newest."""
        assert self._response is not None
        return not self._response.isclosed() and bool(select.select([self._response.fileno()], [], [], 0)[0])

    def _frozen(self) -> DeviceTroubleError:
        return self._fault(f"no whole picture came for {self._patience:g} s", "does it show anything in a browser?")

    def _absent(self, why: str) -> DeviceTroubleError:
        hint = "is the camera switched on, and reachable from here?"
        return DeviceTroubleError(Health(state="absent", reason=f"{self._url} {why}", hint=hint, evidence="GET"))

    def _fault(self, why: str, hint: str) -> DeviceTroubleError:
        return DeviceTroubleError(Health(state="fault", reason=f"{self._url}: {why}", hint=hint, evidence="GET"))


def _words(wrong: Exception) -> str:
    return getattr(wrong, "strerror", None) or str(wrong) or type(wrong).__name__


def _parts(url: str) -> tuple[str, int, str]:
    parts = urlsplit(url)
    assert parts.hostname
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return parts.hostname, parts.port or http.client.HTTP_PORT, path
