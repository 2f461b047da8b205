"""A simulated network camera: motion JPEG over HTTP at a loopback port, with the faults such cameras have."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Final, Literal, Self

Fault = Literal["", "freeze", "repeat", "disconnect", "half", "type", "missing", "slow"]

_BOUNDARY: Final = "frame"
#: Bytes in which a slow camera sends, one piece a frame's time.
_DRIP: Final = 64


class HttpCamera:
    """Serves the frames that `make` gives, `fps` a second, to everybody who asks; a context manager.

    `make` gives a JPEG and is called for each frame of each viewer, on that viewer's thread. `fault` may be set at
    any time: `freeze` (nothing more comes), `repeat` (the same frame over and over), `disconnect` (hangs up on
    everybody, once each), `half` (the frame stops in its middle, and the next one begins), `type` (answers with a
    page of text), `missing` (404), `slow` (a few bytes at a time). `""` is none.
    """

    def __init__(self, make: Callable[[], bytes], *, fps: float = 30.0) -> None:
        self.fault: Fault = ""
        self._make = make
        self._between = 1 / fps
        self._last = b""
        self._over = threading.Event()
        self._answered = 0
        self._news = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=lambda: self._server.serve_forever(0.05), name="http camera")

    @property
    def url(self) -> str:
        """Where it serves."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/video.mjpg"

    @property
    def answered(self) -> int:
        """Requests answered so far."""
        return self._answered

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def wait(self, answered: int, seconds: float) -> bool:
        """Wait until so many requests were answered; whether they were within `seconds`."""
        with self._news:
            return self._news.wait_for(lambda: self._answered >= answered, seconds)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        camera = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                camera._count()
                with contextlib.suppress(ConnectionError):
                    camera._serve(self)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
                """Say nothing: the address of a camera is no news."""

        return Handler

    def _count(self) -> None:
        with self._news:
            self._answered += 1
            self._news.notify_all()

    def _serve(self, viewer: BaseHTTPRequestHandler) -> None:
        if self.fault == "missing":
            viewer.send_error(404)
            return
        viewer.send_response(200)
        text = self.fault == "type"
        viewer.send_header(
            "Content-Type", "text/html" if text else f"multipart/x-mixed-replace; boundary={_BOUNDARY}"
        )
        viewer.end_headers()
        if not text:
            self._stream(viewer.wfile.write)

    def _stream(self, write: Callable[[bytes], int]) -> None:
        while not self._over.wait(self._between):
            if self.fault == "disconnect":
                return
            if self.fault == "freeze":
                continue
            if self.fault != "repeat" or not self._last:
                self._last = self._make()
            self._part(write, self._last)

    def _part(self, write: Callable[[bytes], int], jpeg: bytes) -> None:
        head = f"--{_BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n".encode()
        if self.fault == "half":
            write(head + jpeg[: len(jpeg) // 2])
        elif self.fault == "slow":
            write(head)
            for start in range(0, len(jpeg), _DRIP):
                if self._over.wait(self._between):
                    return
                write(jpeg[start : start + _DRIP])
        else:
            write(head + jpeg + b"\r\n")
