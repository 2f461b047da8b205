"""`camera`: a V4L2 camera through OpenCV; the newest frame only."""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from drivers.decode.reading import Image
from drivers.loop import Loop
from drivers.scanners.answer import Answers
from drivers.wire import messages
from drivers.wire.messages import Health
from drivers.wire.options import CameraOptions

#: Milliseconds OpenCV may wait for a frame. Its own limit is ten seconds.
_READ_MS: Final = 2000


class Camera:
    """The driver. A thread of its own grabs, because a frame not fetched in time is an old frame."""

    def __init__(self, loop: Loop, options: CameraOptions) -> None:
        self._loop = loop
        self._options = options
        self._answers = Answers(loop, lambda: self._health)
        self._health = _absent(options.device)
        self._eye = Eye(options)

    def hello(self) -> messages.Hello:
        return messages.Hello(
            version=messages.VERSION,
            kind="camera",
            identity=self._options.device,
            capabilities=("scan", "decode"),
        )

    def start(self) -> None:
        self._loop.watch(self._eye.descriptor, self._look)
        self._eye.open()

    def handle(self, message: messages.FromStation) -> None:
        self._answers.handle(message)

    def close(self) -> None:
        self._eye.close()

    def _look(self) -> None:
        image = self._eye.newest()
        if image is None:
            # Its sandbox lets it open only what was there when it started, so it leaves with its camera.
            self._loop.say(_absent(self._options.device))
            self._loop.stop()
            return
        if self._health.state != "ok":
            self._health = Health(state="ok", evidence=f"{image.shape[1]} x {image.shape[0]} pixels")
            self._loop.say(self._health)
        found, ms = self._answers.look(image, every=False, budget_ms=self._options.budget_ms)
        if found:
            self._answers.scan(found, ms)


class Eye:
    """The grabbing thread: keeps one frame, and makes `descriptor` readable when there is news."""

    def __init__(self, options: CameraOptions) -> None:
        self._options = options
        self._frame: Image | None = None
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self.descriptor, self._bell = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._thread = threading.Thread(target=self._run, name="grab", daemon=True)

    def open(self) -> None:
        """Begin to grab."""
        self._thread.start()

    def newest(self) -> Image | None:
        """The newest frame (H x W x 3, BGR), or None when the camera went away. Takes the ring off `descriptor`."""
        os.read(self.descriptor, 4096)
        with self._lock:
            return self._frame

    def close(self) -> None:
        """Stop grabbing. A thread that hangs in the camera's driver is left behind: the process ends."""
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join(_READ_MS / 1000)

    def _run(self) -> None:
        camera = _open(self._options)
        while camera.isOpened() and not self._closing.is_set():
            more, frame = camera.read()
            if not more:
                break
            self._show(np.asarray(frame, dtype=np.uint8))
        camera.release()
        self._show(None)

    def _show(self, frame: Image | None) -> None:
        with self._lock:
            self._frame = frame
        # Full means that it has been rung already.
        with suppress(BlockingIOError):
            os.write(self._bell, b"!")


def _open(options: CameraOptions) -> cv2.VideoCapture:
    # A path with its links resolved: OpenCV takes a name that does not begin with /dev/video for a file.
    device = str(Path(options.device).resolve())
    limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, _READ_MS, cv2.CAP_PROP_READ_TIMEOUT_MSEC, _READ_MS]
    camera = cv2.VideoCapture(device, cv2.CAP_V4L2, limits)
    camera.set(cv2.CAP_PROP_FRAME_WIDTH, options.width)
    camera.set(cv2.CAP_PROP_FRAME_HEIGHT, options.height)
    camera.set(cv2.CAP_PROP_FPS, options.fps)
    camera.set(cv2.CAP_PROP_BUFFERSIZE, 1)
    return camera


def _absent(device: str) -> Health:
    return Health(
        state="absent",
        reason=f"no picture from {device}",
        hint="is it plugged in, and the driver's user in group video?",
        evidence=f"opening {device}",
    )
