"""`pictures`: photographs and videos, given the way a camera would give them.

Files and folders are read once, in a loop, or as they appear, and each is reported by name, whatever is in it. A
video, a named pipe or standard input carrying motion JPEG is a camera: frames without a code are passed over in
silence.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from drivers.decode import engine, zbar
from drivers.decode.reading import Image
from drivers.decode.watcher import Watcher
from drivers.loop import Loop
from drivers.scanners.answer import Answers
from drivers.scanners.motion_jpeg import Frames
from drivers.scanners.picture_files import VIDEOS, Newcomers, expand
from drivers.wire import messages
from drivers.wire.messages import Error, Health
from drivers.wire.options import PicturesOptions

#: Bytes a picture file may have.
MAX_FILE: Final = 64 << 20
#: Pictures a second in a loop, where none are named: a folder read as fast as can be would drown the station.
_LOOP_FPS: Final = 10.0
#: Milliseconds a frame of a pipe may take, where none are named.
_FRAME_MS: Final = 25.0
_READ: Final = 1 << 18


class Pictures:
    """The driver. It leaves when the last of its files is read; a pipe it reads until told to stop."""

    def __init__(self, loop: Loop, options: PicturesOptions) -> None:
        self._loop = loop
        self._options = options
        self._answers = Answers(loop, self._health)
        self._sources: Iterator[str] = iter(()) if options.watch else expand(options.paths)
        self._newcomers = Newcomers(options.paths)
        self._pause = 1 / (options.fps or _LOOP_FPS) if options.fps or options.loop else 0.0
        self._video: tuple[str, cv2.VideoCapture] | None = None
        self._pipe: int | None = None
        self._frames = Frames()
        self._watcher = Watcher(budget_ms=options.budget_ms or _FRAME_MS)
        self._refused: set[tuple[str, str]] = set()

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
        if self._video is not None:
            self._video[1].release()

    def _health(self) -> Health:
        if zbar.library() is None:
            hint = "for the last few damaged badges: apt install libzbar0"
            return Health(state="ok", reason="reads without libzbar", hint=hint, evidence="loaded zxing-cpp, OpenCV")
        return Health(state="ok", evidence="loaded zxing-cpp, OpenCV, libzbar")

    def _next(self) -> None:
        """One picture or frame a turn, so that the station is heard in between."""
        if self._video is not None:
            self._play(*self._video)
            return
        path = next(self._sources, None)
        if path is None:
            self._begin_again()
            return
        try:
            self._read(path)
        except OSError as wrong:
            self._refuse(path, wrong.strerror or str(wrong))
        except engine.NotAPictureError as wrong:
            self._refuse(path, str(wrong))
        if self._pipe is None:
            self._loop.later(self._pause, self._next)

    def _begin_again(self) -> None:
        if self._options.watch:
            self._sources = iter(self._newcomers.look())
            self._loop.later(self._options.interval, self._next)
        elif self._options.loop:
            self._sources = expand(self._options.paths)
            self._loop.later(self._pause, self._next)
        else:
            self._loop.stop()

    def _refuse(self, path: str, reason: str) -> None:
        # Said once, also where the same file comes round again.
        if (path, reason) not in self._refused or self._options.watch:
            self._loop.say(Error(reason=reason, about=path))
        if self._options.loop:
            self._refused.add((path, reason))

    def _read(self, path: str) -> None:
        if path == "-" or stat.S_ISFIFO(Path(path).stat().st_mode):
            self._open_pipe(path)
        elif Path(path).suffix.lower() in VIDEOS:
            self._open_video(path)
        else:
            self._picture(path)

    def _picture(self, path: str) -> None:
        about = Path(path).stat()
        if stat.S_ISDIR(about.st_mode):
            raise engine.NotAPictureError("no picture is in this folder")
        if not stat.S_ISREG(about.st_mode):
            raise engine.NotAPictureError("neither a file nor a pipe")
        if about.st_size > MAX_FILE:
            raise engine.NotAPictureError(f"larger than {MAX_FILE >> 20} MiB")
        image = engine.unpack(Path(path).read_bytes())
        found, ms = self._answers.look(image, every=self._options.all, budget_ms=self._options.budget_ms)
        self._answers.scan(found, ms, image=image, source=path)

    def _open_video(self, path: str) -> None:
        video = cv2.VideoCapture(path)
        if not video.isOpened():
            video.release()
            raise engine.NotAPictureError("not a video that can be read")
        self._video = (path, video)

    def _play(self, path: str, video: cv2.VideoCapture) -> None:
        more, frame = video.read()
        if more:
            self._frame(np.asarray(frame, dtype=np.uint8), path)
        else:
            video.release()
            self._video = None
        self._loop.later(self._pause, self._next)

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
                self._live(engine.unpack(newest))

    def _live(self, image: Image) -> None:
        began = time.perf_counter()
        found = self._watcher.look(image)
        if found:
            self._answers.scan(list(found), (time.perf_counter() - began) * 1000, image=image)

    def _frame(self, image: Image, source: str) -> None:
        found, ms = self._answers.look(image, every=False, budget_ms=self._options.budget_ms)
        if found:
            self._answers.scan(found, ms, image=image, source=source)
