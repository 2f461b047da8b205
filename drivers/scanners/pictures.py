"""`pictures`: photographs and videos, given the way a camera would give them.

Files and folders are read once and each is reported by name, whatever is in it. A video, a named pipe or standard
input carrying motion JPEG is a camera: frames without a code are passed over in silence.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from drivers.decode import engine, zbar
from drivers.decode.reading import Image
from drivers.loop import Loop
from drivers.scanners.answer import Answers
from drivers.scanners.motion_jpeg import Frames
from drivers.wire import messages
from drivers.wire.messages import Error, Health
from drivers.wire.options import PicturesOptions

_PICTURES: Final = frozenset({".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".pbm", ".pgm", ".ppm"})
_VIDEOS: Final = frozenset({".mp4", ".mkv", ".avi", ".mov", ".webm", ".mjpeg", ".mjpg"})
#: Bytes a picture file may have.
MAX_FILE: Final = 64 << 20
_READ: Final = 1 << 18


class Pictures:
    """The driver. It leaves when the last of its files is read; a pipe it reads until told to stop."""

    def __init__(self, loop: Loop, options: PicturesOptions) -> None:
        self._loop = loop
        self._options = options
        self._answers = Answers(loop, self._health)
        self._sources = _expand(options.paths)
        self._pipe: int | None = None
        self._frames = Frames()

    def hello(self) -> messages.Hello:
        identity = ",".join(self._options.paths) or "decode only"
        return messages.Hello(
            version=messages.VERSION, kind="pictures", identity=identity, capabilities=("scan", "decode")
        )

    def start(self) -> None:
        if self._options.paths:
            self._loop.later(0, self._next)

    def handle(self, message: messages.FromStation) -> None:
        self._answers.handle(message)

    def close(self) -> None:
        if self._pipe is not None:
            os.close(self._pipe)

    def _health(self) -> Health:
        if zbar.library() is None:
            hint = "for the last few damaged badges: apt install libzbar0"
            return Health(state="ok", reason="reads without libzbar", hint=hint, evidence="loaded zxing-cpp, OpenCV")
        return Health(state="ok", evidence="loaded zxing-cpp, OpenCV, libzbar")

    def _next(self) -> None:
        path = next(self._sources, None)
        if path is None:
            self._loop.stop()
            return
        try:
            self._read(path)
        except OSError as wrong:
            self._refuse(path, wrong.strerror or str(wrong))
        except engine.NotAPictureError as wrong:
            self._refuse(path, str(wrong))
        if self._pipe is None:
            self._loop.later(0, self._next)

    def _refuse(self, path: str, reason: str) -> None:
        self._loop.say(Error(reason=reason, about=path))

    def _read(self, path: str) -> None:
        if path == "-" or stat.S_ISFIFO(Path(path).stat().st_mode):
            self._open_pipe(path)
        elif Path(path).suffix.lower() in _VIDEOS:
            self._play(path)
        else:
            self._picture(path)

    def _picture(self, path: str) -> None:
        if Path(path).stat().st_size > MAX_FILE:
            raise engine.NotAPictureError(f"larger than {MAX_FILE >> 20} MiB")
        image = engine.unpack(Path(path).read_bytes())
        found, ms = self._answers.look(image, every=self._options.all, budget_ms=self._options.budget_ms)
        self._answers.scan(found if self._options.all else found[:1], ms, source=path)

    def _play(self, path: str) -> None:
        video = cv2.VideoCapture(path)
        try:
            if not video.isOpened():
                raise engine.NotAPictureError("not a video that can be read")
            more, frame = video.read()
            while more:
                self._frame(np.asarray(frame, dtype=np.uint8), path)
                more, frame = video.read()
        finally:
            video.release()

    def _open_pipe(self, path: str) -> None:
        # Read and write, so that a writer that goes away and comes back is not an end of file.
        self._pipe = os.dup(0) if path == "-" else os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        self._loop.watch(self._pipe, self._pour)

    def _pour(self) -> None:
        assert self._pipe is not None
        data = os.read(self._pipe, _READ)
        if not data:
            self._loop.stop()
            return
        # The newest frame only: a decoder slower than the camera must not fall behind it.
        for newest in list(self._frames.feed(data))[-1:]:
            with suppress(engine.NotAPictureError):
                self._frame(engine.unpack(newest), "")

    def _frame(self, image: Image, source: str) -> None:
        found, ms = self._answers.look(image, every=False, budget_ms=self._options.budget_ms)
        if found:
            self._answers.scan(found, ms, source=source)


def _expand(paths: tuple[str, ...]) -> Iterator[str]:
    for path in paths:
        if Path(path).is_dir():
            yield from sorted(str(file) for file in Path(path).iterdir() if file.suffix.lower() in _PICTURES)
        else:
            yield path
