"""What watching a camera costs: ours, zxing-cpp and pyzbar on every frame, beside doing nothing with the frames.

usage: python -m tests.benchmarks.decode_cpu [SECONDS]

Three scenes of 1280 x 720 at 30 frames a second, as motion JPEG in a file read with cv2.VideoCapture: a desk where
nothing moves, a badge held up that is read at once, and one in such glare that none of these reads it. The figure is
seconds of this process's CPU for each second of video, the unpacking of the frames (first column) taken off. Every
frame is looked at, also by a decoder that takes longer than a camera would wait.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import cv2
import numpy as np

from drivers.decode import zxing
from drivers.decode.reading import Image
from drivers.decode.watcher import Watcher
from kiosk.harness.badge_views.film import FPS, Film
from kiosk.harness.badge_views.view import views
from tests.benchmarks.badges import VideoClock
from tests.benchmarks.loops import pyzbar_contents

Loop: TypeAlias = Callable[[Image, float], object]


def main() -> None:
    """Print the table."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 4.0
    print("| scene | unpacking | ours | zxing-cpp per frame | pyzbar.decode per frame |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for name, frames in _scenes(int(seconds * FPS)):
            file = Path(folder) / "scene.avi"
            _write(file, frames)
            bare = _cpu(file, lambda _image, _at: None)
            cells = [f"{_cpu(file, loop) - bare:.3f}" for loop in _loops()]
            print(f"| {' | '.join([name, f'{bare:.3f}', *cells])} |", flush=True)


def _scenes(count: int) -> Iterator[tuple[str, Iterator[Image]]]:
    plain = Film(views("plain", 1)[0])
    dazzled = Film(replace(views("glare", 1)[0], glare=6.0))
    yield "nothing moves", map(plain.empty, range(count))
    yield "a badge that is read", map(plain.frame, range(count))
    yield "a badge that is not", map(dazzled.frame, range(count))


def _loops() -> Iterator[Loop]:
    clock = VideoClock()
    watcher = Watcher(clock=clock)

    def ours(image: Image, at: float) -> object:
        clock.at(at)
        return watcher.look(image)

    yield ours
    yield lambda image, _at: zxing.read(np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), dtype=np.uint8))
    yield lambda image, _at: pyzbar_contents(image)


def _write(file: Path, frames: Iterator[Image]) -> None:
    video = cv2.VideoWriter(str(file), cv2.VideoWriter.fourcc(*"MJPG"), FPS, (1280, 720), isColor=True)
    for frame in frames:
        video.write(cv2.cvtColor(frame, cv2.COLOR_GRAY2BGR))
    video.release()


def _cpu(file: Path, loop: Loop) -> float:
    """Seconds of CPU for each second of video."""
    video = cv2.VideoCapture(str(file))
    began, number = time.process_time(), 0
    more, frame = video.read()
    while more:
        loop(np.asarray(frame, dtype=np.uint8), number / FPS)
        number += 1
        more, frame = video.read()
    spent = time.process_time() - began
    video.release()
    return spent * FPS / number


if __name__ == "__main__":
    main()
