"""`camera`: a camera that looks at badges; frames are decoded, shown small if asked for, and never kept."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from drivers.decode.reading import Image
from drivers.decode.watcher import Watcher
from drivers.loop import Loop
from drivers.scanners.answer import Answers
from drivers.scanners.eye import Eye
from drivers.scanners.http_stream import HttpStream
from drivers.scanners.onlooker import Onlooker
from drivers.scanners.source import Source, turned
from drivers.scanners.v4l2 import V4l2
from drivers.wire import messages
from drivers.wire.messages import Health, Preview
from drivers.wire.options import CameraOptions

#: Seconds, beyond those it may take for a picture, for which a camera's own driver may hang.
_HANG_SECONDS: Final = 8.0
_GLANCE_SECONDS: Final = 1.0


class Camera:
    """The driver. It leaves with a camera of this machine; for one on the network it waits."""

    def __init__(self, loop: Loop, options: CameraOptions, clock: Callable[[], float] = time.monotonic) -> None:
        self._loop = loop
        self._options = options
        self._clock = clock
        self._answers = Answers(loop, lambda: self._health)
        self._health = Health(state="unknown", reason="no picture yet", evidence=f"opening {options.device}")
        self._watcher = Watcher(clock=time.perf_counter, budget_ms=options.budget_ms)
        self._onlooker = Onlooker(loop.say, clock)
        self._local = options.device.startswith("/dev/")
        self._source = _source(options)
        self._eye = Eye(self._source, options.freeze_seconds, clock)

    def hello(self) -> messages.Hello:
        return messages.Hello(
            version=messages.VERSION,
            kind="camera",
            identity=self._options.device,
            capabilities=("scan", "decode", "preview", "sight", "motion"),
        )

    def start(self) -> None:
        self._loop.watch(self._eye.descriptor, self._look)
        self._eye.open()
        self._loop.later(_GLANCE_SECONDS, self._glance)

    def handle(self, message: messages.FromStation) -> None:
        if isinstance(message, Preview):
            self._onlooker.preview = message.on
        else:
            self._answers.handle(message)

    def close(self) -> None:
        self._eye.close()

    def _glance(self) -> None:
        # A thread that hangs in the kernel or in a library is beyond help; the process is not.
        if self._clock() - self._eye.alive > self._options.freeze_seconds + _HANG_SECONDS:
            reason = f"{self._options.device} hangs: it neither opens nor gives a picture nor an error"
            self._trouble(Health(state="fault", reason=reason, hint="plug it in again", evidence="waited for it"))
            self._loop.stop()
            return
        self._loop.later(_GLANCE_SECONDS, self._glance)

    def _look(self) -> None:
        news = self._eye.take()
        if isinstance(news, Health):
            self._trouble(news)
        elif news is not None:
            self._well(news)
            self._read(turned(news, self._options))

    def _trouble(self, health: Health) -> None:
        if health != self._health:
            self._health = health
            self._loop.say(health)
        if self._local and health.state == "absent":
            # Its sandbox lets it open only what was there when it started, so it leaves with its camera.
            self._loop.stop()

    def _well(self, image: Image) -> None:
        if self._health.state != "ok":
            size = f"{image.shape[1]} x {image.shape[0]} pixels"
            self._health = Health(state="ok", evidence=f"a picture of {size}; {self._source.evidence}")
            self._loop.say(self._health)

    def _read(self, image: Image) -> None:
        began = time.perf_counter()
        found = self._watcher.look(image)
        if found:
            self._answers.scan(list(found), (time.perf_counter() - began) * 1000, image=image)
        self._onlooker.see(image, read=bool(found), in_sight=self._watcher.in_sight, moving=self._watcher.moving)


def _source(options: CameraOptions) -> Source:
    return V4l2(options) if options.device.startswith("/dev/") else HttpStream(options)
